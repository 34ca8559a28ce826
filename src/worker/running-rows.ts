/**
 * Rows that run here. One timer for all of them: a row that runs longer than a blink is shown as processing, and the
 * rows of a cancelled batch are told to stop.
 */
import type { StopSwitch } from '../core/stop-switch.js';
import type { BatchCache } from './batch-cache.js';

export interface RunningRow {
  batchId: string;
  startedAtMs: number;
  stop: StopSwitch;
  /** Called once, when the row has run for a while. */
  onSlow: () => void;
}

const TICK_MS = 50;
/** Shorter runs are recorded once, when they end. */
const SLOW_AFTER_MS = 50;
const TICKS_PER_CANCEL_CHECK = 20;

export class RunningRows {
  readonly #batches: BatchCache;
  readonly #quick = new Set<RunningRow>();
  readonly #slow = new Set<RunningRow>();
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;

  constructor(batches: BatchCache) {
    this.#batches = batches;
  }

  add(row: RunningRow): void {
    this.#quick.add(row);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  remove(row: RunningRow): void {
    this.#quick.delete(row);
    this.#slow.delete(row);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const slowBefore = Date.now() - SLOW_AFTER_MS;
    for (const row of this.#quick) {
      if (row.startedAtMs > slowBefore) continue;
      this.#quick.delete(row);
      this.#slow.add(row);
      row.onSlow();
    }
    this.#ticks += 1;
    if (this.#ticks % TICKS_PER_CANCEL_CHECK === 0) for (const row of this.#slow) this.#stopIfCancelled(row);
  }

  #stopIfCancelled(row: RunningRow): void {
    this.#batches.get(row.batchId).then(
      (batch) => {
        if (batch?.state === 'cancelled') row.stop.stop(new Error('its batch was cancelled'));
      },
      () => {},
    );
  }
}
