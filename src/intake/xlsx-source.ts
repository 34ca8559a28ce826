/** One sheet of a workbook as a source; a failed-rows workbook of ours also says which rows it replaces. */
import { InputError } from '../core/error.js';
import { nearestName } from '../core/nearest-name.js';
import { foldHeader } from '../core/text.js';
import type { FieldSpec } from './field-spec.js';
import { findHeader, missingFields, nameColumns } from './header-row.js';
import type { RawRow } from './raw-row.js';
import { type FoundRow, foundRow, matchReplacedRows, parseReplaces, writtenSheet } from './replaced-rows.js';
import type { FormatRequest, OpenedFormat } from './source.js';
import type { SourceFile } from './source-file.js';
import { emptySheet, openTable, readHead, type Table } from './table.js';
import { openWorkbook, type Sheet, type Workbook } from './workbook.js';

/** The sheet in which a failed-rows workbook remembers where its rows come from; never data. */
export const REPLACES_SHEET = '_sluice';

/** @throws {InputError} when the workbook, the sheet or its header cannot be used */
export async function openXlsx(
  file: SourceFile,
  { fields, limits, sheet: name }: FormatRequest,
): Promise<OpenedFormat> {
  const workbook = await openWorkbook(file, limits);
  try {
    const sheet = name === undefined ? await defaultSheet(workbook, file) : namedSheet(workbook, file, name);
    const table = await openTable(() => workbook.rows(sheet), {
      fields,
      limits,
      where: place(sheet, file),
      missingHint: name === undefined ? () => otherSheet(workbook, sheet, fields) : undefined,
    });
    const replaces = await replacedRows(workbook, sheet, table);
    return {
      info: {
        format: 'xlsx',
        sheet: sheet.name,
        headerRow: table.headerRow,
        columns: table.columns,
        ...(replaces === undefined ? {} : { replaces: replaces.batch }),
      },
      rows: replaces === undefined ? table.rows : () => withReplaced(table, replaces.originals),
      close: workbook.close,
    };
  } catch (error) {
    workbook.close();
    throw error;
  }
}

function place(sheet: Sheet, file: SourceFile): string {
  return `sheet "${sheet.name}" of ${file.name}`;
}

function dataSheets(workbook: Workbook): Sheet[] {
  return workbook.sheets.filter((sheet) => sheet.name !== REPLACES_SHEET);
}

/** The first visible sheet with a value in it. */
async function defaultSheet(workbook: Workbook, file: SourceFile): Promise<Sheet> {
  for (const sheet of dataSheets(workbook)) {
    if (sheet.visible && (await hasRows(workbook, sheet))) return sheet;
  }
  throw emptySheet(file.name, `only empty sheets (${names(dataSheets(workbook))})`);
}

async function hasRows(workbook: Workbook, sheet: Sheet): Promise<boolean> {
  for await (const rows of workbook.rows(sheet)) if (rows.length > 0) return true;
  return false;
}

function namedSheet(workbook: Workbook, file: SourceFile, name: string): Sheet {
  const sheets = dataSheets(workbook);
  const folded = foldHeader(name);
  const sheet =
    sheets.find((one) => one.name === name) ?? sheets.find((one) => foldHeader(one.name) === folded);
  if (sheet !== undefined) return sheet;
  const known = sheets.map((one) => one.name);
  const nearest = nearestName(name, known);
  throw new InputError(`${file.name} has no sheet "${name}"; it has ${names(sheets)}`, {
    code: 'SHEET_NOT_FOUND',
    hint:
      nearest === undefined
        ? `Name one of them: --sheet "${known[0] ?? ''}"`
        : `Did you mean --sheet "${nearest}"?`,
    details: { file: file.name, sheet: name, sheets: known },
  });
}

function names(sheets: readonly Sheet[]): string {
  return (
    sheets.map((sheet) => (sheet.visible ? `"${sheet.name}"` : `"${sheet.name}" (hidden)`)).join(', ') ||
    'none'
  );
}

/** Advice when the default sheet lacks columns and another visible one has them all. */
async function otherSheet(
  workbook: Workbook,
  used: Sheet,
  fields: readonly FieldSpec[],
): Promise<string | undefined> {
  for (const sheet of dataSheets(workbook)) {
    if (sheet === used || !sheet.visible) continue;
    const header = findHeader(await readHead(() => workbook.rows(sheet)), fields);
    if (header === undefined) continue;
    const columns = nameColumns(header.cells, fields, { where: sheet.name });
    if (missingFields(columns, fields).length === 0)
      return `Sheet "${sheet.name}" has these columns: --sheet "${sheet.name}"`;
  }
  return undefined;
}

interface Replaced {
  batch: string;
  /** Original row number by row number. */
  originals: Map<number, number>;
}

async function replacedRows(workbook: Workbook, sheet: Sheet, table: Table): Promise<Replaced | undefined> {
  const memory = workbook.sheets.find((one) => one.name === REPLACES_SHEET);
  if (memory === undefined) return undefined;
  const lines: RawRow[] = [];
  for await (const rows of workbook.rows(memory)) lines.push(...rows);
  const isFirst = dataSheets(workbook)[0] === sheet;
  const parsed = writtenSheet(parseReplaces(lines), { name: sheet.name, isFirst });
  if (parsed === undefined) return undefined;
  const found: FoundRow[] = [];
  for await (const rows of table.rows()) found.push(...rows.map((row) => foundRow(row.number, row.cells)));
  return { batch: parsed.batch, originals: matchReplacedRows(parsed.written, found) };
}

async function* withReplaced(table: Table, originals: Map<number, number>): ReturnType<Table['rows']> {
  for await (const rows of table.rows()) {
    yield rows.map((row) => {
      const replacesRow = originals.get(row.number);
      return replacesRow === undefined ? row : { ...row, replacesRow };
    });
  }
}
