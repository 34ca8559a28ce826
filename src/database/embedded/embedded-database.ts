/**
 * The database in the state folder, from whichever process. The link to it may change under way: when the holder goes, the
 * next statement goes to the new holder, or this process becomes the holder.
 */
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { BackendError, SluiceError } from '../../core/error.js';
import { asFolderError, makeFolder } from '../../core/make-folder.js';
import type { ConnectionState, Database, QueryResult, Transaction } from '../database.js';
import { DatabaseLostError } from '../database-lost-error.js';
import { abortedError } from '../sql-error.js';
import { type TextResult, toResult, toText } from '../values.js';
import type { LockRecord } from './folder-lock.js';
import { tryToHold } from './holder.js';
import { type Link, NotStartedError, SHARED_SESSION } from './link.js';
import { EmbeddedPool } from './queue-pool.js';
import { connectToHolder } from './socket-client.js';
import { socketPath } from './socket-path.js';

/** How long a statement waits for a holder before it is refused. */
const LINK_WAIT_MS = 30_000;
const SHORTEST_RETRY_MS = 10;
const LONGEST_RETRY_MS = 500;

/** Opens the database without bringing its tables up to date. @throws {BackendError}, {InputError} FOLDER_NOT_WRITABLE */
export async function openEmbedded(stateDir: string): Promise<Database> {
  try {
    makeFolder(stateDir, { mode: 0o700 });
  } catch (error) {
    throw asFolderError(error, stateDir, 'stateDir');
  }
  const database = new EmbeddedDatabase(realpathSync(stateDir));
  await database.link();
  return database;
}

/** A session of its own on the link that was current when it was opened; it does not survive that link. */
export interface EmbeddedSession {
  execute(text: string, params?: readonly unknown[]): Promise<TextResult>;
  end(): void;
  readonly link: Link;
}

export class EmbeddedDatabase implements Database {
  readonly kind = 'embedded';
  readonly label: string;
  readonly poolForQueue: EmbeddedPool;
  readonly #stateDir: string;
  readonly #stateListeners = new Set<(state: ConnectionState) => void>();
  #link: Promise<Link> | undefined;
  #lastSession = SHARED_SESSION;
  #isDown = false;
  #closing: Promise<void> | undefined;

  constructor(stateDir: string) {
    this.#stateDir = stateDir;
    this.label = `embedded (${basename(stateDir)}/)`;
    this.poolForQueue = new EmbeddedPool(this);
  }

  async query<T>(text: string, params?: readonly unknown[]): Promise<QueryResult<T>> {
    return toResult(await this.execute(text, params));
  }

  /** A statement on its own; sent again by itself only when it surely never began. */
  async execute(text: string, params?: readonly unknown[]): Promise<TextResult> {
    const bound = params?.map(toText);
    return this.#untilStarted((link) => link.execute(SHARED_SESSION, text, bound));
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const session = await this.openSession('BEGIN');
    const tx: Transaction = {
      query: async <R>(text: string, params?: readonly unknown[]) =>
        toResult<R>(await session.execute(text, params)),
      poolForQueue: this.poolForQueue.withinSession(session),
    };
    try {
      const value = await work(tx);
      const { tag } = await session.execute('COMMIT');
      if (tag !== 'COMMIT') throw abortedError();
      return value;
    } finally {
      session.end();
    }
  }

