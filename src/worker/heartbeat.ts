/** Says in the ledger that a worker is alive and what it does, and notices when the ledger is silent. */
import { settlesWithin } from '../core/deadline.js';
import type { Database } from '../database/database.js';
import { recordHeartbeat, type WorkerReport } from '../ledger/workers.js';

export interface HeartbeatOptions {
  db: Database;
  worker: string;
  report: () => WorkerReport;
  onTrouble: (message: string) => void;
}

export const HEARTBEAT_MS = 5_000;
/** A ledger that has not answered a heartbeat for so long is told of. */
const SILENT_AFTER_MS = 8_000;
/** After so long its connections are taken for dead. */
const RENEWED_AFTER_MS = 30_000;

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #stopListening: () => void;
  #isLedgerUp = true;
  #lastAt: Date | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#stopListening = options.db.onState(({ up }) => {
      this.#isLedgerUp = up;
    });
  }

  get isLedgerUp(): boolean {
    return this.#isLedgerUp;
  }

  /** When the ledger last heard of this worker. */
  get lastAt(): Date | undefined {
    return this.#lastAt;
  }

  async beat(): Promise<void> {
    const { db, worker, report } = this.#options;
    await this.#answered(recordHeartbeat(db, worker, report()));
    this.#lastAt = new Date();
  }

  close(): void {
    this.#stopListening();
  }

  /** A database that is frozen, or behind a dead line, says nothing by itself; one that is down has been told of. */
  async #answered(heartbeat: Promise<void>): Promise<void> {
    const { db, onTrouble } = this.#options;
    const isSilent = !(await settlesWithin(heartbeat, SILENT_AFTER_MS)) && this.#isLedgerUp;
    if (isSilent) {
      onTrouble(`${db.label} does not answer; waiting for it`);
      if (!(await settlesWithin(heartbeat, RENEWED_AFTER_MS - SILENT_AFTER_MS))) db.renew();
    }
    await heartbeat;
    if (isSilent) onTrouble(`${db.label} answers again`);
  }
}
