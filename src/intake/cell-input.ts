/** A cell becomes what the task's schema asks for, where that is certain; otherwise it is left for the schema to refuse. */
import type { CellValue } from '../core/row.js';
import { isBlank } from './cell-value.js';
import type { FieldShape } from './field-spec.js';
import { parseNumber } from './number-text.js';

const TRUE = new Set(['true', 'yes', 'y', 't', '1', 'on']);
const FALSE = new Set(['false', 'no', 'n', 'f', '0', 'off']);
const ISO_DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** Blank cells give null. Text is trimmed. */
export function cellInput(cell: CellValue, field: Pick<FieldShape, 'type' | 'dateObject'>): unknown {
  if (isBlank(cell) || cell === null) return null;
  switch (field.type) {
    case 'number':
    case 'integer':
      return typeof cell === 'string' ? (parseNumber(cell) ?? cell) : cell;
    case 'boolean':
      return booleanInput(cell);
    case 'string':
      return typeof cell === 'string' ? cell.trim() : String(cell);
    case 'date':
      return field.dateObject ? dateInput(cell) : typeof cell === 'string' ? cell.trim() : cell;
    case 'json':
      return typeof cell === 'string' ? jsonInput(cell.trim()) : cell;
  }
}

function booleanInput(cell: string | number | boolean): unknown {
  const word = String(cell).trim().toLowerCase();
  return TRUE.has(word) ? true : FALSE.has(word) ? false : cell;
}

/** ISO text without a zone is UTC. */
function dateInput(cell: string | number | boolean): unknown {
  const text = String(cell).trim();
  if (!ISO_DATE.test(text)) return cell;
  const zoned = text.length > 10 && !/(Z|[+-]\d{2}:?\d{2})$/.test(text) ? `${text}Z` : text;
  const date = new Date(zoned);
  return Number.isNaN(date.getTime()) ? cell : date;
}

function jsonInput(text: string): unknown {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
