import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/error.js';
import type { CellValue } from '../../src/core/row.js';
import { fieldSpecs } from '../../src/intake/field-spec.js';
import { nameColumns } from '../../src/intake/header-row.js';
import { openSource } from '../../src/intake/open-source.js';
import { evenly, type RowSelection, selectRows } from '../../src/intake/select-rows.js';
import { parseWhere } from '../../src/intake/where-expression.js';
import { limits, pointsTask } from './points-task.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const path = join(folder, 'points.csv');
const states = ['Gujarat', 'Goa', ''];
await writeFile(
  path,
  `State,lat,lon\n${Array.from({ length: 3000 }, (_, i) => `${states[i % 3]},${i / 100},73`).join('\n')}\n`,
);

/** Row numbers that are selected. */
async function select(selection: RowSelection): Promise<number[]> {
  const source = await openSource(path, { fields: fieldSpecs(pointsTask), limits });
  const numbers: number[] = [];
  try {
    for await (const rows of selectRows(source, selection)) {
      expect(rows.length).toBeGreaterThan(0);
      numbers.push(...rows.map((row) => row.number));
    }
  } finally {
    await source.close();
  }
  return numbers;
}

describe('selected rows', () => {
  it('are all rows when nothing is said', async () => expect(await select({})).toHaveLength(3000));

  it('are named by the numbers that the sheet shows', async () => {
    expect(await select({ rows: '2-4' })).toEqual([2, 3, 4]);
    expect(await select({ rows: '5, 9,12 - 14,5000' })).toEqual([5, 9, 12, 13, 14]);
    expect(await select({ rows: '2999-' })).toEqual([2999, 3000, 3001]);
    expect(await select({ rows: '1' })).toEqual([]);
  });

  it.each(['', '5-3', '0', 'a', '2,,3', '-5', '1.5'])('cannot be named by %j', async (rows) => {
    await expect(select({ rows })).rejects.toMatchObject({
      code: 'ROWS_INVALID',
      hint: expect.stringContaining('--rows 2-200'),
    });
  });

  it('pass a condition, then a limit', async () => {
    expect(await select({ where: 'State = "Goa"', limit: 3 })).toEqual([3, 6, 9]);
    expect(await select({ rows: '100-110', where: 'state = Goa', limit: 2 })).toEqual([102, 105]);
  });

  it('of a sample lie evenly over those that pass, in the order of the sheet', async () => {
    expect(await select({ sample: 3 })).toEqual([501, 1501, 2501]);
    expect(await select({ where: 'State = "Goa"', limit: 10, sample: 2 })).toEqual([9, 24]);
    expect(await select({ rows: '2-4', sample: 10 })).toEqual([2, 3, 4]);
  });

  it('of a sample are exactly as many as asked, whatever the numbers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 1, max: 2000 }), (total, count) => {
        const chosen = evenly(total, count);
        expect(Array.from({ length: total }, (_, i) => i).filter(chosen)).toHaveLength(
          Math.min(total, count),
        );
      }),
    );
  });

  it.each([{ limit: 0 }, { sample: 1.5 }, { limit: -1 }])('cannot be counted by %j', async (selection) => {
    await expect(select(selection)).rejects.toBeInstanceOf(UsageError);
  });
});

describe('where', () => {
  const headers = ['State', 'Name of the waterbody ', 'Latitude', 'Silt', 'and', 'Land and water'];
  const cells: CellValue[] = ['Gujarat', 'Tank "A"', 21.5, '1,234.5', 'x', 'both'];
  const columns = nameColumns(headers, fieldSpecs(pointsTask), { where: 'it' });
  const holds = (where: string, row = cells) => parseWhere(where, columns)(row);

  it.each([
    'State = "Gujarat"',
    'state=Gujarat',
    "State = 'Gujarat'",
    '[State] = "Gujarat"',
    '"State" = "Gujarat"',
    'State == "Gujarat"',
    'State != "Goa"',
    'State ~ "jar"',
    'State ~ "JAR"',
    'Latitude = 21.5',
    'Latitude < 22',
    'Latitude <= 21.5',
    'Latitude > 21',
    'Latitude >= "21.5"',
    'Name of the waterbody = "Tank ""A"""',
    '[name of the waterbody] ~ tank',
    'name ~ tank',
    'Silt > 1000',
    'Silt = 1234.5',
    'State > "Goa"',
    'State = Goa or Latitude > 20',
    'State = Goa or State = Gujarat and Latitude > 20',
    '(State = Goa or State = Gujarat) AND not_there != "" or Latitude = 21.5'.replace('not_there', 'Silt'),
    '((Latitude = 21.5))',
    'Land and water = both',
    '[and] = x',
  ])('holds: %s', (where) => expect(holds(where)).toBe(true));

  it.each([
    'State = "gujarat"',
    'State = "Gujarat "  and Latitude > 22',
    'Latitude < 21.5',
    'State < 5',
    'State = Goa or Latitude > 22',
    '(State = Gujarat or Latitude > 20) and Silt < 5',
  ])('does not hold: %s', (where) => expect(holds(where)).toBe(false));

  it('knows blank cells: equal to "", never before or after anything', () => {
    const blank = cells.map(() => null);
    expect(holds('State = ""', blank)).toBe(true);
    expect(holds('State != "Goa"', blank)).toBe(true);
    expect(holds('Latitude < 5', blank)).toBe(false);
    expect(holds('State > ""', blank)).toBe(false);
  });

  it.each([
    ['State', 6, 'found the end, expected one of'],
    ['State =', 8, 'found the end, expected a value'],
    ['= 5', 1, 'expected the name of a column'],
    ['State = "Goa', 9, 'cannot be read'],
    ['(State = Goa', 13, 'expected ")"'],
    ['State = Goa)', 12, 'expected "and", "or" or the end'],
    ['State = Goa and', 16, 'expected the name'],
    ['', 1, 'expected the name'],
    ['State ! Goa', 7, 'cannot be read'],
  ])('says where it breaks: %s', (where, position, words) => {
    expect(() => parseWhere(where, columns)).toThrow(UsageError);
    try {
      parseWhere(where, columns);
    } catch (error) {
      expect(error).toMatchObject({
        code: 'WHERE_INVALID',
        details: { position },
        message: expect.stringContaining(words),
      });
    }
  });

  it('names the nearest column', () => {
    expect(() => parseWhere('State = Goa and Lattitude > 5', columns)).toThrow(
      expect.objectContaining({
        code: 'WHERE_COLUMN_UNKNOWN',
        hint: 'Did you mean [Latitude]?',
        details: expect.objectContaining({ position: 17 }),
      }),
    );
    expect(() => parseWhere('Colour = red', columns)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('The columns are: State, Name') }),
    );
  });

  it('answers or refuses, whatever is typed', () => {
    const piece = fc.constantFrom(
      'State',
      '=',
      '"x"',
      '(',
      ')',
      'and',
      'or',
      '[',
      ']',
      '5',
      '~',
      '!=',
      ' ',
      '"',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 15 }), (pieces) => {
        try {
          expect(typeof parseWhere(pieces.join(' '), columns)(cells)).toBe('boolean');
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
    expect(() => parseWhere('('.repeat(100_000), columns)).toThrow(UsageError);
  });
});
