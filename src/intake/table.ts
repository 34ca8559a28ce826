/** Rows under a header, whatever file they stand in: the header is found once, the rows stream as often as asked. */

import { InputError } from '../core/error.js';
import type { CellValue, Column, SourceRow } from '../core/row.js';
import { isBlank } from './cell-value.js';
import type { FieldSpec } from './field-spec.js';
import { checkColumns, checkOneHeader, findHeader, HEADER_ROWS, nameColumns } from './header-row.js';
import { type Limits, limitError } from './limits.js';
import type { RawRow, RowScan } from './raw-row.js';

export interface Table {
  headerRow: number;
  columns: Column[];
  /** Data rows in chunks of at most 1,000; blank ones are left out. */
  rows(): AsyncGenerator<SourceRow[]>;
}

export const CHUNK_ROWS = 1000;

export interface TableRequest {
  fields: readonly FieldSpec[];
  limits: Limits;
  /** `sheet "Points" of points.xlsx`. */
  where: string;
  /** Advice that goes before the usual when a column is missing. */
  missingHint?: ((fields: readonly FieldSpec[]) => Promise<string | undefined>) | undefined;
}

/** @throws {InputError} SHEET_EMPTY, SHEET_COLUMN_MISSING, SHEET_COLUMN_DUPLICATE, SHEET_TWO_HEADER_ROWS */
export async function openTable(scan: RowScan, request: TableRequest): Promise<Table> {
  const { fields, limits, where } = request;
  const head = await readHead(scan);
  const header = findHeader(head, fields);
  if (header === undefined)
    throw emptySheet(where, head.length === 0 ? 'no row' : `nothing in rows 1 to ${HEADER_ROWS}`);
  checkOneHeader(header, head, fields, where);
  const place = { where, row: header.number };
  const columns = nameColumns(header.cells, fields, place);
  try {
    checkColumns(columns, fields, place);
  } catch (error) {
    const hint =
      (error as InputError).code === 'SHEET_COLUMN_MISSING' ? await request.missingHint?.(fields) : undefined;
    if (hint === undefined) throw error;
    checkColumns(columns, fields, place, hint);
  }
  if (!head.some((row) => row.number > header.number)) {
    throw emptySheet(where, `a header in row ${header.number} and no row under it`);
  }
  return {
    headerRow: header.number,
    columns,
    rows: () => dataRows(scan, header.number, columns.length, limits, where),
  };
}

/** The rows in which a header may stand, and the first row after them. */
export async function readHead(scan: RowScan): Promise<RawRow[]> {
  const head: RawRow[] = [];
  for await (const rows of scan()) {
    for (const row of rows) {
      if (row.cells.every(isBlank)) continue;
      head.push(row);
      if (row.number > HEADER_ROWS) return head;
    }
  }
  return head;
}

async function* dataRows(
  scan: RowScan,
  headerRow: number,
  width: number,
  limits: Limits,
  where: string,
): AsyncGenerator<SourceRow[]> {
  let chunk: SourceRow[] = [];
  let count = 0;
  for await (const rows of scan()) {
    for (const { number, cells } of rows) {
      if (number <= headerRow || cells.every(isBlank)) continue;
      count += 1;
      if (count > limits.maxRows) throw tooManyRows(where, count, limits);
      chunk.push({ number, cells: toWidth(cells, width) });
      if (chunk.length === CHUNK_ROWS) {
        yield chunk;
        chunk = [];
      }
    }
  }
  if (chunk.length > 0) yield chunk;
}

export function tooManyRows(where: string, count: number, limits: Limits): InputError {
  return limitError(
    'maxRows',
    limits,
    `${where} holds ${count.toLocaleString('en-US')} data rows or more`,
    count,
  );
}

function toWidth(cells: CellValue[], width: number): CellValue[] {
  return cells.length === width ? cells : Array.from({ length: width }, (_, index) => cells[index] ?? null);
}

export function emptySheet(where: string, found: string): InputError {
  return new InputError(
    `There are no data rows in ${where}: found ${found}; expected a header row and rows under it`,
    {
      code: 'SHEET_EMPTY',
      hint: 'Check that this is the right sheet and that it was saved; --sheet NAME reads another',
      details: { where, found },
    },
  );
}
