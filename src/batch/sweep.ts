/** Finds what a crash left behind: rows without a job, jobs that failed unseen, batches whose finish was never queued. */
import { DEFAULT_ATTEMPTS } from '../core/backoff.js';
import type { BatchRecord } from '../ledger/batches.js';
import { listOpenBatches } from '../ledger/batches.js';
import type { CompletionLog } from '../ledger/completion-log.js';
import { listOpenRows, type OpenRow } from '../ledger/rows.js';
import { finishJobId, type NewJob, rowJobId } from '../queue/job.js';
import type { BatchParts } from './parts.js';
import { addFinishJob } from './submit.js';

const PAGE = 1000;

/**
 * Adds a job for every open row that has none. A row whose job is in the queue is left alone, as a second job of
 * the same id is ignored.
 */
export async function requeueLostRows(parts: BatchParts, batch: BatchRecord): Promise<void> {
  const task = await parts.registry.get(batch.task);
  for (let after = -1; ; ) {
    const rows = await listOpenRows(parts.db, batch.id, after, PAGE);
    await parts.queues.add(
      batch.queue,
      rows.map((row) => toJob(batch, row, task.attempts ?? DEFAULT_ATTEMPTS)),
    );
    if (rows.length < PAGE) break;
    after = rows.at(-1)!.number;
  }
  if (batch.state === 'finishing') await requeueFinish(parts, batch);
}

/** One look at every open batch. Cheap while all is well: a batch is examined only when its queue has nothing to do. */
export async function sweep(parts: BatchParts, log: CompletionLog): Promise<void> {
  for (const batch of await listOpenBatches(parts.db)) {
    if (batch.state === 'finishing') {
      await requeueFinish(parts, batch);
      continue;
    }
    if (batch.state !== 'running') continue;
    const counts = await parts.queues.counts(batch.queue);
    if (counts.waiting + counts.active + counts.delayed + counts.prioritized > 0) continue;
    if (counts.failed > 0) await recordStalledOut(parts, batch, log);
    await requeueLostRows(parts, batch);
  }
}

/** Open rows whose job the queue has failed (their lease was lost too often): the ledger learns of it here. */
async function recordStalledOut(parts: BatchParts, batch: BatchRecord, log: CompletionLog): Promise<void> {
  for (const row of await listOpenRows(parts.db, batch.id, -1, PAGE)) {
    const job = await parts.queues.find(batch.queue, rowJobId(batch.id, row.number));
    if (job?.state === 'failed') await recordStalledRow(log, row, rowJobId(batch.id, row.number), job);
  }
}

/** The queue has failed this row's job because its lease was lost too often. */
export async function recordStalledRow(
  log: CompletionLog,
  row: Pick<OpenRow, 'id' | 'fence' | 'attempts'>,
  jobId: string,
  job: { failedReason: string | undefined; data: unknown },
): Promise<void> {
  const now = new Date();
  const message = `its worker stopped answering ${row.attempts > 0 ? 'again and again' : 'too often'} (${job.failedReason ?? 'stalled'})`;
  await log.record({
    rowId: row.id,
    fence: row.fence + 1,
    attempts: row.attempts,
    worker: 'sweep',
    startedAt: now,
    endedAt: now,
    state: 'failed',
    outcome: 'failed',
    reason: message,
    error: { code: 'stalled', message },
    deadLetter: { jobId, payload: job.data },
  });
}

async function requeueFinish(parts: BatchParts, batch: BatchRecord): Promise<void> {
  const id = finishJobId(batch.id, batch.finishRuns);
  const job = await parts.queues.find(batch.queue, id);
  if (job?.state === 'failed' || job?.state === 'completed') await parts.queues.remove(batch.queue, id);
  if (job === undefined || job.state === 'failed' || job.state === 'completed')
    await addFinishJob(parts, batch.id);
}

function toJob(batch: BatchRecord, row: OpenRow, attempts: number): NewJob {
  return {
    id: rowJobId(batch.id, row.number),
    task: batch.task,
    attempts,
    data: {
      kind: 'row',
      batch: batch.id,
      row: row.id,
      number: row.number,
      input: row.input,
      fenceBase: row.fence,
      requeued: true,
      requestId: batch.requestId,
    },
  };
}
