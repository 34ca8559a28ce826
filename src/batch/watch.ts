/** Waits for a batch to end, telling how it goes. */
import { pause, type WaitOptions } from '../core/deadline.js';
import { NotFoundError } from '../core/error.js';
import type { LedgerRow } from '../core/row.js';
import type { Counts } from '../core/tally.js';
import type { Database } from '../database/database.js';
import { type BatchRecord, findBatch } from '../ledger/batches.js';
import { patiently } from '../ledger/patience.js';
import { latestFailures } from '../ledger/rows.js';

export interface BatchProgress {
  batch: BatchRecord;
  counts: Counts;
  /** Rows that ended since the watch began, per second. */
  ratePerSecond: number;
  /** Undefined while unknown. */
  remainingMs: number | undefined;
  /** Newest first, at most three. */
  latestFailures: LedgerRow[];
}

export interface WatchOptions extends WaitOptions {
  onProgress?: ((progress: BatchProgress) => void) | undefined;
}

export type WatchResult = 'ended' | 'timed-out' | 'stopped';

const POLL_MS = 250;
const SHOWN_FAILURES = 3;
/** A stop that was asked for before the first look still gets that look, when the ledger answers so soon. */
const LAST_LOOK_MS = 2_000;

/** A ledger that goes away meanwhile is waited for. @throws {BackendError} when it stays away */
export async function watchBatch(db: Database, batchId: string, options: WatchOptions): Promise<WatchResult> {
  const startedAt = Date.now();
  let endedAtStart: number | undefined;
  let failures: LedgerRow[] = [];
  let failuresSeen = -1;
  for (;;) {
    const batch = await unlessCut(
      patiently(() => requireBatch(db, batchId)),
      options,
    );
    if (batch === undefined) return options.signal?.aborted === true ? 'stopped' : 'timed-out';
    const { counts } = batch;
    const ended = counts.total - (counts.pending ?? 0) - counts.skipped - counts.invalid;
    endedAtStart ??= ended;
    if (counts.failed + counts.invalid !== failuresSeen && options.onProgress !== undefined) {
      failuresSeen = counts.failed + counts.invalid;
      failures = await patiently(() => latestFailures(db, batchId, SHOWN_FAILURES));
    }
    const ratePerSecond = ((ended - endedAtStart) * 1000) / Math.max(Date.now() - startedAt, 1);
    options.onProgress?.({
      batch,
      counts,
      ratePerSecond,
      remainingMs: ratePerSecond > 0 ? ((counts.pending ?? 0) / ratePerSecond) * 1000 : undefined,
      latestFailures: failures,
    });
    if (batch.state === 'finished' || batch.state === 'cancelled') return 'ended';
    if (options.signal?.aborted === true) return 'stopped';
    if (options.deadlineMs !== undefined && Date.now() >= options.deadlineMs) return 'timed-out';
    await pause(POLL_MS, options);
  }
}

/** What `work` gives; undefined when the deadline or the signal comes first, for a ledger that is away answers late. */
function unlessCut<T>(work: Promise<T>, { signal, deadlineMs }: WaitOptions): Promise<T | undefined> {
  const waitMs =
    signal?.aborted === true
      ? LAST_LOOK_MS
      : Math.max((deadlineMs ?? Number.POSITIVE_INFINITY) - Date.now(), LAST_LOOK_MS);
  return new Promise((resolve, reject) => {
    const cut = (): void => resolve(undefined);
    const timer = Number.isFinite(waitMs) ? setTimeout(cut, waitMs) : undefined;
    signal?.addEventListener('abort', cut, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cut);
    });
  });
}

/** @throws {NotFoundError} */
export async function requireBatch(db: Database, id: string): Promise<BatchRecord> {
  const batch = await findBatch(db, id);
  if (batch === undefined) {
    throw new NotFoundError(`There is no batch ${id}`, {
      code: 'BATCH_NOT_FOUND',
      hint: 'jobs batch list',
      details: { batch: id },
    });
  }
  return batch;
}
