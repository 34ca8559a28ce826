import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CellValue } from '../../src/core/row.js';
import { markLikeness, rowMark } from '../../src/core/row-mark.js';
import { foundRow, matchReplacedRows } from '../../src/intake/replaced-rows.js';
import { makeWorkbook } from './make-workbook.js';
import { readFile } from './points-task.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
type Cells = CellValue[];

const header = ['name', 'State', 'District', 'lat', 'lon'];
const failed: Cells[] = [
  ['Tank A', 'Gujarat', 'Kutch', '37,76N', 73],
  ['Tank B', 'Gujarat', 'Kutch', null, 74],
  ['Tank C', 'Gujarat', 'Kutch', 137, 75],
  ['Tank D', 'Gujarat', 'Kutch', 'x', 76],
];
const originals = [17, 23, 41, 58];

/** Original rows by row, after the failed-rows workbook was changed into `rows`. */
async function replaced(rows: Cells[], sheets = 'ours'): Promise<[number, number | undefined][]> {
  const memory = [
    ['batch', 'b_1'],
    ['row', 'original_row'],
    ...failed.map((cells, i) => [i + 2, originals[i], rowMark(cells)]),
  ];
  const path = await makeWorkbook(join(folder, 'failed.xlsx'), [
    { name: 'Failed', rows: [header, ...rows] },
    ...(sheets === 'ours' ? [{ name: '_sluice', rows: memory, state: 'veryHidden' as const }] : []),
  ]);
  const { info, rows: read } = await readFile(path);
  expect(info.replaces).toBe(sheets === 'ours' ? 'b_1' : undefined);
  expect(info.sheet).toBe('Failed');
  return read.map((row) => [row.number, row.replacesRow]);
}

/** The failed row `index` with other cells. */
function corrected(index: number, changes: Record<number, CellValue>): Cells {
  return failed[index]!.map((cell, i) => (i in changes ? changes[i]! : cell));
}

describe('a failed-rows workbook', () => {
  it('says which rows its rows replace, corrected or not', async () => {
    const fixed = failed.map((_, i) => corrected(i, { 3: 20 + i }));
    expect(await replaced(fixed)).toEqual([
      [2, 17],
      [3, 23],
      [4, 41],
      [5, 58],
    ]);
    expect(await replaced(failed)).toEqual([
      [2, 17],
      [3, 23],
      [4, 41],
      [5, 58],
    ]);
  });

  it('knows its rows after some were deleted and others corrected', async () => {
    expect(await replaced([corrected(1, { 3: 20 }), corrected(3, { 3: 21 })])).toEqual([
      [2, 23],
      [3, 58],
    ]);
    expect(await replaced([corrected(3, { 3: 21 })])).toEqual([[2, 58]]);
  });

  it('knows its rows after they were sorted', async () => {
    expect(
      await replaced([failed[3]!, corrected(2, { 3: 20 }), failed[0]!, corrected(1, { 3: 19 })]),
    ).toEqual([
      [2, 58],
      [3, 41],
      [4, 17],
      [5, 23],
    ]);
  });

  it('takes a row that was put in for a new one', async () => {
    expect(await replaced([failed[0]!, ['Well', 'Goa', 'North', 15, 73.9], ...failed.slice(1)])).toEqual([
      [2, 17],
      [3, undefined],
      [4, 23],
      [5, 41],
      [6, 58],
    ]);
  });

  it('goes by the place when a row was written anew and none was put in or deleted', async () => {
    expect(await replaced([failed[0]!, ['Other', 'Goa', 'North', 15, 70], failed[2]!, failed[3]!])).toEqual([
      [2, 17],
      [3, 23],
      [4, 41],
      [5, 58],
    ]);
  });

  it('is an ordinary workbook without its hidden sheet', async () => {
    expect(await replaced(failed, 'none')).toEqual([
      [2, undefined],
      [3, undefined],
      [4, undefined],
      [5, undefined],
    ]);
  });

  it('never reads its hidden sheet as data', async () => {
    const path = await makeWorkbook(join(folder, 'only.xlsx'), [
      {
        name: '_sluice',
        rows: [
          ['lat', 'lon'],
          [1, 2],
        ],
      },
      {
        name: 'S',
        rows: [
          ['lat', 'lon'],
          [3, 4],
        ],
      },
    ]);
    expect((await readFile(path)).rows[0]?.cells).toEqual([3, 4]);
    await expect(readFile(path, { sheet: '_sluice' })).rejects.toMatchObject({ code: 'SHEET_NOT_FOUND' });
  });

  it('gives each original row once, also when all rows look alike', () => {
    const same: Cells = ['x', 1, 2];
    const written = Array.from({ length: 500 }, (_, i) => ({
      number: i + 2,
      originalRow: i + 100,
      mark: rowMark(same),
    }));
    const found = Array.from({ length: 500 }, (_, i) => foundRow(i + 2, same));
    const matched = matchReplacedRows(written, found);
    expect(new Set(matched.values()).size).toBe(500);
    expect(matched.get(2)).toBe(100);
    expect(matched.get(501)).toBe(599);
  });
});

describe('rowMark', () => {
  it('takes numbers and their text, and spaces around it, for one', () => {
    expect(rowMark([37.76, 'a'])).toBe(rowMark([' 37.76 ', 'a ', null, '']));
    expect(rowMark([37.76, 'a'])).not.toBe(rowMark([37.77, 'a']));
    expect(rowMark([])).toMatch(/^[0-9a-f]{16}\.$/);
    expect(rowMark(Array.from({ length: 1000 }, (_, i) => i)).length).toBe(4017);
  });

  it('tells how much of a row stands unchanged', () => {
    expect(markLikeness(rowMark(['a', 'b', null, 'd']), rowMark(['a', 'b', null, 'd']))).toBe(1);
    expect(markLikeness(rowMark(['a', 'b', null, 'd']), rowMark(['a', 'x', null, 'd']))).toBeCloseTo(2 / 3);
    expect(markLikeness(rowMark(['a', 'b']), rowMark(['a', 'b', 'c', 'd']))).toBe(0.5);
    expect(markLikeness(rowMark([null]), rowMark([null]))).toBe(0);
  });
});
