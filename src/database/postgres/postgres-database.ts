/** A PostgreSQL server. Waits for one that is away, and never sends a statement twice that may have been done. */
import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { QueryResult as PgResult, Pool, PoolClient, PoolConfig } from 'pg';
import type {
  ConnectionState,
  Database,
  PoolClientLike,
  PoolLike,
  PoolResult,
  QueryResult,
  Transaction,
} from '../database.js';
import { DatabaseLostError } from '../database-lost-error.js';
import { abortedError } from '../sql-error.js';
import { isConnectionError, unreachable } from './connection-errors.js';
import { type DatabaseAddress, readDatabaseUrl } from './database-url.js';

const CONNECT_TIMEOUT_MS = 10_000;
/** How long a statement waits for a server that is away. */
const AWAY_MS = 60_000;
/** How long opening waits for a server that says it is starting. */
const STARTING_MS = 10_000;
const CLOSING_MS = 5_000;
const PROBE_EVERY_MS = 1_000;
const LONGEST_RETRY_MS = 2_000;
const MOST_CONNECTIONS = 10;
/** Every queue's listener takes one for as long as it listens. */
const MOST_QUEUE_CONNECTIONS = 40;
const QUEUE_SEARCH_PATH = 'bullmq, public';

/** Opens the database without bringing its tables up to date; one attempt. @throws {BackendError|InputError} */
export async function openPostgres(url: string): Promise<Database> {
  const address = readDatabaseUrl(url);
  const { default: pg } = await import('pg');
  const database = new PostgresDatabase(address, (config) => {
    return new pg.Pool({
      connectionString: url,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      ...config,
    });
  });
  await database.open();
  return database;
}

class PostgresDatabase implements Database {
  readonly kind = 'postgres';
  readonly label: string;
  readonly poolForQueue: PoolLike;
  readonly #address: DatabaseAddress;
  readonly #pool: Pool;
  readonly #queuePool: Pool;
  readonly #connections = new Set<PoolClient>();
  readonly #stateListeners = new Set<(state: ConnectionState) => void>();
  #isDown = false;
  #isClosed = false;
  #closing: Promise<void> | undefined;

