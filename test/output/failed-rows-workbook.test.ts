import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import ExcelJS from 'exceljs';
import { expect, test } from 'vitest';
import type { LedgerRow } from '../../src/core/row.js';
import { rowMark } from '../../src/core/row-mark.js';
import { writeOutputs } from '../../src/output/write-outputs.js';
import {
  columns,
  HEADERS,
  ledgerRows,
  requestOf,
  scratch,
  sourceOf,
  writeSourceWorkbook,
} from './fixture.js';

async function failedRowsOf(rows: readonly LedgerRow[], csv = false) {
  const folder = await scratch();
  const file = path.join(folder, csv ? 'sites.csv' : 'sites.xlsx');
  if (csv) await writeFile(file, 'x');
  const source = csv ? await sourceOf(file, { columns: columns() }) : await writeSourceWorkbook(file, rows);
  await writeOutputs(requestOf({ outDir: folder, source, rows }));
  const workbook = new ExcelJS.Workbook();
  await workbook.xlsx.readFile(path.join(folder, 'sites.failed-rows.xlsx'));
  return { workbook, sheet: workbook.worksheets[0]!, index: workbook.getWorksheet('_sluice')! };
}

function noteOf(cell: ExcelJS.Cell): string | undefined {
  const note = cell.note as string | ExcelJS.Comment | undefined;
  return typeof note === 'object' ? note.texts?.map(({ text }) => text).join('') : note;
}

test('it holds the original header and only the rows that failed or are invalid, original columns only', async () => {
  const { sheet } = await failedRowsOf(ledgerRows());
  expect(sheet.name).toBe('Sites 2024');
  expect((sheet.getRow(1).values as unknown[]).slice(1)).toEqual(HEADERS);
  expect(sheet.getColumn(1).values.slice(2)).toEqual([7, 12, 23, 31]);
  expect(sheet.rowCount).toBe(5);
  expect(sheet.getRow(1).getCell(1).font?.bold).toBe(true);
  expect(sheet.getColumn(2).width).toBeGreaterThan(9);
});

test('values are those of the file: numbers, text, and dates as dates', async () => {
  const { sheet } = await failedRowsOf(ledgerRows());
  expect(sheet.getCell('D3').value).toBe(137.76);
  expect(sheet.getCell('E5').value).toBe('seventy-two');
  expect(sheet.getCell('G3').value).toEqual(new Date('2024-06-11'));
  expect(sheet.getCell('G3').numFmt).toBe('yyyy-mm-dd');
});

test('a text that looks like a date stays text when the source has no dates', async () => {
  const { sheet } = await failedRowsOf(ledgerRows(), true);
  expect(sheet.getCell('G3').value).toBe('2024-06-11');
});

test('the reason is a note on the cell to blame, else on the first', async () => {
  const { sheet } = await failedRowsOf(ledgerRows());
  expect(noteOf(sheet.getCell('D2'))).toBe(
    'No water pixel found within 1500m\nCheck the point on a map, or raise searchRadiusM.',
  );
  expect(noteOf(sheet.getCell('D3'))).toContain('latitude must be between -90 and 90, found 137.76');
  expect(noteOf(sheet.getCell('A4'))).toBe('No waterbody found within 100m');
  expect(noteOf(sheet.getCell('E5'))).toContain('longitude must be a number');
  expect(noteOf(sheet.getCell('A2'))).toBeUndefined();
});

test('several issues of one cell are one note, issues of several cells one each', async () => {
  const issue = (field: string, cell: string, message: string) => ({
    field,
    cell,
    message,
    value: '',
    code: 'X',
  });
  const issues = [
    issue('latitude', 'D2', 'one'),
    issue('latitude', 'D2', 'two'),
    issue('depth', 'Z2', 'three'),
  ];
  const { sheet } = await failedRowsOf(
    ledgerRows({ count: 1, change: (row) => ({ ...row, state: 'invalid', issues }) }),
  );
  expect(noteOf(sheet.getCell('D2'))).toBe('one\n\ntwo');
  expect(noteOf(sheet.getCell('A2'))).toBe('three');
});

test('a very hidden sheet says which row of which batch each was, and marks its content', async () => {
  const rows = ledgerRows();
  const { index } = await failedRowsOf(rows);
  expect(index.state).toBe('veryHidden');
  const lines = index
    .getSheetValues()
    .slice(1)
    .map((line) => (line as unknown[]).slice(1));
  expect(lines.slice(0, 2)).toEqual([
    ['batch', 'b_0abcdefgh1234567', 'Sites 2024'],
    ['row', 'original_row', 'mark'],
  ]);
  expect(lines.slice(2)).toEqual(
    [8, 13, 24, 32].map((original, place) => [
      place + 2,
      original,
      rowMark(Object.values(rows[original - 2]!.cells)),
    ]),
  );
});

test('a text that looks like a formula or an escape comes back as the text it is', async () => {
  const village = '=cmd|/c calc';
  const change = (row: LedgerRow) => ({
    ...row,
    cells: { ...row.cells, Village: village, 'Silt excavated': '_x0041_' },
  });
  const { sheet } = await failedRowsOf(ledgerRows({ change }));
  expect([sheet.getCell('C2').value, sheet.getCell('C2').formula]).toEqual([village, undefined]);
  expect(sheet.getCell('F2').value).toMatch(/^_x(005F_x)?0041_$/);
});

test('a sheet name that workbooks refuse is replaced', async () => {
  const folder = await scratch();
  const rows = ledgerRows();
  const written = await writeSourceWorkbook(path.join(folder, 'sites.xlsx'), rows);
  for (const [sheet, expected] of [
    ['History', 'rows'],
    ["'a/b'", 'a_b'],
    ['_sluice', 'rows'],
  ] as const) {
    const outDir = await scratch();
    await writeOutputs(requestOf({ outDir, source: { ...written, sheet }, rows }));
    const workbook = new ExcelJS.Workbook();
    await workbook.xlsx.readFile(path.join(outDir, 'sites.failed-rows.xlsx'));
    expect(workbook.worksheets[0]?.name).toBe(expected);
  }
});

test('columns with the same header, or with none, keep each their own cells', async () => {
  const folder = await scratch();
  const rows = ledgerRows({
    count: 1,
    change: (row) => ({ ...row, state: 'failed', cells: { A: 1, note: 'first', 'note (2)': 'second' } }),
  });
  const written = await writeSourceWorkbook(path.join(folder, 'sites.xlsx'), rows);
  const source = {
    ...written,
    columns: ['', 'note', 'note'].map((header, index) => ({ index, letter: 'ABC'[index]!, header })),
  };
  await writeOutputs(requestOf({ outDir: folder, source, rows }));
  const workbook = new ExcelJS.Workbook();
  await workbook.xlsx.readFile(path.join(folder, 'sites.failed-rows.xlsx'));
  const valuesOf = (row: number) =>
    [1, 2, 3].map((column) => workbook.worksheets[0]!.getRow(row).getCell(column).value || null);
  expect([valuesOf(1), valuesOf(2)]).toEqual([
    [null, 'note', 'note'],
    [1, 'first', 'second'],
  ]);
  expect(workbook.getWorksheet('_sluice')?.getCell('C3').value).toBe(rowMark([1, 'first', 'second']));
});
