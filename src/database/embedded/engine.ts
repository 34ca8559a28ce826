/**
 * PGlite with its one session shared fairly: statements run one at a time in the order they came, and a session that
 * opened a transaction owns the database until it ends. Whether one is open is read from PostgreSQL's own answer
 * (the status of ReadyForQuery), never guessed from the text.
 *
 * PGlite answers within microtasks; a macrotask is yielded before every statement, else a caller that polls would starve
 * the timers and sockets of the whole process.
 */
import type { PGlite } from '@electric-sql/pglite';
import { DatabaseLostError } from '../database-lost-error.js';
import { SqlError, type SqlErrorFields } from '../sql-error.js';
import type { TextResult } from '../values.js';
import { NotStartedError } from './link.js';
import { type OpenPglite, openPglite } from './pglite.js';

const IDLE_TRANSACTION_MS = 60_000;
/** How long an open transaction may go on when the engine is asked to close. */
const CLOSING_TRANSACTION_MS = 2_000;

interface Job {
  session: string | undefined;
  text: string;
  params: readonly (string | null)[] | undefined;
  resolve(result: TextResult): void;
  reject(error: Error): void;
}

type Serialize = OpenPglite['serialize'];
type Message = Awaited<ReturnType<PGlite['execProtocolStream']>>[number];

export interface Engine {
  /** `session` undefined: the statement must stand alone. Throws as `Link.execute` does. */
  execute(
    session: string | undefined,
    text: string,
    params?: readonly (string | null)[] | undefined,
  ): Promise<TextResult>;
  endSession(session: string): void;
  onNotification(listener: (channel: string, payload: string) => void): void;
  /** Resolves when the database inside has died and nothing more can be run. */
  readonly broken: Promise<void>;
  /** Statements run so far, housekeeping excluded. */
  readonly statements: number;
  /** Ends what runs (a transaction gets 2 s more), refuses what has not begun, and shuts the database down cleanly. */
  close(): Promise<void>;
}

export async function openEngine(dataFolder: string): Promise<Engine> {
  const { database, serialize } = await openPglite(dataFolder);
  return new PgliteEngine(database, serialize);
}

class PgliteEngine implements Engine {
  readonly #database: PGlite;
  readonly #serialize: Serialize;
  readonly broken: Promise<void>;
  #break!: () => void;
  #isBroken = false;
  #jobs: Job[] = [];
  #isPumping = false;
  /** The session whose transaction is open. */
  #owner: string | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  /** Sessions whose transaction was rolled back for idleness and which have not been told yet. */
  readonly #expired = new Set<string>();
  #closing: Promise<void> | undefined;
  #onQuiet: (() => void) | undefined;
  statements = 0;

  constructor(database: PGlite, serialize: Serialize) {
    this.#database = database;
    this.#serialize = serialize;
    this.broken = new Promise((resolve) => {
      this.#break = resolve;
    });
  }

  execute(
    session: string | undefined,
    text: string,
    params?: readonly (string | null)[] | undefined,
  ): Promise<TextResult> {
    return new Promise((resolve, reject) => {
      if (this.#isBroken) return reject(new NotStartedError());
      if (this.#closing !== undefined && (session === undefined || session !== this.#owner)) {
        return reject(new NotStartedError());
      }
      if (session !== undefined && this.#expired.delete(session)) return reject(expiredError());
      this.#jobs.push({ session, text, params, resolve, reject });
      void this.#pump();
    });
  }

  endSession(session: string): void {
    this.#expired.delete(session);
    for (const job of this.#take((each) => each.session === session)) {
      job.reject(new DatabaseLostError('the session was ended before its statement began'));
    }
    if (this.#owner === session) this.#rollBack(session);
  }

  onNotification(listener: (channel: string, payload: string) => void): void {
    this.#database.onNotification(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    for (let job = this.#next(); job !== undefined; job = this.#next()) {
      await new Promise((resolve) => setImmediate(resolve));
      await this.#perform(job);
    }
    this.#isPumping = false;
    this.#watchIdleTransaction();
    if (this.#owner === undefined) this.#onQuiet?.();
  }

  #next(): Job | undefined {
    clearTimeout(this.#idleTimer);
    if (this.#isBroken) return undefined;
    if (this.#owner === undefined) return this.#jobs.shift();
    const index = this.#jobs.findIndex((job) => job.session === this.#owner);
    return index < 0 ? undefined : this.#jobs.splice(index, 1)[0];
  }

  async #perform(job: Job): Promise<void> {
    this.statements++;
    try {
      const { result, error, status } = await this.#run(job.text, job.params);
      if (status === 'I') {
        this.#owner = undefined;
      } else if (job.session === undefined) {
        await this.#run('ROLLBACK', undefined);
        return job.reject(new SqlError(STRAY_TRANSACTION));
      } else {
        this.#owner = job.session;
      }
      if (error === undefined) job.resolve(result);
      else job.reject(error);
    } catch (cause) {
      job.reject(brokenError(cause));
      this.#fail();
    }
  }

  /** @throws {Error} when the database itself broke down, which is not the same as refusing a statement */
  async #run(
    text: string,
    params: readonly (string | null)[] | undefined,
  ): Promise<{ result: TextResult; error: SqlError | undefined; status: string }> {
    const messages = await this.#database.execProtocolStream(this.#encode(text, params), {
      throwOnError: false,
    });
    const last = messages.at(-1) as (Message & { status?: string }) | undefined;
    if (last?.name !== 'readyForQuery' || last.status === undefined) {
      throw new Error('the embedded database broke down and gave no answer');
    }
    const failure = messages.find((message) => message.name === 'error');
    return {
      result: readResult(messages),
      error: failure === undefined ? undefined : new SqlError(failure as Message & SqlErrorFields),
      status: last.status,
    };
  }

  #encode(text: string, params: readonly (string | null)[] | undefined): Uint8Array {
    const s = this.#serialize;
    if (params === undefined || params.length === 0) return s.query(text);
    return Buffer.concat([
      s.parse({ text }),
      s.bind({ values: [...params] }),
      s.describe({ type: 'P' }),
      s.execute({}),
      s.sync(),
    ]);
  }

