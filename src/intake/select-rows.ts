/** Which rows of a file are meant: `--rows`, `--where`, `--limit` and `--sample`, applied while the file streams by. */
import { UsageError } from '../core/error.js';
import type { SourceInfo, SourceRow } from '../core/row.js';
import type { Source } from './source.js';
import { parseWhere } from './where-expression.js';

export interface RowSelection {
  /** Row numbers as the sheet shows them: `2-200`, `5,9,12-14`, `100-`. */
  rows?: string | undefined;
  /** See where-expression.ts. */
  where?: string | undefined;
  /** The first N of the rows that pass `rows` and `where`. */
  limit?: number | undefined;
  /** N rows spread evenly over those that pass all of the above. */
  sample?: number | undefined;
}

export interface RowSelector {
  /** Asked once for each row, in the file's order: it counts towards the limit. Does not apply the sample. */
  keep(row: SourceRow): boolean;
  /** No row to come can pass; reading may stop. */
  readonly done: boolean;
  sample?: number;
}

/** @throws {UsageError} when the selection cannot be read or names no column of the file */
export function rowSelector(selection: RowSelection, info: Pick<SourceInfo, 'columns'>): RowSelector {
  const ranges = selection.rows === undefined ? undefined : parseRanges(selection.rows);
  const last = ranges === undefined ? Number.POSITIVE_INFINITY : Math.max(...ranges.map((range) => range.to));
  const test = selection.where === undefined ? undefined : parseWhere(selection.where, info.columns);
  const limit = wholeNumber('limit', selection.limit) ?? Number.POSITIVE_INFINITY;
  const sample = wholeNumber('sample', selection.sample);
  let kept = 0;
  let done = false;
  return {
    keep(row) {
      if (kept >= limit || row.number > last) {
        done = true;
        return false;
      }
      if (ranges !== undefined && !ranges.some(({ from, to }) => row.number >= from && row.number <= to))
        return false;
      if (test !== undefined && !test(row.cells)) return false;
      kept += 1;
      done = kept >= limit;
      return true;
    },
    get done() {
      return done;
    },
    ...(sample === undefined ? {} : { sample }),
  };
}

/**
 * The selected rows of `source`, in order, in chunks that are never empty. A sample reads the file twice: once to
 * count what passes.
 */
export async function* selectRows(source: Source, selection: RowSelection): AsyncGenerator<SourceRow[]> {
  const passing = () => passingRows(source, rowSelector(selection, source.info));
  const { sample } = rowSelector(selection, source.info);
  if (sample === undefined) {
    yield* passing();
    return;
  }
  let total = 0;
  for await (const rows of passing()) total += rows.length;
  const sampled = evenly(total, sample);
  let position = 0;
  for await (const rows of passing()) {
    const chosen = rows.filter(() => sampled(position++));
    if (chosen.length > 0) yield chosen;
  }
}

async function* passingRows(source: Source, selector: RowSelector): AsyncGenerator<SourceRow[]> {
  for await (const rows of source.rows()) {
    const kept = rows.filter((row) => selector.keep(row));
    if (kept.length > 0) yield kept;
    if (selector.done) return;
  }
}

/** True for `count` of the positions 0 to `total - 1`, one near the middle of each of `count` equal stretches; for all when there are fewer. */
export function evenly(total: number, count: number): (position: number) => boolean {
  if (count >= total) return () => true;
  const chosenBefore = (position: number) => Math.floor((2 * position * count + total) / (2 * total));
  return (position) => chosenBefore(position + 1) > chosenBefore(position);
}

interface Range {
  from: number;
  to: number;
}

function parseRanges(text: string): Range[] {
  return text.split(',').map((part) => {
    const match = /^\s*(\d+)\s*(?:(-)\s*(\d*))?\s*$/.exec(part);
    const from = Number(match?.[1]);
    const to =
      match?.[2] === undefined ? from : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (match === null || from < 1 || to < from) {
      throw new UsageError(`--rows cannot be used: "${part.trim()}" is not a row or a range of rows`, {
        code: 'ROWS_INVALID',
        hint: 'Write row numbers as the sheet shows them: --rows 2-200 or --rows 5,9,12-14',
        details: { found: text },
      });
    }
    return { from, to };
  });
}

function wholeNumber(name: 'limit' | 'sample', value: number | undefined): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value > 0)) return value;
  throw new UsageError(`--${name} is ${value}; expected a whole number from 1`, {
    code: `${name.toUpperCase()}_INVALID`,
    hint: `For example: --${name} 100`,
    details: { found: value },
  });
}
