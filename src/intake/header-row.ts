/** Which row of a sheet is its header, and which column is which field of the task. */
import { InputError } from '../core/error.js';
import { nearestName } from '../core/nearest-name.js';
import type { CellValue, Column } from '../core/row.js';
import { foldHeader, shorten } from '../core/text.js';
import { isBlank } from './cell-value.js';
import { columnLetter } from './column-letter.js';
import type { FieldSpec } from './field-spec.js';
import type { RawRow } from './raw-row.js';

/** A header is looked for in rows 1 to 20. */
export const HEADER_ROWS = 20;

/** The row with the most of the task's fields, else the first that looks like a header; undefined without rows. */
export function findHeader(head: readonly RawRow[], fields: readonly FieldSpec[]): RawRow | undefined {
  const rows = head.filter((row) => row.number <= HEADER_ROWS);
  const spelled = spellings(fields);
  let best: RawRow | undefined;
  let most = 0;
  for (const row of rows) {
    const matched = matchedFields(row.cells, spelled).size;
    if (matched > most) {
      best = row;
      most = matched;
    }
  }
  return best ?? firstLikeHeader(rows);
}

/** Titles above a header fill one cell or two, a header more than half as many as the widest row. */
function firstLikeHeader(rows: readonly RawRow[]): RawRow | undefined {
  const filled = (row: RawRow) => row.cells.filter((cell) => !isBlank(cell)).length;
  const widest = Math.max(0, ...rows.map(filled));
  return rows.find((row) => filled(row) * 2 > widest);
}

/** `where` names the sheet or file, such as `sheet "Points" of points.xlsx`. */
export interface HeaderPlace {
  where: string;
  /** 1-based; absent for formats whose rows name their own columns. */
  row?: number;
  /** The letter of a column; its own name in formats without letters. */
  letterOf?(index: number, header: string): string;
}

/** Columns up to the last one with a header. */
export function nameColumns(
  cells: readonly CellValue[],
  fields: readonly FieldSpec[],
  place: HeaderPlace,
): Column[] {
  const spelled = spellings(fields);
  const last = cells.findLastIndex((cell) => !isBlank(cell));
  return Array.from({ length: last + 1 }, (_, index): Column => {
    const header = isBlank(cells[index]) ? '' : String(cells[index]);
    const field = spelled.get(foldHeader(header));
    const letter = place.letterOf?.(index, header) ?? columnLetter(index);
    return { index, letter, header, ...(field === undefined ? {} : { field }) };
  });
}

/** @throws {InputError} SHEET_COLUMN_DUPLICATE, SHEET_COLUMN_MISSING */
export function checkColumns(
  columns: readonly Column[],
  fields: readonly FieldSpec[],
  place: HeaderPlace,
  hint?: string,
): void {
  for (const field of fields) {
    const [first, second] = columns.filter((column) => column.field === field.name);
    if (first !== undefined && second !== undefined) throw duplicateColumn(field, first, second, place);
  }
  const missing = missingFields(columns, fields);
  if (missing.length > 0) throw missingColumns(missing, columns, place, hint);
}

export function missingFields(columns: readonly Column[], fields: readonly FieldSpec[]): FieldSpec[] {
  const found = new Set(columns.map((column) => column.field));
  return fields.filter((field) => field.required && !found.has(field.name));
}

/**
 * Refuses a header that is spread over two rows: the row under it names most fields again in the same columns, or the row above or
 * under it names columns that the task needs and the header lacks. @throws {InputError} SHEET_TWO_HEADER_ROWS
 */
export function checkOneHeader(
  header: RawRow,
  head: readonly RawRow[],
  fields: readonly FieldSpec[],
  where: string,
): void {
  const spelled = spellings(fields);
  const own = matchedFields(header.cells, spelled);
  if (own.size === 0) return;
  const missing = fields.filter((field) => field.required && !own.has(field.name));
  for (const row of head) {
    const below = row.number === header.number + 1;
    if (!below && row.number !== header.number - 1) continue;
    const named = matchedFields(row.cells, spelled);
    const again = header.cells.filter((cell, index) => sameField(cell, row.cells[index], spelled)).length;
    const completes = missing.some((field) => named.has(field.name));
    if (!completes && !(below && again * 2 > own.size)) continue;
    const [upper, lower] = below ? [header, row] : [row, header];
    throw new InputError(
      `Rows ${upper.number} and ${lower.number} of ${where} both hold column names; expected one header row. ` +
        `Row ${upper.number}: ${quoted(upper.cells)}; row ${lower.number}: ${quoted(lower.cells)}`,
      {
        code: 'SHEET_TWO_HEADER_ROWS',
        hint: completes
          ? `Put all names into row ${lower.number} and delete row ${upper.number}`
          : `Delete row ${lower.number}`,
        details: { rows: [upper.number, lower.number] },
      },
    );
  }
}