  /** A session that begins with `firstStatement`, which surely did not begin on an earlier holder. */
  async openSession(firstStatement?: string): Promise<EmbeddedSession> {
    const id = ++this.#lastSession;
    const link = await this.#untilStarted(async (current) => {
      if (firstStatement !== undefined) await current.execute(id, firstStatement, undefined);
      return current;
    });
    return {
      link,
      execute: async (text, params) => {
        try {
          return await link.execute(id, text, params?.map(toText));
        } catch (error) {
          throw error instanceof NotStartedError ? sessionLostError(link) : error;
        }
      },
      end: () => link.endSession(id),
    };
  }

  /** Whoever holds the database is a process of this machine: its end is always noticed. */
  renew(): boolean {
    return false;
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      const link = await this.#link?.catch(() => undefined);
      await link?.close();
    })();
    return this.#closing;
  }

  /** The current link; joined or taken over when there is none, within 30 s. @throws {BackendError} */
  link(): Promise<Link> {
    if (this.#closing !== undefined) return Promise.reject(closedError());
    this.#link ??= this.#join();
    return this.#link;
  }

  async #untilStarted<T>(use: (link: Link) => Promise<T>): Promise<T> {
    const deadline = Date.now() + LINK_WAIT_MS;
    for (;;) {
      const link = await this.link();
      try {
        return await use(link);
      } catch (error) {
        if (!(error instanceof NotStartedError)) throw error;
        if (Date.now() > deadline) throw unreachableError(this.label, error);
        await Promise.race([link.ended, wait(LINK_WAIT_MS, undefined, { ref: false })]);
      }
    }
  }

  async #join(): Promise<Link> {
    try {
      const link = await joinFolder(this.#stateDir, this.label, () => this.#closing !== undefined);
      void link.ended.then(() => this.#lost(link));
      link.onNotification((channel, payload) => this.poolForQueue.notify(link, channel, payload));
      if (this.#isDown)
        this.#tell({ up: true, message: `the embedded database is back, held by ${link.holder}` });
      this.#isDown = false;
      return link;
    } catch (error) {
      this.#link = undefined;
      throw error;
    }
  }

  #lost(link: Link): void {
    this.#link = undefined;
    if (this.#closing === undefined) {
      this.#isDown = true;
      this.#tell({ up: false, message: `the embedded database lost its holder (${link.holder})` });
      this.link().catch(() => undefined);
    }
    this.poolForQueue.lose(link);
  }

  #tell(state: ConnectionState): void {
    for (const listener of this.#stateListeners) listener(state);
  }
}

/** Holds the folder or connects to who does; tries again, at most 30 s, while the holder is changing. */
async function joinFolder(stateDir: string, label: string, isClosing: () => boolean): Promise<Link> {
  const deadline = Date.now() + LINK_WAIT_MS;
  let cause: unknown;
  let holder: LockRecord | undefined;
  for (let pause = SHORTEST_RETRY_MS; ; pause = Math.min(pause * 2, LONGEST_RETRY_MS)) {
    if (isClosing()) throw closedError();
    const attempt = await tryToHold(stateDir);
    if (attempt.kind === 'holding') return attempt.link;
    if (attempt.kind === 'elsewhere') throw elsewhereError(label, attempt.holder);
    holder = attempt.holder;
    try {
      return await connectToHolder(socketPath(stateDir, holder.socket), Math.max(deadline - Date.now(), 1));
    } catch (error) {
      if (error instanceof SluiceError) throw error;
      cause = error;
    }
    if (Date.now() > deadline) throw unreachableError(label, cause, holder);
    await wait(pause);
  }
}

function sessionLostError(link: Link): DatabaseLostError {
  return new DatabaseLostError(
    `the embedded database was handed over by ${link.holder} in the middle of a transaction, which was rolled back`,
  );
}

function unreachableError(label: string, cause: unknown, holder?: LockRecord): BackendError {
  const who =
    holder === undefined ? 'its holder' : `process ${holder.pid} on ${holder.host}, which holds it,`;
  return new BackendError(
    `the database ${label} cannot be used: ${who} did not answer within ${LINK_WAIT_MS / 1000} s`,
    {
      code: 'DATABASE_UNREACHABLE',
      hint:
        holder === undefined
          ? 'try again'
          : `end process ${holder.pid}; if it is not a jobs process, delete the file db.lock in the state folder`,
      details: holder === undefined ? {} : { pid: holder.pid, host: holder.host },
      cause,
    },
  );
}

function elsewhereError(label: string, holder: LockRecord): BackendError {
  return new BackendError(
    `the database ${label} is held by process ${holder.pid} on ${holder.host}, and one folder cannot be shared between machines`,
    {
      code: 'DATABASE_HELD_ELSEWHERE',
      hint: `use a PostgreSQL (DATABASE_URL) for several machines; if ${holder.host} is gone for good, delete the file db.lock in the state folder`,
      details: { pid: holder.pid, host: holder.host },
    },
  );
}

function closedError(): BackendError {
  return new BackendError('the database was closed', { code: 'DATABASE_CLOSED' });
}
