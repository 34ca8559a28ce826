/** Every row of a batch, written as it is read: as lines for people, JSON lines, one JSON document, or CSV. */
import type { LedgerRow, RowState } from '../core/row.js';
import type { BatchRecord } from '../ledger/batches.js';
import type { Toolkit } from '../toolkit.js';
import { printable } from './printable.js';
import { toFailure } from './run-batch.js';
import { jsonArray, toReader, type Write } from './to-reader.js';

export interface BatchLogOptions {
  states: RowState[] | undefined;
  format: 'text' | 'json' | 'jsonl' | 'csv';
}

/** @throws {NotFoundError} */
export function writeBatchLog(toolkit: Toolkit, batchId: string, options: BatchLogOptions): Promise<void> {
  return toReader((write) => writeRows(toolkit, batchId, options, write));
}

async function writeRows(
  toolkit: Toolkit,
  batchId: string,
  options: BatchLogOptions,
  write: Write,
): Promise<void> {
  const batch = await toolkit.batch(batchId);
  if (options.format === 'csv') return toolkit.exportCsv(batchId, { states: options.states }, write);
  const rows = toolkit.rows(batchId, { states: options.states });
  for await (const part of toParts(rows, batch, options.format)) await write(part);
}

function toParts(
  rows: AsyncIterable<LedgerRow>,
  batch: BatchRecord,
  format: 'text' | 'json' | 'jsonl',
): AsyncGenerator<string> {
  if (format === 'jsonl') return mapped(rows, (row) => `${JSON.stringify(toEntry(row, batch))}\n`);
  if (format === 'text') return mapped(rows, (row) => `${toLine(row)}\n`);
  return jsonArray(mapped(rows, (row) => JSON.stringify(toEntry(row, batch))));
}

function toEntry(row: LedgerRow, batch: BatchRecord): Record<string, unknown> {
  const failed = row.state === 'failed' || row.state === 'invalid';
  const { cell, field, code } = failed
    ? toFailure(row, batch)
    : { cell: undefined, field: undefined, code: undefined };
  return {
    sheet: batch.source.sheet ?? null,
    row: row.number,
    status: row.state,
    reason: row.reason,
    attempts: row.attempts,
    cell: cell ?? null,
    field: field ?? null,
    code: code ?? null,
    input: row.input,
    result: row.result,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
  };
}

function toLine(row: LedgerRow): string {
  const attempts = row.attempts > 1 ? ` (${row.attempts} attempts)` : '';
  return `${String(row.number).padStart(6)}  ${row.state.padEnd(10)}${attempts} ${printable(row.reason ?? '')}`.trimEnd();
}

async function* mapped(
  rows: AsyncIterable<LedgerRow>,
  text: (row: LedgerRow) => string,
): AsyncGenerator<string> {
  for await (const row of rows) yield text(row);
}
