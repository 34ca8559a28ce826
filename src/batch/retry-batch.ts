/** Runs rows of a batch again that did not complete. */
import { UsageError } from '../core/error.js';
import { countLetters, restoreLetters } from '../ledger/dead-letters.js';
import { reopenCancelledRows } from '../ledger/replays.js';
import type { BatchParts } from './parts.js';
import { replayLetters } from './replay.js';
import { requeueLostRows } from './sweep.js';
import { requireBatch } from './watch.js';

export interface RetryReport {
  batch: string;
  /** Rows that run again: that had failed, and that were cancelled. */
  failed: number;
  cancelled: number;
  dryRun: boolean;
}

/**
 * The failed ones and, unless `failedOnly`, those that were cancelled.
 * @throws {NotFoundError} when there is no such batch
 * @throws {UsageError} BATCH_CANCELLED when only failed rows of a cancelled batch are asked for
 */
export async function retryBatch(
  parts: BatchParts,
  batchId: string,
  { failedOnly, dryRun }: { failedOnly: boolean; dryRun: boolean },
): Promise<RetryReport> {
  const { db } = parts;
  const batch = await requireBatch(db, batchId);
  if (batch.state === 'cancelled' && failedOnly) {
    throw new UsageError(`Batch ${batchId} was cancelled: its failed rows cannot run without the rest`, {
      code: 'BATCH_CANCELLED',
      hint: `to run its failed and its cancelled rows: jobs batch retry ${batchId}`,
    });
  }
  if (!dryRun) await restoreLetters(db, batchId);
  const planned = {
    batch: batchId,
    failed: dryRun ? batch.counts.failed : await countLetters(db, { batch: batchId }),
    cancelled: failedOnly ? 0 : batch.counts.cancelled,
    dryRun,
  };
  if (dryRun) return planned;
  const cancelled = failedOnly ? 0 : await reopenCancelledRows(db, batchId);
  if (cancelled > 0) await requeueLostRows(parts, await requireBatch(db, batchId));
  const audit = { action: 'batch retry', alsoDone: cancelled };
  const { replayed } = await replayLetters(parts, { batch: batchId }, { audit });
  return { ...planned, failed: replayed, cancelled };
}
