/** The job of a row, the same whenever it is added: at submission, or later by a sweep. */
import { DEFAULT_ATTEMPTS } from '../core/backoff.js';
import { DEFAULT_PRIORITY, queuePriority } from '../core/priority.js';
import type { AnyTask } from '../core/task.js';
import type { BatchRecord } from '../ledger/batches.js';
import type { OpenRow } from '../ledger/rows.js';
import { type NewJob, type RowJobData, rowJobId } from '../queue/job.js';

/**
 * What the batch was submitted with, its priority, delay and expiry, is read from its record. `ordinal` is the row's place
 * among those of its batch that wait, from 0.
 */
export function rowJob(
  batch: BatchRecord,
  task: Pick<AnyTask, 'attempts'>,
  row: Pick<OpenRow, 'id' | 'number' | 'input' | 'fence'>,
  { ordinal = 0, ...more }: Pick<RowJobData, 'requeued'> & { ordinal?: number } = {},
): NewJob {
  const { notBeforeMs, expiresAtMs } = batch.selection;
  const delayMs = notBeforeMs === undefined ? 0 : notBeforeMs - Date.now();
  return {
    id: rowJobId(batch.id, row.number),
    task: batch.task,
    attempts: task.attempts ?? DEFAULT_ATTEMPTS,
    priority: batchPriority(batch, ordinal),
    delayMs: delayMs > 0 ? delayMs : undefined,
    data: {
      kind: 'row',
      batch: batch.id,
      row: row.id,
      number: row.number,
      input: row.input,
      fenceBase: row.fence,
      requestId: batch.requestId,
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
      ...more,
    },
  };
}

/** A batch's place in the queue is that of the time it may begin, whenever its jobs are added. */
export function batchPriority({ selection, createdAt }: BatchRecord, ordinal: number): number {
  const beginsAtMs = Math.max(Date.parse(createdAt), selection.notBeforeMs ?? 0);
  return queuePriority(selection.priority ?? DEFAULT_PRIORITY, beginsAtMs, ordinal);
}
