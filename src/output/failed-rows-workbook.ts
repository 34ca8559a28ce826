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
import { setCell, sheetName } from './sheet-cells.js';
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

/** Rows beyond what a sheet can hold are left out; the caller says so. */
export async function writeFailedRows(sink: Sink, request: OutputRequest, survey: Survey): Promise<void> {
  await writeStreamedWorkbook(sink, async (workbook) => {
    await writeRows(workbook, request, survey);
    await writeIndex(workbook, request, survey);
  });
}

async function writeRows(
  { writer, room }: StreamedWorkbook,
  request: OutputRequest,
  survey: Survey,
): Promise<void> {
  const { source } = request.batch;
  const sheet = writer.addWorksheet(sheetName(source.sheet), {
    views: [{ state: 'frozen', ySplit: 1 }],
  }) as StreamedSheet;
  sheet.columns = survey.columns.map(({ key }) => ({ width: survey.widths.get(key) ?? 12 }));
  const header = sheet.getRow(1);
  for (const [index, { header: name }] of survey.columns.entries())
    setCell(header.getCell(index + 1), name, HEADER_STYLE);
  header.commit();
  for await (const { row, number } of badRows(request)) {
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

/** Row in this workbook, row in the batch, and a mark of the row's content, which tells corrected rows from others. */
async function writeIndex(
  { writer, room }: StreamedWorkbook,
  request: OutputRequest,
  survey: Survey,
): Promise<void> {
  const sheet = writer.addWorksheet(INDEX_SHEET, { state: 'veryHidden' }) as StreamedSheet;
  sheet.addRow(['batch', request.batch.id]).commit();
  sheet.addRow(['row', 'original_row', 'mark']).commit();
  for await (const { row, number } of badRows(request)) {
    sheet.addRow([number, row.number, rowMark(cellsOf(row, survey.columns))]).commit();
    await room(sheet);
  }
  sheet.commit();
}

/** Numbered from 2: the header is row 1. The index has one row more, so the last row of a full sheet is not used. */
async function* badRows(request: OutputRequest): AsyncGenerator<{ row: LedgerRow; number: number }> {
  let number = 1;
  for await (const row of request.rows()) {
    if (!isBad(row)) continue;
    number += 1;
    if (number >= MAX_SHEET_ROWS) return;
    yield { row, number };
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
