/** The one place where what a file holds in a cell becomes a {@link CellValue}. */
import type { CellValue } from '../core/row.js';
import { type DateKind, serialDateText } from './serial-date.js';

/** A cell of a workbook's XML: its type letter, its text, and what its style and formula say. */
export interface RawCell {
  /** `t` of the cell: s, str, inlineStr, b, e, d, n; absent means a number. */
  type: string | undefined;
  /** Text of the value; undefined when the cell has none. For type `s` the shared string itself. */
  text: string | undefined;
  formula: boolean;
  date: DateKind | undefined;
  date1904: boolean;
}

/** What stands for a formula whose file holds no result: written by a program that does not calculate. */
export const NOT_CALCULATED = '#NOT_CALCULATED!';

const ERRORS = new Set([
  '#N/A',
  '#REF!',
  '#DIV/0!',
  '#VALUE!',
  '#NAME?',
  '#NUM!',
  '#NULL!',
  '#GETTING_DATA',
  '#SPILL!',
  '#CALC!',
  '#FIELD!',
  '#BLOCKED!',
  '#CONNECT!',
  '#BUSY!',
  '#UNKNOWN!',
  '#EXTERNAL!',
  '#PYTHON!',
  NOT_CALCULATED,
]);

/** True for a spreadsheet error kept as text, such as `#N/A`. */
export function isErrorValue(value: CellValue): value is string {
  return typeof value === 'string' && value.charCodeAt(0) === 35 && ERRORS.has(value.trim().toUpperCase());
}

/**
 * Formulas give their stored result, dates ISO text (`2024-06-01`, `2024-06-01T08:30:00`, `08:30:00`), percentages
 * their number, errors their name (`#N/A`), text its characters without NUL, lone surrogates and `_x000D_` escapes.
 */
export function workbookCell(cell: RawCell): CellValue {
  const { type, text } = cell;
  if (text === undefined) return cell.formula ? NOT_CALCULATED : null;
  switch (type) {
    case 's':
      return text === '' ? null : text;
    case 'str':
    case 'inlineStr':
      return text === '' ? null : cleanText(unescapeText(text));
    case 'b':
      return text.trim() === '1' || text.trim() === 'true';
    case 'e':
      return text.trim();
    case 'd':
      return text.trim().replace(/T00:00:00(\.0+)?Z?$/, '');
    default: {
      if (text.trim() === '') return cell.formula ? NOT_CALCULATED : null;
      const value = Number(text);
      if (!Number.isFinite(value)) return cleanText(text.trim());
      return cell.date === undefined ? value : serialDateText(value, cell.date, cell.date1904);
    }
  }
}

/** A cell of a text file. */
export function textCell(text: string): CellValue {
  return text === '' ? null : cleanText(text);
}

/** A member of a JSON row: objects and arrays become their JSON text. */
export function jsonCell(value: unknown): CellValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return textCell(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return cleanText(JSON.stringify(value));
}

/** True for null and for text of white space only. */
export function isBlank(value: CellValue | undefined): boolean {
  return value === null || value === undefined || (typeof value === 'string' && value.trim() === '');
}

/** PostgreSQL and XML refuse NUL, and UTF-8 has no half of a surrogate pair. */
export function cleanText(text: string): string {
  const whole = text.includes('\u0000') ? text.replaceAll('\u0000', '') : text;
  return whole.replace(/\p{Surrogate}/gu, '');
}

/** Workbooks write characters that XML lacks as `_x000D_` (ECMA-376 part 1, 22.9.2.19). */
export function unescapeText(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