function missingColumns(
  missing: FieldSpec[],
  columns: readonly Column[],
  place: HeaderPlace,
  hint?: string,
): InputError {
  const free = columns.filter((column) => column.field === undefined && column.header.trim() !== '');
  const nearest = missing.flatMap((field) => {
    const column = nearestColumn(field, free);
    return column === undefined ? [] : [{ field: field.name, column: column.letter, header: column.header }];
  });
  const names = missing.map((field) => field.name).join(', ');
  const row = place.row === undefined ? '' : ` in row ${place.row}`;
  const advice = nearest
    .map((near) => `did you mean "${near.header.trim()}" (${near.column}) for ${near.field}?`)
    .join(' ');
  return new InputError(
    `There is no column for ${names} in ${place.where}; found${row}: ${quoted(columns.map((column) => column.header))}`,
    {
      code: 'SHEET_COLUMN_MISSING',
      hint:
        hint ??
        (upperFirst(advice) ||
          `Name the column one of: ${missing.flatMap((field) => field.spellings).join(', ')}`),
      details: {
        missing: missing.map((field) => ({ field: field.name, spellings: field.spellings })),
        found: columns.map((column) => column.header),
        nearest,
        ...(place.row === undefined ? {} : { headerRow: place.row }),
      },
    },
  );
}

function duplicateColumn(field: FieldSpec, first: Column, second: Column, place: HeaderPlace): InputError {
  return new InputError(
    `Columns ${first.letter} ("${first.header.trim()}") and ${second.letter} ("${second.header.trim()}") of ${place.where} ` +
      `are both read as ${field.name}; expected one`,
    {
      code: 'SHEET_COLUMN_DUPLICATE',
      hint: `Rename or delete the one that is not meant`,
      details: {
        field: field.name,
        columns: [first.letter, second.letter],
        headers: [first.header, second.header],
      },
    },
  );
}

function nearestColumn(field: FieldSpec, free: readonly Column[]): Column | undefined {
  const folded = free.map((column) => foldHeader(column.header));
  for (const spelling of field.spellings) {
    const near = nearestName(spelling, folded);
    if (near !== undefined) return free[folded.indexOf(near)];
  }
  return undefined;
}

/** Field by folded header; of two fields that share a spelling the first has it. */
export function spellings(fields: readonly FieldSpec[]): Map<string, string> {
  const spelled = new Map<string, string>();
  for (const field of fields) {
    for (const spelling of field.spellings) if (!spelled.has(spelling)) spelled.set(spelling, field.name);
  }
  return spelled;
}

function matchedFields(cells: readonly CellValue[], spelled: Map<string, string>): Set<string> {
  const matched = new Set<string>();
  for (const cell of cells) {
    const field = typeof cell === 'string' ? spelled.get(foldHeader(cell)) : undefined;
    if (field !== undefined) matched.add(field);
  }
  return matched;
}

function sameField(a: CellValue, b: CellValue | undefined, spelled: Map<string, string>): boolean {
  const field = typeof a === 'string' ? spelled.get(foldHeader(a)) : undefined;
  return field !== undefined && typeof b === 'string' && spelled.get(foldHeader(b)) === field;
}

const SHOWN_HEADERS = 30;

function quoted(cells: readonly CellValue[]): string {
  const names = cells.filter((cell) => !isBlank(cell)).map((cell) => `"${shorten(String(cell), 40)}"`);
  if (names.length === 0) return 'nothing';
  const more = names.length - SHOWN_HEADERS;
  return more > 0 ? `${names.slice(0, SHOWN_HEADERS).join(', ')} and ${more} more` : names.join(', ');
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
