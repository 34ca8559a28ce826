/**
 * The results workbook as a copy of the user's own: every sheet, style and width kept, columns added.
 * The whole workbook is in memory, so it is for files of a bounded size only.
 */
import type { Row, Style, Worksheet, WorksheetView } from 'exceljs';
import type { LedgerRow } from '../core/row.js';
import { loadWorkbook } from './load-workbook.js';
import type { OutputRequest } from './output-request.js';
import { setCell } from './sheet-cells.js';
import { STATUS_COLUMNS, type Survey, statusAndResults } from './survey.js';
import { withState } from './workbook-style.js';
import { growTable } from './workbook-tables.js';

/** A deeper header than this is not frozen: it would fill the window. */
const MAX_FROZEN_ROWS = 12;
/** Where failed-rows workbooks keep which row is which; it has no meaning in a results workbook. */
const HIDDEN_SHEET = '_sluice';

/**
 * The copy as bytes. `ignored` are elements of the sheets' XML that are left out, such as `drawing`.
 * @throws whatever exceljs does with a workbook that it cannot read or write
 */
export async function styledWorkbook(
  request: OutputRequest,
  survey: Survey,
  ignored: readonly string[],
): Promise<Uint8Array> {
  const { source } = request.batch;
  const workbook = await loadWorkbook(source.path, ignored);
  const sheet = source.sheet === undefined ? workbook.worksheets[0] : workbook.getWorksheet(source.sheet);
  if (sheet === undefined) throw new Error(`it has no sheet "${source.sheet ?? ''}"`);
  const hidden = workbook.getWorksheet(HIDDEN_SHEET);
  if (hidden !== undefined && hidden !== sheet) workbook.removeWorksheet(hidden.id);
  const headerRow = source.headerRow ?? 1;
  const added = [...STATUS_COLUMNS, ...survey.resultColumns];
  const extent = tableExtent(sheet, headerRow, added.length);

  addHeaders(sheet, headerRow, extent, added, survey);
  let lastRow = headerRow;
  for await (const row of request.rows()) {
    fillRow(sheet.getRow(row.number), row, extent, survey);
    lastRow = Math.max(lastRow, row.number);
  }
  freezeHeader(sheet, headerRow);
  filterTable(sheet, headerRow, lastRow, extent, added);
  return new Uint8Array(await workbook.xlsx.writeBuffer());
}

interface Extent {
  /** First and last column of the user's header. */
  first: number;
  last: number;
  /** First of the added columns. */
  next: number;
}

/** Added columns follow the header's last; where something stands in their way, the sheet's last used column. */
function tableExtent(sheet: Worksheet, headerRow: number, addedCount: number): Extent {
  const header = usedColumns(sheet.getRow(headerRow));
  const first = header[0] ?? 1;
  const last = header.at(-1) ?? 0;
  let lastUsed = last;
  let free = true;
  sheet.eachRow((row, number) => {
    if (number < headerRow) return;
    for (const column of usedColumns(row)) {
      if (column > last && column <= last + addedCount) free = false;
      lastUsed = Math.max(lastUsed, column);
    }
  });
  return { first, last: Math.max(last, first), next: (free ? last : lastUsed) + 1 };
}

/** Columns with a value, cells of a merge included, ascending. */
function usedColumns(row: Row): number[] {
  const columns: number[] = [];
  row.eachCell((_cell, column) => columns.push(column));
  return columns;
}

function addHeaders(
  sheet: Worksheet,
  headerRow: number,
  extent: Extent,
  added: readonly string[],
  survey: Survey,
) {
  const header = sheet.getRow(headerRow);
  const style: Partial<Style> = header.getCell(extent.last).style;
  for (const [index, name] of added.entries()) {
    const column = sheet.getColumn(extent.next + index);
    column.width = survey.widths.get(name) ?? 12;
    column.hidden = false;
    setCell(header.getCell(extent.next + index), name, { ...style });
  }
}

function fillRow(line: Row, row: LedgerRow, extent: Extent, survey: Survey): void {
  for (const [index, value] of statusAndResults(row, survey.resultColumns).entries()) {
    setCell(line.getCell(extent.next + index), value, withState({}, row.state));
  }
  for (let column = extent.first; column <= extent.last; column++) {
    const cell = line.getCell(column);
    cell.style = withState(cell.style, row.state);
  }
}

function freezeHeader(sheet: Worksheet, headerRow: number): void {
  const view = (sheet.views as WorksheetView[] | null)?.[0];
  if (view?.state === 'frozen' || view?.state === 'split' || headerRow > MAX_FROZEN_ROWS) return;
  const frozen = { state: 'frozen', xSplit: 0, ySplit: headerRow, topLeftCell: `A${headerRow + 1}` } as const;
  sheet.views = [{ ...view, ...frozen } as WorksheetView];
}

/** A sheet's filter over the whole table; where the user made an Excel table of it, that table grows instead. */
function filterTable(
  sheet: Worksheet,
  headerRow: number,
  lastRow: number,
  extent: Extent,
  added: readonly string[],
): void {
  if (growTable(sheet, headerRow, extent.next, added)) return;
  const lastColumn = extent.next + added.length - 1;
  sheet.autoFilter = {
    from: { row: headerRow, column: extent.first },
    to: { row: lastRow, column: lastColumn },
  };
}
