/** One value, as each kind of file takes it. User text stays text: no program may take it for a formula. */

export type SheetValue = string | number | boolean | null;

/** A workbook refuses to open with a longer cell. */
const MAX_CELL_CHARACTERS = 32_767;
/** `_x0041_` in a workbook means the character; text that looks so is written with its first `_` escaped. */
const ESCAPE_LIKE = /_(?=x[0-9A-Fa-f]{4}_)/g;
const STARTS_FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

/** Numbers, booleans and text as they are; a list's members joined by `, `; other objects as JSON. */
export function sheetValue(value: unknown): SheetValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return value;
  return cut(plainText(value)).replace(ESCAPE_LIKE, '_x005F_');
}

/** `value` as text; nothing is an empty text. */
export function plainText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(plainText).join(', ');
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * One CSV field, quoted where RFC 4180 asks for it. Text that a spreadsheet would run as a formula is led by an
 * apostrophe; numbers, also those written as text, are not.
 */
export function csvField(value: unknown): string {
  const text = plainText(value);
  const harmless = typeof value === 'number' || !STARTS_FORMULA.test(text) || NUMBER.test(text);
  const safe = harmless ? text : `'${text}`;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function cut(text: string): string {
  return text.length <= MAX_CELL_CHARACTERS ? text : `${text.slice(0, MAX_CELL_CHARACTERS - 1)}…`;
}
