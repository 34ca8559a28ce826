/** Finds what a crash left behind: rows without a job, jobs that failed unseen, batches whose finish was never queued. */
import type { BatchRecord } from '../ledger/batches.js';
import { listOpenBatches } from '../ledger/batches.js';
import type { CompletionLog } from '../ledger/completion-log.js';
import { queuesOfBatch } from '../ledger/replays.js';
import { listOpenRows, type OpenRow } from '../ledger/rows.js';
import { finishJobId, type NewJob, rowJobId } from '../queue/job.js';
import { addFinishJob } from './finish-job.js';
import type { BatchParts } from './parts.js';
import { requeueUnheard } from './replay.js';
import { rowJob } from './row-job.js';

const PAGE = 1000;

/**
 * Adds a job for every open row that has none. A row whose job is in the queue is left alone, as a second job of
 * the same id is ignored.
 */
export async function requeueLostRows(parts: BatchParts, batch: BatchRecord): Promise<void> {
  const task = await parts.registry.get(batch.task);
  for (let after = -1, first = 0; ; first += PAGE) {
    const rows = await listOpenRows(parts.db, batch.id, after, PAGE);
    const jobs = new Map<string, NewJob[]>();
    for (const [index, row] of rows.entries()) {
      const job = rowJob(batch, task, row, { requeued: true, ordinal: first + index });
      const queue = row.queue ?? batch.queue;
      jobs.set(queue, [...(jobs.get(queue) ?? []), job]);
    }
    for (const [queue, some] of jobs) await parts.queues.add(queue, some);
    if (rows.length < PAGE) break;
    after = rows.at(-1)!.number;
  }
  if (batch.state === 'finishing') await requeueFinish(parts, batch);
}

/** One look at every open batch, and at replays that the queue has not heard of. Cheap while all is well: a batch is examined only when its queue has nothing to do. */
export async function sweep(parts: BatchParts, log: CompletionLog): Promise<void> {
  await requeueUnheard(parts);
  for (const batch of await listOpenBatches(parts.db)) {
    if (batch.state === 'finishing') {
      await requeueFinish(parts, batch);
      continue;
    }
    if (batch.state !== 'running') continue;
    if (!(await isIdle(parts, await queuesOfBatch(parts.db, batch)))) continue;
    await recordStalledOut(parts, batch, log);
    await requeueLostRows(parts, batch);
  }
}

async function isIdle(parts: BatchParts, queues: readonly string[]): Promise<boolean> {
  for (const queue of queues) {
    const counts = await parts.queues.counts(queue);
    if (counts.waiting + counts.active + counts.delayed + counts.prioritized > 0) return false;
  }
  return true;
}

/**
 * Open rows whose job the queue has failed (their lease was lost too often): the ledger learns of it here. What is left of
 * a torn job makes room for a whole one. The job of a
 * replay that the queue has not heard of has failed before.
 */
async function recordStalledOut(parts: BatchParts, batch: BatchRecord, log: CompletionLog): Promise<void> {
  for (const row of await listOpenRows(parts.db, batch.id, -1, PAGE)) {
    if (row.unheard) continue;
    const id = rowJobId(batch.id, row.number);
    const queue = row.queue ?? batch.queue;
    const job = await parts.queues.find(queue, id);
    if (job === undefined) continue;
    if (isTorn(job)) await parts.queues.remove(queue, id);
    else if (job.state === 'failed') await recordStalledRow(log, row, id, job);
  }
}

/**
 * A queue that throws keys away (a Redis with a wrong eviction policy) leaves jobs that are in no list, and jobs whose data
 * is gone: neither can run, and while it is there the row's job cannot be added anew.
 */
function isTorn({ state, data }: { state: string; data: { kind?: unknown } }): boolean {
  return state === 'unknown' || data.kind === undefined;
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
