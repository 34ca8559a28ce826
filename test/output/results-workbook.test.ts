import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import ExcelJS, { type FillPattern, type Worksheet } from 'exceljs';
import { expect, test } from 'vitest';
import type { LedgerRow, SourceInfo } from '../../src/core/row.js';
import type { OutputRequest } from '../../src/output/output-request.js';
import { writeOutputs } from '../../src/output/write-outputs.js';
import {
  columns,
  HEADERS,
  ledgerRows,
  RESULT_COLUMNS,
  requestOf,
  scratch,
  sha256,
  sourceOf,
  writeSourceWorkbook,
} from './fixture.js';

const ADDED = ['status', 'reason', 'attempts', ...RESULT_COLUMNS];

interface Written {
  sheet: Worksheet;
  workbook: ExcelJS.Workbook;
  notes: string[];
  source: SourceInfo;
}

async function resultsOf(
  rows: readonly LedgerRow[],
  settings: Partial<OutputRequest> & { edit?: (workbook: ExcelJS.Workbook) => void } = {},
): Promise<Written> {
  const folder = await scratch();
  const file = path.join(folder, 'sites.xlsx');
  let source = await writeSourceWorkbook(file, rows);
  const { edit, ...rest } = settings;
  if (edit !== undefined) {
    const workbook = new ExcelJS.Workbook();
    await workbook.xlsx.readFile(file);
    edit(workbook);
    await workbook.xlsx.writeFile(file);
    source = await sourceOf(file, { format: 'xlsx', sheet: 'Sites 2024', headerRow: 1 });
  }
  const notes: string[] = [];
  await writeOutputs({
    ...requestOf({ outDir: path.join(folder, 'out'), source, rows, onNote: (note) => notes.push(note) }),
    ...rest,
  });
  expect(sha256(await readFile(file))).toBe(source.sha256);
  return { ...(await opened(path.join(folder, 'out', 'sites.results.xlsx'), source.sheet)), notes, source };
}

async function opened(file: string, sheetName: string | undefined) {
  const workbook = new ExcelJS.Workbook();
  await workbook.xlsx.readFile(file);
  const sheet = sheetName === undefined ? workbook.worksheets[0] : workbook.getWorksheet(sheetName);
  if (sheet === undefined) throw new Error(`${file} has no sheet ${sheetName}`);
  return { workbook, sheet };
}

function valuesOf(sheet: Worksheet, row: number): unknown[] {
  return (sheet.getRow(row).values as unknown[]).slice(1);
}

function fillOf(sheet: Worksheet, cell: string): string | undefined {
  return (sheet.getCell(cell).fill as FillPattern | undefined)?.fgColor?.argb;
}

test('the copy keeps every sheet, value, style, width and number format', async () => {
  const { workbook, sheet, notes } = await resultsOf(ledgerRows());
  expect(notes).toEqual([]);
  expect(workbook.worksheets.map(({ name }) => name)).toEqual(['Sites 2024', 'Notes']);
  expect(workbook.getWorksheet('Notes')?.getCell('B2').font?.italic).toBe(true);
  expect(sheet.getColumn(2).width).toBe(31);
  expect(fillOf(sheet, 'A1')).toBe('FFBFD7EA');
  expect(sheet.getCell('G2').numFmt).toBe('dd/mm/yyyy');
  expect(sheet.getCell('G2').value).toEqual(new Date('2024-01-10'));
  expect(valuesOf(sheet, 1).slice(0, 7)).toEqual(HEADERS);
});

test('status, reason, attempts and results follow the last header in its style', async () => {
  const { sheet } = await resultsOf(ledgerRows());
  expect(valuesOf(sheet, 1).slice(7)).toEqual(ADDED);
  expect(fillOf(sheet, 'H1')).toBe('FFBFD7EA');
  expect(sheet.getCell('O1').font?.bold).toBe(true);
  expect(sheet.getCell('H8').value).toBe('failed');
  expect(sheet.getCell('I8').value).toBe('No water pixel found within 1500m');
  expect(sheet.getCell('J8').value).toBe(1);
  expect(sheet.getCell('N2').value).toBe('12_234640, 12_234641');
});

