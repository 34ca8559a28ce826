/**
 * The database as BullMQ sees it. BullMQ waits and tries again when it knows a connection error by its code, and takes
 * every other error for the job's own: without this, a connection that is cut while a job's end is recorded would make
 * a failure of a job that had succeeded.
 */
import { EventEmitter } from 'node:events';
import type { PoolClientLike, PoolLike, PoolResult } from '../database/database.js';
import { isOfConnection } from './trouble.js';

export function poolForBullMq(pool: PoolLike): PoolLike {
  return new TranslatingPool(pool);
}

class TranslatingPool extends EventEmitter implements PoolLike {
  readonly #pool: PoolLike;

  constructor(pool: PoolLike) {
    super();
    this.#pool = pool;
  }

  get options(): PoolLike['options'] {
    return this.#pool.options;
  }

  query<R>(text: string, params?: readonly unknown[]): Promise<PoolResult<R>> {
    return this.#pool.query<R>(text, params).catch(rethrow);
  }

  connect(): Promise<PoolClientLike> {
    return this.#pool.connect().catch(rethrow);
  }

  end(): Promise<void> {
    return this.#pool.end();
  }

  override on(event: string, listener: (...args: unknown[]) => void): this {
    this.#pool.on(event, listener);
    return this;
  }

  override removeAllListeners(event?: string): this {
    this.#pool.removeAllListeners(event);
    return this;
  }
}

function rethrow(error: unknown): never {
  if (!isOfConnection(error)) throw error;
  throw Object.assign(new Error((error as Error).message, { cause: error }), { code: 'ECONNREFUSED' });
}
