/**
 * Jobs that run here. One timer for all of them: a row that runs longer than a blink is shown as processing, and what was
 * cancelled, alone or with its batch, is told to stop.
 */
import type { StopSwitch } from '../core/stop-switch.js';
import type { Database } from '../database/database.js';
import { findCancelled } from '../ledger/cancellations.js';
import type { BatchCache } from './batch-cache.js';

export interface RunningJob {
  id: string;
  queue: string;
  task: string;
  batchId: string | undefined;
  startedAtMs: number;
  stop: StopSwitch;
  /** Called once, when it has run for a while. */
  onSlow?: () => void;
}

/** A run was stopped because somebody cancelled its job or its batch. */
export class CancelledError extends Error {
  readonly code = 'cancelled';

  constructor(message: string) {
    super(message);
    this.name = 'CancelledError';
  }
}

const TICK_MS = 50;
/** Shorter runs are recorded once, when they end. */
const SLOW_AFTER_MS = 50;
const TICKS_PER_CANCEL_CHECK = 20;

export class RunningJobs {
  readonly #db: Database;
  readonly #batches: BatchCache;
  readonly #quick = new Set<RunningJob>();
  readonly #slow = new Set<RunningJob>();
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;

  constructor(db: Database, batches: BatchCache) {
    this.#db = db;
    this.#batches = batches;
  }

  add(job: RunningJob): void {
    this.#quick.add(job);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  remove(job: RunningJob): void {
    this.#quick.delete(job);
    this.#slow.delete(job);
  }

  /** In the order in which they began. */
  list(): Pick<RunningJob, 'id' | 'queue' | 'task' | 'startedAtMs'>[] {
    return [...this.#slow, ...this.#quick];
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const slowBefore = Date.now() - SLOW_AFTER_MS;
    for (const job of this.#quick) {
      if (job.startedAtMs > slowBefore) continue;
      this.#quick.delete(job);
      this.#slow.add(job);
      job.onSlow?.();
    }
    this.#ticks += 1;
    if (this.#ticks % TICKS_PER_CANCEL_CHECK === 0 && this.#slow.size > 0)
      this.#stopCancelled().catch(() => {});
  }

  async #stopCancelled(): Promise<void> {
    const jobs = [...this.#slow];
    const cancelled = await findCancelled(
      this.#db,
      jobs.map(({ id }) => id),
    );
    for (const job of jobs) {
      const asked = cancelled.get(job.id);
      if (asked !== undefined)
        job.stop.stop(new CancelledError(`cancelled by ${asked.askedBy}: ${asked.reason}`));
    }
    for (const job of jobs) {
      if (job.batchId === undefined) continue;
      const batch = await this.#batches.get(job.batchId);
      if (batch?.state === 'cancelled') job.stop.stop(new CancelledError('its batch was cancelled'));
    }
  }
}