test('failed rows are red, invalid ones orange, skipped ones grey, completed ones untouched', async () => {
  const { sheet } = await resultsOf(ledgerRows());
  expect(['A8', 'G8', 'H8'].map((cell) => fillOf(sheet, cell))).toEqual(['FFF8D7DA', 'FFF8D7DA', 'FFF8D7DA']);
  expect(fillOf(sheet, 'D13')).toBe('FFFFE8CC');
  expect(sheet.getCell('C19').font?.color?.argb).toBe('FF8A8F98');
  expect(fillOf(sheet, 'A2')).toBeUndefined();
  expect(fillOf(sheet, 'C9')).toBeUndefined();
});

test('the header is frozen and the filter covers old and new columns', async () => {
  const { sheet } = await resultsOf(ledgerRows());
  expect(sheet.views[0]).toMatchObject({ state: 'frozen', ySplit: 1 });
  expect(sheet.autoFilter).toBe('A1:O41');
});

test('a header that is frozen already stays as the user froze it', async () => {
  const { sheet } = await resultsOf(ledgerRows(), {
    edit: (workbook) => {
      workbook.worksheets[0]!.views = [{ state: 'frozen', xSplit: 2, ySplit: 1 }];
    },
  });
  expect(sheet.views[0]).toMatchObject({ xSplit: 2, ySplit: 1 });
});

test('rows of the sheet that are not in the batch have no status', async () => {
  const rows = ledgerRows();
  const { sheet } = await resultsOf(rows, {
    rows: async function* () {
      yield* rows.filter((row) => row.number % 2 === 0);
    },
  });
  expect(sheet.getCell('H3').value).toBeNull();
  expect(sheet.getCell('C3').value).toBe('Vasan');
  expect(sheet.getCell('H4').value).toBe('completed');
});

test('what stands to the right of the table is not written over', async () => {
  const { sheet } = await resultsOf(ledgerRows(), {
    edit: (workbook) => {
      workbook.worksheets[0]!.getCell('I5').value = 'see photo';
    },
  });
  expect(sheet.getCell('I5').value).toBe('see photo');
  expect(sheet.getCell('J1').value).toBe('status');
  expect(sheet.getCell('J8').value).toBe('failed');
});

test('formulas, merged cells, validations, comments, conditional formats and pictures survive', async () => {
  const picture =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
  const { sheet, workbook, notes } = await resultsOf(ledgerRows(), {
    edit: (edited) => {
      const [first, second] = edited.worksheets as [Worksheet, Worksheet];
      first.getCell('F2').value = { formula: 'A2*2', result: 2 };
      first.getCell('F3').value = { sharedFormula: 'F2', result: 4 };
      first.getCell('C4').note = 'asked the sarpanch';
      first.getCell('C5').dataValidation = { type: 'list', formulae: ['"Rupal,Vasan"'] };
      first.addConditionalFormatting({
        ref: 'F2:F41',
        rules: [
          {
            type: 'cellIs',
            operator: 'greaterThan',
            formulae: [300],
            priority: 1,
            style: { font: { bold: true } },
          },
        ],
      });
      second.mergeCells('A5:C6');
      second.addImage(edited.addImage({ base64: picture, extension: 'png' }), 'E2:F4');
    },
  });
  expect(notes).toEqual([]);
  expect(sheet.getCell('F2').formula).toBe('A2*2');
  expect(sheet.getCell('F3').formula).toBe('A3*2');
  expect(sheet.getCell('C4').note).toBe('asked the sarpanch');
  expect(sheet.getCell('C5').dataValidation).toMatchObject({ type: 'list' });
  expect((sheet as unknown as { conditionalFormattings: unknown[] }).conditionalFormattings).toHaveLength(1);
  expect(workbook.worksheets[1]?.getCell('B6').isMerged).toBe(true);
  expect(workbook.worksheets[1]?.getImages()).toHaveLength(1);
});

