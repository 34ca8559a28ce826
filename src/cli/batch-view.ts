/** Batches as people and programs read them. */

import { formatDuration } from '../core/duration.js';
import type { Counts } from '../core/tally.js';
import type { BatchRecord } from '../ledger/batches.js';
import type { OutputFile } from '../output/output-request.js';
import type { Toolkit } from '../toolkit.js';
import { colors } from './colors.js';
import { printable } from './printable.js';
import { type RowFailure, toResult } from './run-batch.js';
import { renderOutputs } from './run-summary.js';
import { table } from './table.js';

export interface BatchFacts {
  batch: string;
  task: string;
  queue: string;
  state: string;
  file: string;
  counts: Counts;
  createdAt: string;
  endedAt: string | null;
}

export function batchFacts(batch: BatchRecord): BatchFacts {
  return {
    batch: batch.id,
    task: batch.task,
    queue: batch.queue,
    state: batch.state,
    file: batch.source.file,
    counts: batch.counts,
    createdAt: batch.createdAt,
    endedAt: batch.endedAt,
  };
}

export function renderBatches(batches: readonly BatchRecord[]): string {
  if (batches.length === 0) return 'No batches yet. Begin one: jobs run TASK FILE';
  const number = (state: keyof Counts) => (batch: BatchRecord) => String(batch.counts[state] ?? 0);
  return table(batches, [
    { head: 'batch', value: ({ id }) => id },
    { head: 'task', value: ({ task }) => task },
    { head: 'file', value: ({ source }) => source.file },
    { head: 'state', value: ({ state }) => state },
    { head: 'rows', value: number('total'), right: true },
    { head: 'completed', value: number('completed'), right: true },
    { head: 'failed', value: number('failed'), right: true },
    { head: 'invalid', value: number('invalid'), right: true },
    { head: 'skipped', value: number('skipped'), right: true },
    { head: 'began', value: ({ createdAt }) => createdAt.slice(0, 16).replace('T', ' ') },
  ]);
}

export interface BatchDetail extends BatchFacts {
  taskVersion: number;
  options: Record<string, unknown>;
  source: { file: string; sha256: string; sheet?: string; rows: number };
  startedAt: string;
  elapsedMs: number;
  reason: string | null;
  replaces: string | null;
  outputs: OutputFile[];
  failures: RowFailure[];
}

/** @throws {NotFoundError} */
export async function batchDetail(toolkit: Toolkit, id: string): Promise<BatchDetail> {
  const batch = await toolkit.batch(id);
  const { source, startedAt, elapsedMs, outputs, failures } = await toResult(
    toolkit,
    batch,
    await toolkit.outputs(id),
  );
  return {
    ...batchFacts(batch),
    taskVersion: batch.taskVersion,
    options: batch.options,
    source,
    startedAt,
    elapsedMs,
    reason: batch.reason,
    replaces: batch.replaces,
    outputs,
    failures,
  };
}

export function renderBatch(batch: BatchDetail): string {
  const { counts } = batch;
  const facts: [string, string][] = [
    ['task', `${batch.task} (version ${batch.taskVersion})`],
    [
      'file',
      `${printable(batch.source.file)}${batch.source.sheet === undefined ? '' : `, sheet ${printable(batch.source.sheet)}`}`,
    ],
    ['state', batch.reason === null ? batch.state : `${batch.state}: ${printable(batch.reason)}`],
    [
      'rows',
      Object.entries(counts)
        .map(([state, count]) => `${count} ${state}`)
        .join(', '),
    ],
    [
      'options',
      Object.entries(batch.options)
        .map(([name, value]) => `${name}=${String(value)}`)
        .join(' ') || 'none',
    ],
    ['began', batch.startedAt],
    ['took', formatDuration(batch.elapsedMs)],
    ...(batch.replaces === null
      ? []
      : [['replaces', `failed rows of ${batch.replaces}`] as [string, string]]),
  ];
  const lines = [colors.bold(batch.batch), ...facts.map(([name, value]) => `  ${name.padEnd(9)} ${value}`)];
  if (batch.outputs.length > 0) lines.push('', renderOutputs(batch.outputs));
  if (counts.failed + counts.invalid > 0)
    lines.push('', `Failed rows: jobs batch log ${batch.batch} --state failed --state invalid`);
  return lines.join('\n');
}
