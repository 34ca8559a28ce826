/**
 * The one door to the database, whichever kind it is: the embedded one in the state folder, or a PostgreSQL server.
 * Both give the same JavaScript values for the same SQL (int8 and numeric as strings, json parsed, timestamptz as Date).
 *
 * Names in SQL are schema-qualified (`sluice.batch`): the embedded database has one session for everybody, so nothing
 * may depend on session settings. Callers keep NUL out of text: PostgreSQL refuses it.
 */
import { bringUpToDate } from './migrations.js';

export interface QueryResult<T> {
  rows: T[];
  /** Rows returned or changed; 0 for statements that count nothing. */
  rowCount: number;
}

export interface Session {
  /**
   * Runs one statement; without `params` also several, whose last result is returned.
   * @throws {SqlError} (or node-postgres's own, with the same fields) when the statement is refused; `code` is the SQLSTATE
   * @throws {DatabaseLostError} when the connection was lost while it ran: it may or may not have been done
   * @throws {BackendError} when the database cannot be reached within the wait (30 s embedded, 60 s PostgreSQL)
   */
  query<T = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<QueryResult<T>>;
}

export interface Database extends Session {
  readonly kind: 'embedded' | 'postgres';
  /** For people, secrets hidden: `embedded (.jobs/)` or `postgres://user@host:5432/db`. */
  readonly label: string;
  /** What BullMQ's `createPostgresBackend` takes as `connection`. */
  readonly poolForQueue: PoolLike;
  /**
   * Runs `work` between BEGIN and COMMIT; ROLLBACK when it throws, and what it threw is thrown on.
   * Inside `work` use `tx`, never the database itself: the embedded database has one session, and would wait for
   * this transaction to end. A transaction that is idle for 60 s is rolled back.
   * @throws {DatabaseLostError} when the connection was lost; when that was during COMMIT it may have been done
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Told once when the connection is lost and once when it is back. Returns the way to stop listening. */
  onState(listener: (state: ConnectionState) => void): () => void;
  /**
   * Cuts its connections, when they are taken for dead though nothing closed them: what waits on them fails as lost, and new
   * ones are made. Returns false when there is nothing to cut: it is known to be away, or there is no line to a server.
   */
  renew(): boolean;
  /** Waits for the running statement, then lets go of everything. Safe to call twice. */
  close(): Promise<void>;
}

export interface Transaction extends Session {
  /** A pool whose every statement joins this open transaction, so that BullMQ's `addBulk` commits with it. */
  readonly poolForQueue: PoolLike;
}

export interface ConnectionState {
  up: boolean;
  message: string;
}

// biome-ignore lint/suspicious/noExplicitAny: the type that Node's EventEmitter gives listeners
type Listener = (...args: any[]) => void;

/** As much of `pg.Pool` as BullMQ uses; `search_path` is `bullmq, public`. */
export interface PoolLike {
  readonly options: { readonly keepAlive?: boolean | undefined };
  query<R = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<PoolResult<R>>;
  connect(): Promise<PoolClientLike>;
  end(): Promise<void>;
  on(event: string, listener: Listener): this;
  removeAllListeners(event?: string): this;
}

export interface PoolClientLike {
  query<R = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<PoolResult<R>>;
  release(destroy?: boolean): void;
  on(event: string, listener: Listener): this;
  removeListener(event: string, listener: Listener): this;
  removeAllListeners(event?: string): this;
}

/** The queue's tables in the same database; the queue brings them, the database knows when. */
export interface QueueTables {
  /** What `select max(version) from bullmq.migration` gives once they are up to date. */
  version: number;
  migrate(client: PoolClientLike): Promise<void>;
}

export interface PoolResult<R> {
  rows: R[];
  rowCount: number | null;
}

/**
 * Opens the database at `url` (`postgres://…`), or the embedded one in `stateDir` when there is no url, and brings its
 * tables up to date. Several processes may open one state folder: the first holds it and serves the others, and when it
 * goes, one of them takes over.
 *
 * With `migrate: false` nothing is changed, and a database that is not up to date is refused.
 * @throws {BackendError} `DATABASE_UNREACHABLE`, `DATABASE_NEWER`, `DATABASE_NOT_MIGRATED`, `DATABASE_TOO_OLD`,
 *   `DATABASE_FOLDER_VERSION`, `DATABASE_HELD_ELSEWHERE`
 */
export async function openDatabase(where: {
  url?: string | undefined;
  stateDir: string;
  queueTables: QueueTables;
  migrate?: boolean;
}): Promise<Database> {
  const database = await connect(where);
  try {
    await bringUpToDate(database, { apply: where.migrate ?? true, queueTables: where.queueTables });
  } catch (error) {
    await database.close().catch(() => undefined);
    throw error;
  }
  return database;
}

async function connect(where: { url?: string | undefined; stateDir: string }): Promise<Database> {
  if (where.url !== undefined) {
    const { openPostgres } = await import('./postgres/postgres-database.js');
    return openPostgres(where.url);
  }
  const { openEmbedded } = await import('./embedded/embedded-database.js');
  return openEmbedded(where.stateDir);
}