  #watchIdleTransaction(): void {
    const owner = this.#owner;
    if (owner === undefined) return;
    this.#idleTimer = setTimeout(() => {
      this.#expired.add(owner);
      this.#rollBack(owner);
    }, IDLE_TRANSACTION_MS);
    this.#idleTimer.unref();
  }

  #rollBack(session: string): void {
    this.#jobs.unshift({ session, text: 'ROLLBACK', params: undefined, resolve: ignore, reject: ignore });
    void this.#pump();
  }

  async #shutDown(): Promise<void> {
    for (const job of this.#take((each) => each.session === undefined || each.session !== this.#owner)) {
      job.reject(new NotStartedError());
    }
    await this.#quiet();
    if (this.#isBroken) return;
    const exitCode = process.exitCode;
    await this.#database.close();
    process.exitCode = exitCode;
  }

  async #quiet(): Promise<void> {
    if (!this.#isPumping && this.#owner === undefined) return;
    const quiet = new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
    });
    const timer = setTimeout(() => {
      if (this.#owner !== undefined) this.endSession(this.#owner);
    }, CLOSING_TRANSACTION_MS);
    await Promise.race([quiet, this.broken]);
    clearTimeout(timer);
  }

  #fail(): void {
    this.#isBroken = true;
    for (const job of this.#take(() => true)) job.reject(new NotStartedError());
    this.#break();
  }

  #take(which: (job: Job) => boolean): Job[] {
    const taken = this.#jobs.filter(which);
    this.#jobs = this.#jobs.filter((job) => !which(job));
    return taken;
  }
}

function ignore(): void {}

/** The last statement's result; a simple query may hold several. */
function readResult(messages: readonly Message[]): TextResult {
  let result = emptyResult();
  let isComplete = false;
  for (const message of messages) {
    if (isComplete && ['rowDescription', 'dataRow', 'commandComplete'].includes(message.name)) {
      result = emptyResult();
      isComplete = false;
    }
    if (message.name === 'rowDescription') {
      const { fields } = message as Message & { fields: { name: string; dataTypeID: number }[] };
      result.fields = fields.map((field) => [field.name, field.dataTypeID]);
    } else if (message.name === 'dataRow') {
      result.rows.push((message as Message & { fields: (string | null)[] }).fields);
    } else if (message.name === 'commandComplete') {
      const [, tag, count] = /^(\D*?)(?: \d+)??(?: (\d+))?$/.exec(
        (message as Message & { text: string }).text,
      )!;
      result.tag = tag!;
      result.rowCount = count === undefined ? null : Number(count);
      isComplete = true;
    }
  }
  return result;
}

function emptyResult(): TextResult {
  return { fields: [], rows: [], tag: '', rowCount: null };
}

const STRAY_TRANSACTION: SqlErrorFields = {
  message: 'a statement outside transaction() left a transaction open; it was rolled back',
  code: '25001',
};

function expiredError(): SqlError {
  return new SqlError({
    message: `the transaction was idle for ${IDLE_TRANSACTION_MS / 1000} s and was rolled back`,
    code: '25P03',
    hint: 'inside transaction(work) use tx for every statement, never the database itself',
  });
}

function brokenError(cause?: unknown): DatabaseLostError {
  return new DatabaseLostError('the embedded database broke down while the statement ran', cause);
}
