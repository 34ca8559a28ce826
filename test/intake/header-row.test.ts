import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makeWorkbook } from './make-workbook.js';
import { pointsTask, readFile } from './points-task.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
let count = 0;

/** Reads a sheet of these rows. */
async function read(rows: readonly (readonly unknown[])[], task = pointsTask) {
  const path = await makeWorkbook(join(folder, `sheet-${count++}.xlsx`), [{ name: 'Points', rows }]);
  return readFile(path, {}, task);
}

describe('the header row', () => {
  it('is found under titles, notes and blank rows, within the first 20 rows', async () => {
    const title = [['Desilting 2024'], [], ['Prepared by', 'the field team'], ['Latitude in degrees']];
    const { info, rows } = await read([...title, ['Name', 'Latitude', 'Longitude'], ['A', 19, 73]]);
    expect(info.headerRow).toBe(5);
    expect(rows).toEqual([{ number: 6, cells: ['A', 19, 73] }]);
    const deep = [...Array.from({ length: 19 }, () => ['note']), ['lat', 'lon'], [1, 2]];
    expect((await read(deep)).info.headerRow).toBe(20);
    await expect(read([['note'], ...deep])).rejects.toMatchObject({ code: 'SHEET_COLUMN_MISSING' });
  });

  it('is found under merged title cells', async () => {
    const path = await makeWorkbook(
      join(folder, 'merged.xlsx'),
      [
        {
          name: 'S',
          rows: [
            ['All points of the district', null, null],
            ['name', 'lat', 'lon'],
            ['A', 1, 2],
          ],
        },
      ],
      (workbook) => workbook.getWorksheet('S')!.mergeCells('A1:C1'),
    );
    expect((await readFile(path)).info.headerRow).toBe(2);
  });

  it('is matched with case, spaces, underscores, widths and invisible characters folded', async () => {
    const { info } = await read([
      [' NAME  of the\u00a0waterbody ', 'LAT_', '\ufeffＬｏｎ\u200b'],
      ['A', 1, 2],
    ]);
    expect(info.columns.map((column) => column.field)).toEqual(['name', 'latitude', 'longitude']);
    expect(info.columns[0]?.header).toBe(' NAME  of the\u00a0waterbody ');
  });

  it('keeps columns without a header, and ends at the last one with one', async () => {
    const { info, rows } = await read([
      ['lat', null, 'lon'],
      [1, 'x', 2, 'beyond'],
    ]);
    expect(info.columns.map((column) => [column.letter, column.header])).toEqual([
      ['A', 'lat'],
      ['B', ''],
      ['C', 'lon'],
    ]);
    expect(rows[0]?.cells).toEqual([1, 'x', 2]);
  });

  it('skips rows that are blank or hold spaces only, and keeps the numbering', async () => {
    const { rows } = await read([['lat', 'lon'], [], [1, 2], ['  ', null], [3, 4]]);
    expect(rows.map((row) => row.number)).toEqual([3, 5]);
  });
});

describe('a missing column', () => {
  it('is named with the columns found and the nearest of them', async () => {
    await expect(
      read([
        ['Name', 'Lattitude', 'Lon', 'State'],
        ['A', 1, 2, 'G'],
      ]),
    ).rejects.toMatchObject({
      code: 'SHEET_COLUMN_MISSING',
      message: expect.stringMatching(
        /^There is no column for latitude in sheet "Points" of sheet-\d+\.xlsx; found in row 1: "Name", "Lattitude", "Lon", "State"$/,
      ),
      hint: 'Did you mean "Lattitude" (B) for latitude?',
      details: {
        missing: [{ field: 'latitude', spellings: ['latitude', 'lat'] }],
        found: ['Name', 'Lattitude', 'Lon', 'State'],
        nearest: [{ field: 'latitude', column: 'B', header: 'Lattitude' }],
        headerRow: 1,
      },
    });
  });

  it('names all that are missing, and their spellings when nothing is near', async () => {
    await expect(
      read([
        ['Colour', 'Weight'],
        ['red', 2],
      ]),
    ).rejects.toMatchObject({
      message: expect.stringContaining('no column for latitude, longitude'),
      hint: 'Name the column one of: latitude, lat, longitude, lon, lng',
    });
  });

  it('is no fault of an optional field', async () => {
    expect(
      (
        await read([
          ['lat', 'lon'],
          [1, 2],
        ])
      ).rows,
    ).toHaveLength(1);
  });
});

describe('a duplicate column', () => {
  it('is refused with both letters when the task reads it', async () => {
    await expect(
      read([
        ['Lat', 'Lon', 'Remarks', 'latitude'],
        [1, 2, 'x', 3],
      ]),
    ).rejects.toMatchObject({
      code: 'SHEET_COLUMN_DUPLICATE',
      message: expect.stringMatching(
        /^Columns A \("Lat"\) and D \("latitude"\) of sheet "Points" of .* are both read as latitude/,
      ),
      details: { field: 'latitude', columns: ['A', 'D'] },
    });
  });

  it('is accepted when the task does not read it', async () => {
    expect(
      (
        await read([
          ['lat', 'lon', 'note', 'note'],
          [1, 2, 'a', 'b'],
        ])
      ).rows[0]?.cells,
    ).toEqual([1, 2, 'a', 'b']);
  });
});

describe('two header rows', () => {
  it('are refused when the second repeats the first', async () => {
    await expect(
      read([
        ['Name', 'Latitude', 'Longitude'],
        ['name', 'lat', 'lon'],
        ['A', 1, 2],
      ]),
    ).rejects.toMatchObject({
      code: 'SHEET_TWO_HEADER_ROWS',
      message: expect.stringContaining('Rows 1 and 2'),
      hint: 'Delete row 2',
    });
  });

  it('are refused when the names are spread over both', async () => {
    await expect(
      read([
        ['State', 'Longitude', 'Place'],
        ['', '', 'Latitude'],
        ['G', 73, 19],
      ]),
    ).rejects.toMatchObject({
      code: 'SHEET_TWO_HEADER_ROWS',
      hint: 'Put all names into row 2 and delete row 1',
    });
  });

  it('are not seen in a first row that holds a word of the header', async () => {
    const { rows } = await read([
      ['Name', 'Latitude', 'Longitude'],
      ['lat', 1, 2],
    ]);
    expect(rows).toHaveLength(1);
  });

  it('are not seen in a row of units, which is a row with wrong cells', async () => {
    expect(
      (
        await read([
          ['Name', 'Latitude', 'Longitude'],
          ['', 'deg', 'deg'],
          ['A', 1, 2],
        ])
      ).rows,
    ).toHaveLength(2);
  });
});

it('finds a header for a task that names no columns', async () => {
  const task = { ...pointsTask, input: z.looseObject({}), columns: {} };
  const { info } = await read([['Stock list'], ['item', 'count'], ['bolt', 4]], task);
  expect(info.headerRow).toBe(2);
});
