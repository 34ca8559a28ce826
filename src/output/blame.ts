/** Which cell a row failed by, what stood in it, and what to say there. */
import { cellKeys } from '../core/cell-keys.js';
import type { LedgerRow, SourceInfo } from '../core/row.js';
import { shorten } from '../core/text.js';
import { plainText } from './cell-value.js';

export interface Blame {
  /** 0-based, of the column to blame; undefined when it is the row as a whole. */
  column: number | undefined;
  /** `C17`; the column's name for formats without letters. */
  cell: string | undefined;
  /** Shortened. */
  value: string;
  code: string;
  message: string;
  hint: string | undefined;
}

/** One for each thing wrong with the row, at least one. */
export function blamesOf(row: LedgerRow, source: SourceInfo): Blame[] {
  if (row.issues.length === 0) return [blameOfError(row, source)];
  return row.issues.map(({ field, cell, value, code, message, hint }) => {
    const letter = cell.replace(/\d+$/, '');
    const column =
      source.columns.find((candidate) => candidate.field === field) ??
      source.columns.find((candidate) => candidate.letter === letter || candidate.header === cell);
    return { column: column?.index, cell, value, code, message, hint };
  });
}

function blameOfError(row: LedgerRow, source: SourceInfo): Blame {
  const { error } = row;
  const field = error?.field;
  const column =
    field === undefined ? undefined : source.columns.find((candidate) => candidate.field === field);
  const lettered = source.format === 'xlsx' || source.format === 'csv';
  const key = column === undefined ? undefined : cellKeys(source.columns)[column.index];
  const found = key !== undefined && Object.hasOwn(row.cells, key) ? row.cells[key] : undefined;
  return {
    column: column?.index,
    cell: column === undefined ? field : lettered ? `${column.letter}${row.number}` : column.letter,
    value: shorten(plainText(found)),
    code: error?.code ?? row.state.toUpperCase(),
    message: row.reason ?? error?.message ?? `The row is ${row.state}.`,
    hint: error?.hint,
  };
}
