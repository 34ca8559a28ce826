/** What a person may have meant by a cell that was refused. Suggested, never applied. */
import type { z } from 'zod';
import { nearestName } from '../core/nearest-name.js';
import type { CellValue } from '../core/row.js';
import { foldHeader } from '../core/text.js';
import type { FieldShape } from './field-spec.js';
import { parseNumber, suggestNumber } from './number-text.js';

/** `cellOf` gives the row's cell of another field. */
export function cellHint(
  issue: z.core.$ZodIssue,
  field: FieldShape,
  cell: CellValue,
  fields: readonly FieldShape[],
  cellOf: (field: FieldShape) => CellValue,
): string | undefined {
  if (field.type === 'number' || field.type === 'integer') {
    return typeof cell === 'string' && parseNumber(cell) === undefined
      ? suggestNumber(cell)
      : swapHint(field, cell, fields, cellOf);
  }
  if (issue.code === 'invalid_value') {
    const near = nearestName(String(cell).trim(), issue.values.map(String));
    return near === undefined ? undefined : `did you mean "${near}"?`;
  }
  if (field.type === 'date') return dateHint(cell);
  return undefined;
}

const LATITUDES = new Set(['latitude', 'lat']);
const LONGITUDES = new Set(['longitude', 'lon', 'lng', 'long']);

/** A latitude beyond 90 beside a longitude within it: the two may stand in each other's column. */
function swapHint(
  field: FieldShape,
  cell: CellValue,
  fields: readonly FieldShape[],
  cellOf: (field: FieldShape) => CellValue,
): string | undefined {
  if (!isAxis(field, LATITUDES)) return undefined;
  const other = fields.find((candidate) => isAxis(candidate, LONGITUDES));
  const latitude = toNumber(cell);
  const longitude = other && toNumber(cellOf(other));
  if (other === undefined || latitude === undefined || longitude === undefined) return undefined;
  if (Math.abs(latitude) <= 90 || Math.abs(latitude) > 180 || Math.abs(longitude) > 90) return undefined;
  return `${field.name} and ${other.name} may be swapped: did you mean ${field.name} ${longitude}, ${other.name} ${latitude}?`;
}

function isAxis(field: FieldShape, words: ReadonlySet<string>): boolean {
  return words.has(foldHeader(field.name)) || field.spellings.some((spelling) => words.has(spelling));
}

function toNumber(cell: CellValue): number | undefined {
  return typeof cell === 'number' ? cell : typeof cell === 'string' ? parseNumber(cell) : undefined;
}

/** `24.6.2024` and `2024/6/24` can mean one day only; `1/6/2024` could be two. */
function dateHint(cell: CellValue): string | undefined {
  const parts = /^(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})$/.exec(String(cell).trim());
  if (parts === null) return undefined;
  const [a, b, c] = parts.slice(1).map(Number) as [number, number, number];
  if (parts[1]!.length === 4) return isoHint(a, b, c);
  if (parts[3]!.length !== 4) return undefined;
  if (a > 12) return isoHint(c, b, a);
  if (b > 12 || a === b) return isoHint(c, a, b);
  return `write it as YYYY-MM-DD; it could be ${isoDay(c, b, a)} or ${isoDay(c, a, b)}`;
}

function isoHint(year: number, month: number, day: number): string | undefined {
  const text = isoDay(year, month, day);
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
    ? `did you mean ${text}?`
    : undefined;
}

function isoDay(year: number, month: number, day: number): string {
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