test('an Excel table grows by the new columns, and the sheet gets no second filter', async () => {
  const { sheet } = await resultsOf(ledgerRows({ count: 3 }), {
    edit: (workbook) => {
      const [first] = workbook.worksheets;
      first!.addTable({
        name: 'Sites',
        ref: 'A1',
        headerRow: true,
        columns: HEADERS.map((name) => ({ name, filterButton: true })),
        rows: [2, 3, 4].map((row) => valuesOf(first!, row)),
      });
    },
  });
  const [table] = (sheet.getTables() as unknown as { table: Record<string, unknown> }[]).map(
    (found) => found.table,
  );
  expect(table).toMatchObject({ tableRef: 'A1:O4', autoFilterRef: 'A1:O4', headerRow: true });
  expect((table?.columns as { name: string }[]).map(({ name }) => name)).toEqual([...HEADERS, ...ADDED]);
  expect(sheet.autoFilter).toBeFalsy();
});

test('text that looks like a formula is a text cell, never a formula', async () => {
  const evil = '=HYPERLINK("http://evil.example","x")';
  for (const maxStyledBytes of [1, 1e9]) {
    const rows = ledgerRows({
      count: 2,
      change: (row) => ({ ...row, cells: { ...row.cells, Village: evil }, reason: '=1+1' }),
    });
    const { sheet } = await resultsOf(rows, { maxStyledBytes });
    expect([sheet.getCell('C2').value, sheet.getCell('C2').formula]).toEqual([evil, undefined]);
    expect([sheet.getCell('I2').value, sheet.getCell('I2').formula]).toEqual(['=1+1', undefined]);
  }
});

test('over output.maxStyledBytes the copy is plain, with the same columns and row numbers, and says so', async () => {
  const { sheet, notes } = await resultsOf(ledgerRows(), { maxStyledBytes: 1000 });
  expect(notes).toEqual([
    expect.stringMatching(/plain copy without styles: sites\.xlsx is .* over output\.maxStyledBytes/),
  ]);
  expect(valuesOf(sheet, 1)).toEqual([...HEADERS, ...ADDED]);
  expect(sheet.getCell('H8').value).toBe('failed');
  expect(fillOf(sheet, 'A8')).toBe('FFF8D7DA');
  expect(sheet.views[0]).toMatchObject({ state: 'frozen', ySplit: 1 });
  expect(sheet.autoFilter).toBe('A1:O41');
});

const FILES = path.join(import.meta.dirname, 'files');

/** A workbook that openpyxl wrote: columns name, latitude, longitude, depth and five rows. */
async function openpyxlResults(name: string) {
  const columnsOf = ['name', 'latitude', 'longitude', 'depth'].map((header, index) => ({
    index,
    letter: 'ABCD'[index]!,
    header,
  }));
  const source = await sourceOf(path.join(FILES, name), {
    format: 'xlsx',
    sheet: 'Sites',
    headerRow: 1,
    columns: columnsOf,
  });
  const outDir = await scratch();
  const notes: string[] = [];
  await writeOutputs(
    requestOf({ outDir, source, rows: ledgerRows({ count: 5 }), onNote: (note) => notes.push(note) }),
  );
  return { ...(await opened(path.join(outDir, 'sites.results.xlsx'), 'Sites')), notes };
}

