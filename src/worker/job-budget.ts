/** Lets a worker begin so many jobs and no more, and tells when the last of them has ended. */
import type { Outcome } from '../queue/consumer.js';

export class JobBudget {
  readonly #most: number;
  readonly #on: { full: () => void; room: () => void; spent: () => void };
  #begun = 0;
  #ended = 0;

  /** `full` and `room` are told when no other job may begin, and when one may again. */
  constructor(most: number | undefined, on: { full: () => void; room: () => void; spent: () => void }) {
    this.#most = most ?? Number.POSITIVE_INFINITY;
    this.#on = on;
  }

  /** No other job may begin. */
  get isFull(): boolean {
    return this.#begun >= this.#most;
  }

  /** Counts the job when it may. */
  mayBegin(): boolean {
    if (this.isFull) return false;
    this.#begun += 1;
    if (this.isFull) this.#on.full();
    return true;
  }

  /** A job that has not begun its task counts for nothing. */
  ended(outcome: Outcome): void {
    if (outcome.kind === 'deferred' && outcome.isUnbegun === true) {
      const wasFull = this.isFull;
      this.#begun -= 1;
      if (wasFull) this.#on.room();
      return;
    }
    this.#ended += 1;
    if (this.#ended === this.#most) this.#on.spent();
  }
}
