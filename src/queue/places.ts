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
  readonly #onChange: () => void;
  readonly #waiting: ((taken: boolean) => void)[] = [];
  #concurrency: number;
  #running = 0;
  #recording = 0;
  #peak = 0;
  #extra = 0;
  #adjustedAtMs = Date.now();
  #isShut = false;

  /** `onChange` is called when {@link toFetch} has become another number. */
  constructor(concurrency: number, onChange: () => void) {
    this.#concurrency = concurrency;
    this.#onChange = onChange;
  }

  get concurrency(): number {
    return this.#concurrency;
  }

  /** How many jobs to hold. */
  get toFetch(): number {
    return this.#concurrency + this.#extra;
  }

  get hasFree(): boolean {
    return !this.#isShut && this.#running < this.#concurrency;
  }

  /** Waits for a place to run; false when nobody gets one any more. */
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

  /** What runs beyond a smaller number goes on. */
  resize(concurrency: number): void {
    this.#concurrency = concurrency;
    this.#admit();
    this.#onChange();
  }

  /** Nobody gets a place any more, until {@link reopen}. */
  shut(): void {
    this.#isShut = true;
    for (const taken of this.#waiting.splice(0)) taken(false);
  }

  reopen(): void {
    this.#isShut = false;
  }

  #leave(): void {
    this.#running -= 1;
    this.#admit();
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#running < this.#concurrency) {
      this.#running += 1;
      this.#waiting.shift()!(true);
    }
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
    this.#onChange();
  }
}
