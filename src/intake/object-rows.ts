/** Rows that name their own members, as a source: columns from the first rows, then the rows as often as asked. */
import type { SourceRow } from '../core/row.js';
import { isBlank } from './cell-value.js';
import type { FieldSpec } from './field-spec.js';
import type { Limits } from './limits.js';
import { type Members, objectColumns, SAMPLE_ROWS } from './object-columns.js';
import type { OpenedFormat } from './source.js';
import { CHUNK_ROWS, emptySheet, tooManyRows } from './table.js';

export interface ObjectRow {
  /** 1-based. */
  number: number;
  members: Members;
  /** Members that are not of the file itself but of the feature's point. */
  point?: Members;
  geometry?: unknown;
  /** Why the row could not be read at all; it becomes an invalid row and stops nothing. */
  unreadable?: { code: string; message: string };
}

export interface ObjectRowsRequest {
  fields: readonly FieldSpec[];
  limits: Limits;
  where: string;
}

/** @throws {InputError} SHEET_EMPTY and what {@link objectColumns} throws */
export async function openObjectRows(
  scan: () => AsyncIterable<ObjectRow[]>,
  request: ObjectRowsRequest,
): Promise<Pick<OpenedFormat, 'rows'> & { columns: OpenedFormat['info']['columns'] }> {
  const { limits, where } = request;
  const sample = await readSample(scan);
  if (sample.length === 0) throw emptySheet(where, 'none');
  const more = sample.length > SAMPLE_ROWS;
  const readable = sample.slice(0, SAMPLE_ROWS).filter((row) => row.unreadable === undefined);
  const table = objectColumns(readable, { ...request, more });
  return {
    columns: table.columns,
    async *rows() {
      let chunk: SourceRow[] = [];
      let count = 0;
      for await (const rows of scan()) {
        for (const row of rows) {
          const cells = table.cells(row);
          if (row.unreadable === undefined && row.geometry == null && cells.every(isBlank)) continue;
          count += 1;
          if (count > limits.maxRows) throw tooManyRows(where, count, limits);
          chunk.push({
            number: row.number,
            cells,
            ...(row.geometry === undefined ? {} : { geometry: row.geometry }),
            ...(row.unreadable === undefined ? {} : { unreadable: row.unreadable }),
          });
          if (chunk.length === CHUNK_ROWS) {
            yield chunk;
            chunk = [];
          }
        }
      }
      if (chunk.length > 0) yield chunk;
    },
  };
}

/** One row more than the sample, so that it is known whether the file goes on. */
async function readSample(scan: () => AsyncIterable<ObjectRow[]>): Promise<ObjectRow[]> {
  const sample: ObjectRow[] = [];
  for await (const rows of scan()) {
    sample.push(...rows);
    if (sample.length > SAMPLE_ROWS) break;
  }
  return sample;
}
