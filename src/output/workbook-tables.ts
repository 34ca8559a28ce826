/** Excel tables ("Format as Table") of a loaded workbook, as far as exceljs 4.4.0 keeps them. */
import type { Table, Worksheet } from 'exceljs';

/**
 * Adds columns to the table whose header is in `headerRow`, when the next free column is `next`.
 * True when a table crosses that row, grown or not: such a sheet can have no filter of its own.
 */
export function growTable(
  sheet: Worksheet,
  headerRow: number,
  next: number,
  added: readonly string[],
): boolean {
  const crossing = tablesOf(sheet).filter(({ tableRef }) => crossesRow(tableRef, headerRow));
  const [table] = crossing;
  if (table === undefined) return false;
  const range = parseRange(table.tableRef);
  const names = new Set(table.columns.map((column) => column.name.toLowerCase()));
  const unique = added.every((name) => !names.has(name.toLowerCase()));
  if (range === null || range.right + 1 !== next || !unique || crossing.length > 1) return true;
  const right = sheet.getColumn(range.right + added.length).letter;
  table.columns.push(...added.map((name) => ({ name, filterButton: true })));
  table.tableRef = `${range.topLeft}:${right}${range.bottom}`;
  table.autoFilterRef = `${range.topLeft}:${right}${table.totalsRow ? range.bottom - 1 : range.bottom}`;
  return true;
}

/**
 * exceljs takes a table without `headerRowCount` for one without a header, though the default is 1, writes a filter
 * with no range where there is none, which Excel calls damage, and hides the filter buttons it was not told of.
 */
export function mendTables(sheet: Worksheet): void {
  for (const table of tablesOf(sheet)) {
    const range = parseRange(table.tableRef);
    if (range === null) continue;
    const firstNames = table.columns.map(
      (_, index) => sheet.getRow(range.top).getCell(range.left + index).text,
    );
    if (!table.headerRow && table.columns.every(({ name }, index) => name === firstNames[index]))
      table.headerRow = true;
    const filtered = table.autoFilterRef !== undefined;
    for (const column of table.columns) column.filterButton ??= filtered;
    table.autoFilterRef ??= table.tableRef;
  }
}

/** What exceljs keeps of a loaded table; its public types show only tables that were added. */
interface LoadedTable {
  tableRef: string;
  autoFilterRef?: string | undefined;
  headerRow: boolean;
  totalsRow: boolean;
  columns: { name: string; filterButton?: boolean }[];
}

function tablesOf(sheet: Worksheet): LoadedTable[] {
  return (sheet.getTables() as unknown as (Table & { table: LoadedTable })[]).map(({ table }) => table);
}

function parseRange(ref: string) {
  const match = /^(([A-Z]+)(\d+)):([A-Z]+)(\d+)$/.exec(ref);
  if (match === null) return null;
  const [, topLeft = '', left = '', top = '', right = '', bottom = ''] = match;
  return {
    topLeft,
    left: columnNumber(left),
    top: Number(top),
    right: columnNumber(right),
    bottom: Number(bottom),
  };
}

function crossesRow(ref: string, row: number): boolean {
  const range = parseRange(ref);
  return range !== null && range.top <= row && row <= range.bottom;
}

function columnNumber(letters: string): number {
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
}