test('a workbook of another program keeps its table and sheets, and what is lost of it is named', async () => {
  const { sheet, workbook, notes } = await openpyxlResults('table-and-chart.xlsx');
  expect(notes).toEqual([
    'The results copy of table-and-chart.xlsx is without its charts; the file itself is untouched.',
  ]);
  expect(workbook.worksheets.map(({ name }) => name)).toEqual(['Sites', 'Filtered', 'Filtered too']);
  expect(workbook.getWorksheet('Filtered too')?.autoFilter).toBe('A1:B2');
  const [table] = (
    sheet.getTables() as unknown as { table: { tableRef: string; columns: { filterButton: boolean }[] } }[]
  ).map((found) => found.table);
  expect(table?.tableRef).toBe('A1:L6');
  expect(table?.columns.every(({ filterButton }) => filterButton)).toBe(true);
});

test('a formula that shares one which is not there becomes its result', async () => {
  const { sheet, notes } = await openpyxlResults('orphan-shared-formula.xlsx');
  expect(notes).toEqual([]);
  expect(sheet.getCell('D4').value).toBe(6);
  expect(sheet.getCell('E4').value).toBe('completed');
});

test('a workbook that cannot be copied gives a plain copy, and says why', async () => {
  const folder = await scratch();
  const file = path.join(folder, 'sites.xlsx');
  await writeFile(file, 'PK\u0003\u0004 not a workbook');
  const source = await sourceOf(file, { format: 'xlsx', sheet: 'Sites 2024', headerRow: 1 });
  const notes: string[] = [];
  await writeOutputs(
    requestOf({ outDir: folder, source, rows: ledgerRows(), onNote: (note) => notes.push(note) }),
  );
  const { sheet } = await opened(path.join(folder, 'sites.results.xlsx'), 'Sites 2024');
  expect(notes).toEqual([expect.stringContaining('sites.xlsx could not be copied whole')]);
  expect(sheet.getCell('H8').value).toBe('failed');
});

test('a source that was changed or moved since is not copied, because its rows may be others', async () => {
  const folder = await scratch();
  const file = path.join(folder, 'sites.xlsx');
  const rows = ledgerRows();
  const source = await writeSourceWorkbook(file, rows);
  await writeSourceWorkbook(file, rows.slice(0, 5));
  const notes: string[] = [];
  const write = (changed: SourceInfo) =>
    writeOutputs(
      requestOf({
        outDir: path.join(folder, 'out'),
        source: changed,
        rows,
        onNote: (note) => notes.push(note),
      }),
    );
  await write(source);
  await write({ ...source, path: path.join(folder, 'gone.xlsx') });
  expect(notes).toEqual([
    expect.stringContaining('sites.xlsx was changed after it was submitted'),
    expect.stringContaining('sites.xlsx is no longer where it was read'),
  ]);
});

test('a source that is no workbook gives one with its rows below each other', async () => {
  const folder = await scratch();
  const file = path.join(folder, 'sites.ndjson');
  await writeFile(file, '{}\n');
  const source = await sourceOf(file, { format: 'ndjson', columns: columns() });
  await writeOutputs(
    requestOf({
      outDir: folder,
      source,
      rows: ledgerRows({ change: (row) => ({ ...row, number: row.number - 1 }) }),
    }),
  );
  const { sheet } = await opened(path.join(folder, 'sites.results.xlsx'), undefined);
  expect(sheet.name).toBe('rows');
  expect(sheet.rowCount).toBe(41);
  expect(sheet.getCell('A2').value).toBe(1);
});

test('more rows than a sheet holds are in the CSV only, and it says so', async () => {
  const rows = ledgerRows({
    count: 2,
    change: (row) => (row.number === 3 ? { ...row, number: 1_048_577 } : row),
  });
  const folder = await scratch();
  const source = await writeSourceWorkbook(path.join(folder, 'sites.xlsx'), rows.slice(0, 1));
  const notes: string[] = [];
  const outputs = await writeOutputs(
    requestOf({ outDir: folder, source, rows, onNote: (note) => notes.push(note) }),
  );
  expect(outputs.map((output) => output.kind)).not.toContain('workbook');
  expect(notes).toEqual([expect.stringMatching(/do not fit into a workbook \(1,048,576 at most\)/)]);
});
