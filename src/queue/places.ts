/**
 * How many jobs a consumer holds. At most `concurrency` run; those that have run and are only being recorded keep
 * their lease but not their place, so that as many others may be fetched meanwhile. The number fetched follows the
 * most that were being recorded at once in the last second: BullMQ fetches the next job with the end of one, and
 * would not if the number fell with every end.
 */
const ADJUST_MS = 1_000;
/** Two groups of the ledger's: one being written, one gathering. */
const MOST_RECORDING = 200;

export class Places {
  readonly #concurrency: number;
  readonly #fetch: (jobs: number) => void;
  readonly #waiting: ((taken: boolean) => void)[] = [];
  #running = 0;
  #recording = 0;
  #peak = 0;
  #extra = 0;
  #adjustedAtMs = Date.now();
  #isShut = false;

  /** `fetch` is told how many jobs to hold, when that changes. */
  constructor(concurrency: number, fetch: (jobs: number) => void) {
    this.#concurrency = concurrency;
    this.#fetch = fetch;
  }

  /** Waits for a place to run; false once the consumer is shut. */
  async take(): Promise<boolean> {
    if (this.#isShut) return false;
    if (this.#running < this.#concurrency) {
      this.#running += 1;
      return true;
    }
    return new Promise((taken) => this.#waiting.push(taken));
  }

  /** A taken place, in use: `free` when the job has run, `close` when its record is safe. */
  open(): { free: () => void; close: () => void } {
    let freed = false;
    return {
      free: () => {
        if (freed) return;
        freed = true;
        this.#leave();
        this.#record(1);
      },
      close: () => {
        if (freed) this.#record(-1);
        else this.#leave();
      },
    };
  }

  /** Nobody gets a place any more. */
  shut(): void {
    this.#isShut = true;
    for (const taken of this.#waiting.splice(0)) taken(false);
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next(true);
  }

  #record(by: 1 | -1): void {
    this.#recording += by;
    this.#peak = Math.max(this.#peak, this.#recording);
    const now = Date.now();
    const isDue = now - this.#adjustedAtMs >= ADJUST_MS;
    const wanted = Math.min(isDue ? this.#peak : Math.max(this.#peak, this.#extra), MOST_RECORDING);
    if (isDue) {
      this.#adjustedAtMs = now;
      this.#peak = this.#recording;
    }
    if (wanted === this.#extra) return;
    this.#extra = wanted;
    this.#fetch(this.#concurrency + wanted);
  }
}
