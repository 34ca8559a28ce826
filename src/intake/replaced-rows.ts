/** Which row of an earlier batch each row of a failed-rows workbook stands for. */

import type { CellValue } from '../core/row.js';
import { markLikeness, rowMark } from '../core/row-mark.js';
import type { RawRow } from './raw-row.js';

/** What our failed-rows workbook notes of one row when it is written. */
export interface WrittenRow {
  /** Row number in the failed-rows sheet. */
  number: number;
  /** Row number in the file of the earlier batch. */
  originalRow: number;
  /** {@link rowMark} of its cells. */
  mark: string;
}

/** What the very hidden sheet `_sluice` says of one sheet. */
export interface WrittenSheet {
  batch: string;
  /** As it was called when it was written. */
  name: string;
  written: WrittenRow[];
}

/** The content of the sheet `_sluice`: for each sheet its batch and name, then one line a row. Empty when it is not ours. */
export function parseReplaces(rows: readonly RawRow[]): WrittenSheet[] {
  const sheets: WrittenSheet[] = [];
  for (const { cells } of rows) {
    const [first, second, third] = cells;
    if (first === 'batch' && typeof second === 'string')
      sheets.push({ batch: second, name: String(third ?? ''), written: [] });
    else if (isRowNumber(first) && isRowNumber(second))
      sheets
        .at(-1)
        ?.written.push({ number: first, originalRow: second, mark: typeof third === 'string' ? third : '' });
  }
  return sheets;
}

/** What was written of the sheet that is now called `name`: one that stands alone may have been given another name. */
export function writtenSheet(
  sheets: readonly WrittenSheet[],
  { name, isFirst }: { name: string; isFirst: boolean },
): WrittenSheet | undefined {
  return (
    sheets.find((sheet) => sheet.name === name) ?? (isFirst && sheets.length === 1 ? sheets[0] : undefined)
  );
}

function isRowNumber(value: CellValue | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}

export interface FoundRow {
  number: number;
  mark: string;
}

export function foundRow(number: number, cells: readonly CellValue[]): FoundRow {
  return { number, mark: rowMark(cells) };
}

/** A corrected row still has at least this share of its cells. */
const LEAST_LIKENESS = 0.5;
/** How far a row is looked for from where it was written, in rows. */
const WINDOW_ROWS = 200;

/**
 * Original row by row number, each used once: rows whose cells are unchanged first, wherever they stand now; then each
 * corrected row takes the most alike of the rest, the nearer one of equals; then, only when as many rows were found
 * as were written, the one of the same place. Rows that are left are new.
 */
export function matchReplacedRows(
  written: readonly WrittenRow[],
  found: readonly FoundRow[],
): Map<number, number> {
  const matched = new Map<number, number>();
  const free = new Set(written.keys());
  const take = (row: FoundRow, index: number) => {
    matched.set(row.number, written[index]!.originalRow);
    free.delete(index);
  };
  const byMark = new Map<string, number[]>();
  for (const [index, row] of written.entries())
    byMark.set(row.mark, [...(byMark.get(row.mark) ?? []), index]);
  for (const row of found) {
    const index = byMark.get(row.mark)?.shift();
    if (index !== undefined) take(row, index);
  }
  for (const { row, index } of likenesses(written, found, free, matched)) {
    if (free.has(index) && !matched.has(row.number)) take(row, index);
  }
  if (written.length !== found.length) return matched;
  for (const [place, row] of found.entries()) {
    if (!matched.has(row.number) && free.has(place)) take(row, place);
  }
  return matched;
}

/** Pairs that are alike, the most alike first. */
function likenesses(
  written: readonly WrittenRow[],
  found: readonly FoundRow[],
  free: ReadonlySet<number>,
  matched: ReadonlyMap<number, number>,
): { row: FoundRow; index: number }[] {
  const pairs: { row: FoundRow; index: number; likeness: number; away: number }[] = [];
  for (const [place, row] of found.entries()) {
    if (matched.has(row.number)) continue;
    const end = Math.min(written.length, place + WINDOW_ROWS + 1);
    for (let index = Math.max(0, place - WINDOW_ROWS); index < end; index++) {
      if (!free.has(index)) continue;
      const likeness = markLikeness(row.mark, written[index]!.mark);
      if (likeness >= LEAST_LIKENESS) pairs.push({ row, index, likeness, away: Math.abs(index - place) });
    }
  }
  return pairs.sort((a, b) => b.likeness - a.likeness || a.away - b.away);
}
