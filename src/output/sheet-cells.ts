/** Values into workbook cells. Text is always a text cell, whatever it begins with. */
import type { Cell, Style } from 'exceljs';
import { sheetValue } from './cell-value.js';

export const MAX_SHEET_NAME = 31;

export function setCell(cell: Cell, value: unknown, style?: Partial<Style>): void {
  cell.value = sheetValue(value);
  if (style !== undefined) cell.style = style;
}

/** `name` as a sheet name that Excel takes; `rows` when there is none. */
export function sheetName(name: string | undefined): string {
  const safe = (name ?? '')
    .replace(/[*?:\\/[\]]/g, '_')
    .replace(/^'+|'+$/g, '')
    .slice(0, MAX_SHEET_NAME)
    .trim();
  return safe === '' || /^(?:history|_sluice)$/i.test(safe) ? 'rows' : safe;
}
