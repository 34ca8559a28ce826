/** Batches whose rows run here: read once, then only their state, so that a cancelled batch stops within a second or two. */
import type { Database } from '../database/database.js';
import { type BatchRecord, findBatch } from '../ledger/batches.js';

const REFRESH_MS = 1_000;
const MAX_BATCHES = 200;

export class BatchCache {
  readonly #db: Database;
  readonly #known = new Map<string, { batch: Promise<BatchRecord | undefined>; readAt: number }>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** The batch, at most a second old. */
  get(id: string): Promise<BatchRecord | undefined> {
    const known = this.#known.get(id);
    if (known !== undefined && Date.now() - known.readAt < REFRESH_MS) return known.batch;
    const batch = findBatch(this.#db, id);
    this.#known.set(id, { batch, readAt: Date.now() });
    batch.catch(() => this.#known.delete(id));
    if (this.#known.size > MAX_BATCHES) this.#known.delete(this.#known.keys().next().value!);
    return batch;
  }
}