  constructor(address: DatabaseAddress, newPool: (config: PoolConfig) => Pool) {
    this.#address = address;
    this.label = address.label;
    this.#pool = newPool({
      application_name: 'sluice',
      max: MOST_CONNECTIONS,
      onConnect: (client) =>
        client.query(
          // Rows are looked up by id in tables that are in memory: what a page costs at random is not four times more.
          `SET idle_in_transaction_session_timeout = '60s'; SET random_page_cost = 1.1`,
        ) as unknown as undefined,
    });
    this.#queuePool = newPool({
      application_name: 'sluice-queue',
      max: MOST_QUEUE_CONNECTIONS,
      onConnect: (client) => client.query(`SET search_path TO ${QUEUE_SEARCH_PATH}`) as unknown as undefined,
    });
    for (const pool of [this.#pool, this.#queuePool]) {
      pool.setMaxListeners(0);
      pool.on('error', (error) => this.#down(error));
      pool.on('connect', (client) => {
        this.#connections.add(client);
        // That it breaks is told to whoever waits for its answer; BullMQ holds some without listening for it.
        client.on('error', () => {});
        this.#up();
      });
      pool.on('remove', (client) => this.#connections.delete(client));
    }
    this.poolForQueue = this.#queuePool as unknown as PoolLike;
  }

  async open(): Promise<void> {
    try {
      const client = await this.#connect(
        STARTING_MS,
        (error) => (error as { code?: unknown }).code === '57P03',
      );
      client.release();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async query<T>(text: string, params?: readonly unknown[]): Promise<QueryResult<T>> {
    return this.#withClient(async (client) => toQueryResult<T>(await send(client, text, params)));
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#withClient(async (client) => {
      await send(client, `BEGIN; SET LOCAL search_path TO ${QUEUE_SEARCH_PATH}`);
      try {
        const value = await work(new PostgresTransaction(client));
        const { command } = await send(client, 'COMMIT');
        if (command !== 'COMMIT') throw abortedError();
        return value;
      } catch (error) {
        if (!(error instanceof DatabaseLostError)) await send(client, 'ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  renew(): boolean {
    if (this.#isDown || this.#connections.size === 0) return false;
    for (const client of this.#connections) destroySocket(client);
    return true;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** Waits for the connections in use, but not for ever: a listener that nobody closed would keep its one for good. */
  async #end(): Promise<void> {
    const ended = Promise.all([this.#pool.end(), this.#queuePool.end()]);
    const isInTime = await Promise.race([ended.then(() => true), wait(CLOSING_MS, false, { ref: false })]);
    // No goodbye: behind a dead line nobody answers it.
    if (!isInTime) for (const client of this.#connections) destroySocket(client);
  }

  /** Runs `use` on one connection; a connection that fails is not used again. */
  async #withClient<T>(use: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#connect(AWAY_MS, isConnectionError);
    let broken: Error | undefined;
    const onError = (error: Error) => {
      broken = error;
    };
    client.on('error', onError);
    try {
      return await use(client);
    } catch (error) {
      if (error instanceof DatabaseLostError) {
        broken = error;
        this.#down(error.cause);
      }
      throw error;
    } finally {
      client.removeListener('error', onError);
      client.release(broken);
    }
  }

  /** A connection; while `isPassing` says so of the failure, tries again for `forMs`. Nothing was sent yet. */
  async #connect(forMs: number, isPassing: (error: unknown) => boolean): Promise<PoolClient> {
    const startedAt = Date.now();
    for (let pause = 100; ; pause = Math.min(pause * 2, LONGEST_RETRY_MS)) {
      try {
        return await this.#pool.connect();
      } catch (error) {
        const waitedMs = Date.now() - startedAt;
        if (this.#isClosed || !isPassing(error) || waitedMs + pause > forMs) {
          throw unreachable(this.#address, error, waitedMs > PROBE_EVERY_MS ? waitedMs : 0);
        }
        this.#down(error);
        await wait(pause);
      }
    }
  }

  #down(error: unknown): void {
    if (this.#isDown || this.#isClosed) return;
    this.#isDown = true;
    const { message } = unreachable(this.#address, error);
    for (const listener of this.#stateListeners) listener({ up: false, message });
    void this.#probe();
  }

  #up(): void {
    if (!this.#isDown || this.#isClosed) return;
    this.#isDown = false;
    const state = { up: true, message: `the database ${this.label} is back` };
    for (const listener of this.#stateListeners) listener(state);
  }

  /** Connects every second until it works, so that "back" is said even when nobody asks for anything. */
  async #probe(): Promise<void> {
    while (this.#isDown && !this.#isClosed) {
      await wait(PROBE_EVERY_MS, undefined, { ref: false });
      const client = await this.#pool.connect().catch(() => undefined);
      const isAlive = await client?.query('SELECT 1').then(
        () => true,
        () => false,
      );
      client?.release(isAlive === false);
      if (isAlive) this.#up();
    }
  }
}

/** A goodbye would wait for an answer. */
function destroySocket(client: PoolClient): void {
  (client as unknown as { connection: { stream: Duplex } }).connection.stream.destroy();
}

class PostgresTransaction implements Transaction {
  readonly #client: PoolClient;
  readonly poolForQueue: PoolLike;

  constructor(client: PoolClient) {
    this.#client = client;
    this.poolForQueue = new TransactionPool(client);
  }

  async query<T>(text: string, params?: readonly unknown[]): Promise<QueryResult<T>> {
    return toQueryResult<T>(await send(this.#client, text, params));
  }
}

/** Every statement joins the transaction that is open on `client`, which stays its owner's. */
class TransactionPool extends EventEmitter implements PoolLike, PoolClientLike {
  readonly options = { keepAlive: true } as const;
  readonly #client: PoolClient;

  constructor(client: PoolClient) {
    super();
    this.setMaxListeners(0);
    this.#client = client;
  }

  async query<R>(text: string, params?: readonly unknown[]): Promise<PoolResult<R>> {
    const { rows, rowCount } = await send(this.#client, text, params);
    return { rows: rows as R[], rowCount };
  }

  async connect(): Promise<PoolClientLike> {
    return this;
  }

  release(): void {}

  async end(): Promise<void> {}
}

/** @throws {DatabaseLostError} when the connection fails under the statement */
async function send(client: PoolClient, text: string, params?: readonly unknown[]): Promise<PgResult> {
  try {
    const result = params === undefined ? await client.query(text) : await client.query(text, [...params]);
    return Array.isArray(result) ? (result.at(-1) as PgResult) : result;
  } catch (error) {
    if (!isConnectionError(error)) throw error;
    throw new DatabaseLostError('the connection to the database was lost while the statement ran', error);
  }
}

function toQueryResult<T>(result: PgResult): QueryResult<T> {
  return { rows: result.rows as T[], rowCount: result.rowCount ?? 0 };
}
