import { isLedgerAway } from '../ledger/patience.js';

/** What a worker does beside its jobs, again and again: heartbeat, letters, sweeps, schedules. */
export interface Chore {
  /** For messages: `the sweep`. */
  name: string;
  everyMs: number;
  run: () => Promise<void>;
}

/** Each chore by its own timer and never twice at once; one that fails is told of and comes again. */
export class Chores {
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #onTrouble: (message: string) => void;

  constructor(chores: readonly Chore[], onTrouble: (message: string) => void) {
    this.#onTrouble = onTrouble;
    for (const chore of chores) this.#start(chore);
  }

  #start(chore: Chore): void {
    let isRunning = false;
    const timer = setInterval(() => {
      if (isRunning) return;
      isRunning = true;
      const done = Promise.resolve()
        .then(chore.run)
        .catch((error: Error) => {
          // That the ledger is away has been told of, and not once for each chore.
          if (!isLedgerAway(error)) this.#onTrouble(`${chore.name}: ${error.message}`);
        })
        .finally(() => {
          isRunning = false;
          this.#running.delete(done);
        });
      this.#running.add(done);
    }, chore.everyMs);
    this.#timers.push(timer);
  }

  /** Starts none any more and waits for those that run. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#running);
  }
}
