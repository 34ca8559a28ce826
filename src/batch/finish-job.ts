/** The job that runs the end of a batch. */
import { DEFAULT_ATTEMPTS } from '../core/backoff.js';
import { findBatch } from '../ledger/batches.js';
import { finishJobId } from '../queue/job.js';
import type { BatchParts } from './parts.js';
import { batchPriority } from './row-job.js';

/** Adds it to a batch that is to be ended; a second one of the same run is ignored by the queue. */
export async function addFinishJob(parts: Pick<BatchParts, 'db' | 'queues'>, batchId: string): Promise<void> {
  const batch = await findBatch(parts.db, batchId);
  if (batch?.state !== 'finishing') return;
  await parts.queues.add(batch.queue, [
    {
      id: finishJobId(batch.id, batch.finishRuns),
      task: batch.task,
      attempts: DEFAULT_ATTEMPTS,
      priority: batchPriority(batch, 0),
      data: { kind: 'finish', batch: batch.id, requestId: batch.requestId },
    },
  ]);
}
