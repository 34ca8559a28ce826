/**
 * The rows that failed or are invalid, as the user wrote them, with each reason as a note on the cell to blame:
 * made to be corrected and run again.
 */
import type { Cell } from 'exceljs';
import type { CellValue, LedgerRow, SourceInfo } from '../core/row.js';
import { rowMark } from '../core/row-mark.js';
import { blamesOf } from './blame.js';
import { dateInText } from './date-text.js';
import type { OutputRequest } from './output-request.js';
import { MAX_SHEET_NAME, setCell, sheetName } from './sheet-cells.js';
import type { Sink } from './sink.js';
import {
  MAX_SHEET_ROWS,
  type StreamedSheet,
  type StreamedWorkbook,
  writeStreamedWorkbook,
} from './streamed-workbook.js';
import { cellsOf, isBad, type Survey } from './survey.js';
import { DATE_STYLE, DATE_TIME_STYLE, HEADER_STYLE, withState } from './workbook-style.js';

/** Notes are held in memory until the sheet is done; rows after this many have none. */
export const MAX_NOTED_ROWS = 20_000;

/** Very hidden, so that only programs see it: tells the next run which rows these were. */
const INDEX_SHEET = '_sluice';

/** One sheet: rows of one batch. */
export interface FailedRowsSheet {
  /** As it is to be called, if it can. */
  name: string | undefined;
  source: SourceInfo;
  /** Undefined for rows of no batch: run again, they replace nothing. */
  batchId: string | undefined;
  survey: Pick<Survey, 'columns' | 'widths'>;
  /** In row order; asked for twice, never twice at once. */
  rows: () => AsyncIterable<LedgerRow>;
}

/** Rows beyond what a sheet can hold are left out; the caller says so. */
export async function writeFailedRows(sink: Sink, request: OutputRequest, survey: Survey): Promise<void> {
  const { source, id } = request.batch;
  await writeFailedRowsSheets(sink, [
    { name: source.sheet, source, batchId: id, survey, rows: () => onlyBad(request.rows()) },
  ]);
}

/** Returns the names that the sheets got, in their order: none is there twice. */
export async function writeFailedRowsSheets(
  sink: Sink,
  sheets: readonly FailedRowsSheet[],
): Promise<string[]> {
  const taken = new Set<string>();
  const named = sheets.map((sheet) => ({ ...sheet, name: freeSheetName(sheet.name, taken) }));
  await writeStreamedWorkbook(sink, async (workbook) => {
    for (const sheet of named) await writeRows(workbook, sheet);
    await writeIndex(workbook, named);
  });
  return named.map(({ name }) => name);
}

async function writeRows(
  { writer, room }: StreamedWorkbook,
  { name, source, survey, rows }: FailedRowsSheet & { name: string },
): Promise<void> {
  const sheet = writer.addWorksheet(name, { views: [{ state: 'frozen', ySplit: 1 }] }) as StreamedSheet;
  sheet.columns = survey.columns.map(({ key }) => ({ width: survey.widths.get(key) ?? 12 }));
  const header = sheet.getRow(1);
  for (const [index, { header: title }] of survey.columns.entries())
    setCell(header.getCell(index + 1), title, HEADER_STYLE);
  header.commit();
  for await (const { row, number } of numbered(rows())) {
    const line = sheet.getRow(number);
    for (const [index, value] of cellsOf(row, survey.columns).entries())
      setOriginal(line.getCell(index + 1), value, source);
    for (const [column, note] of notesOf(row, source)) {
      const cell = line.getCell(column + 1);
      cell.style = withState(cell.style, row.state);
      if (number <= MAX_NOTED_ROWS + 1) cell.note = { texts: [{ text: note }] };
    }
    line.commit();
    await room(sheet);
  }
  sheet.commit();
}

/** For each sheet: its batch, then row here, row in the batch, and a mark of the content, which tells corrected rows from others. */
async function writeIndex(
  { writer, room }: StreamedWorkbook,
  sheets: readonly (FailedRowsSheet & { name: string })[],
): Promise<void> {
  const index = writer.addWorksheet(INDEX_SHEET, { state: 'veryHidden' }) as StreamedSheet;
  for (const { name, batchId, survey, rows } of sheets) {
    if (batchId === undefined) continue;
    index.addRow(['batch', batchId, name]).commit();
    index.addRow(['row', 'original_row', 'mark']).commit();
    for await (const { row, number } of numbered(rows())) {
      index.addRow([number, row.number, rowMark(cellsOf(row, survey.columns))]).commit();
      await room(index);
    }
  }
  index.commit();
}

async function* onlyBad(rows: AsyncIterable<LedgerRow>): AsyncGenerator<LedgerRow> {
  for await (const row of rows) if (isBad(row)) yield row;
}

/** Numbered from 2: the header is row 1. The index has one row more, so the last row of a full sheet is not used. */
async function* numbered(rows: AsyncIterable<LedgerRow>): AsyncGenerator<{ row: LedgerRow; number: number }> {
  let number = 1;
  for await (const row of rows) {
    number += 1;
    if (number >= MAX_SHEET_ROWS) return;
    yield { row, number };
  }
}

/** Excel takes names of sheets for equal whatever their case. */
function freeSheetName(wanted: string | undefined, taken: Set<string>): string {
  const name = sheetName(wanted);
  for (let number = 1; ; number++) {
    const ending = number === 1 ? '' : ` (${number})`;
    const free = `${name.slice(0, MAX_SHEET_NAME - ending.length)}${ending}`;
    if (taken.has(free.toLowerCase())) continue;
    taken.add(free.toLowerCase());
    return free;
  }
}

/** Dates of a workbook are dates again: the ledger keeps them as ISO text. */
function setOriginal(cell: Cell, value: CellValue, source: SourceInfo): void {
  const date = source.format === 'xlsx' && typeof value === 'string' ? dateInText(value) : null;
  if (date === null) {
    setCell(cell, value);
    return;
  }
  cell.value = date;
  cell.style = (value as string).length > 10 ? DATE_TIME_STYLE : DATE_STYLE;
}

/** What to say, by 0-based column. What no cell is to blame for stands on the first. */
function notesOf(row: LedgerRow, source: SourceInfo): Map<number, string> {
  const notes = new Map<number, string>();
  for (const { column: blamed, message, hint } of blamesOf(row, source)) {
    const column = blamed ?? 0;
    const text = hint === undefined ? message : `${message}\n${hint}`;
    const before = notes.get(column);
    notes.set(column, before === undefined ? text : `${before}\n\n${text}`);
  }
  return notes;
}
