/** Every row of a batch, written as it is read: as lines for people, JSON lines, one JSON document, or CSV. */
import { once } from 'node:events';
import type { LedgerRow, RowState } from '../core/row.js';
import type { BatchRecord } from '../ledger/batches.js';
import type { Toolkit } from '../toolkit.js';
import { toFailure } from './run-batch.js';
import { printable } from './table.js';

export interface BatchLogOptions {
  states: RowState[] | undefined;
  format: 'text' | 'json' | 'jsonl' | 'csv';
}

/** A reader that goes away before the end (`| head`) ends it quietly. @throws {NotFoundError} */
export async function writeBatchLog(
  toolkit: Toolkit,
  batchId: string,
  options: BatchLogOptions,
): Promise<void> {
  try {
    await writeRows(toolkit, batchId, options);
  } catch (error) {
    if (!(error instanceof ReaderGone)) throw error;
  }
}

async function writeRows(toolkit: Toolkit, batchId: string, options: BatchLogOptions): Promise<void> {
  const batch = await toolkit.batch(batchId);
  if (options.format === 'csv') return toolkit.exportCsv(batchId, { states: options.states }, write);
  const rows = toolkit.rows(batchId, { states: options.states });
  if (options.format === 'jsonl')
    return writeAll(mapped(rows, (row) => `${JSON.stringify(toEntry(row, batch))}\n`));
  if (options.format === 'text') return writeAll(mapped(rows, (row) => `${toLine(row)}\n`));
  return writeAll(jsonArray(mapped(rows, (row) => JSON.stringify(toEntry(row, batch)))));
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

async function* jsonArray(items: AsyncIterable<string>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const item of items) {
    yield before + item;
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

async function writeAll(parts: AsyncIterable<string>): Promise<void> {
  for await (const part of parts) await write(part);
}

/** Waits when the reader is slower. @throws {ReaderGone} */
async function write(part: string): Promise<void> {
  if (process.stdout.destroyed || process.stdout.errored !== null) throw new ReaderGone();
  if (process.stdout.write(part)) return;
  await once(process.stdout, 'drain').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EPIPE' ? new ReaderGone() : error;
  });
}

/** Whoever read standard output wants no more (`| head`): no fault, and nothing left to do. */
class ReaderGone extends Error {}
