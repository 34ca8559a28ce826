/** The embedded database in the shape of `pg.Pool`, as much of it as BullMQ uses. */
import { EventEmitter } from 'node:events';
import type { PoolClientLike, PoolLike, PoolResult } from '../database.js';
import { DatabaseLostError } from '../database-lost-error.js';
import { toResult } from '../values.js';
import type { EmbeddedDatabase, EmbeddedSession } from './embedded-database.js';
import { type Link, listenChannel } from './link.js';

/** `keepAlive`: a lost link is always noticed, so BullMQ need not poll every ten seconds to be sure. */
const OPTIONS = { keepAlive: true } as const;

export class EmbeddedPool extends EventEmitter implements PoolLike {
  readonly options = OPTIONS;
  readonly #database: EmbeddedDatabase;
  readonly #clients = new Set<EmbeddedClient>();

  constructor(database: EmbeddedDatabase) {
    super();
    this.setMaxListeners(0);
    this.#database = database;
  }

  async query<R>(text: string, params?: readonly unknown[]): Promise<PoolResult<R>> {
    return toResult(await this.#database.execute(text, params));
  }

  async connect(): Promise<PoolClientLike> {
    const client = new EmbeddedClient(await this.#database.openSession(), (gone) =>
      this.#clients.delete(gone),
    );
    this.#clients.add(client);
    return client;
  }

  /** The database owns the link; its users only let go. */
  async end(): Promise<void> {}

  notify(link: Link, channel: string, payload: string): void {
    for (const client of this.#clients) client.notify(link, channel, payload);
  }

  /** Every client of the lost link gets an 'error', as from a broken connection, and BullMQ listens anew on another. */
  lose(link: Link): void {
    for (const client of [...this.#clients]) client.lose(link);
  }

  /** A pool whose every statement runs in `session`. */
  withinSession(session: EmbeddedSession): PoolLike {
    return new SessionPool(session);
  }
}

class EmbeddedClient extends EventEmitter implements PoolClientLike {
  readonly #session: EmbeddedSession;
  readonly #forget: (client: EmbeddedClient) => void;
  readonly #channels = new Set<string>();

  constructor(session: EmbeddedSession, forget: (client: EmbeddedClient) => void) {
    super();
    this.setMaxListeners(0);
    this.#session = session;
    this.#forget = forget;
  }

  async query<R>(text: string, params?: readonly unknown[]): Promise<PoolResult<R>> {
    const listening = listenChannel(text);
    if (listening?.verb === 'listen') this.#channels.add(listening.channel);
    if (listening?.verb === 'unlisten') {
      this.#channels.delete(listening.channel);
      return { rows: [], rowCount: null };
    }
    return toResult(await this.#session.execute(text, params));
  }

  release(): void {
    this.#forget(this);
    this.#session.end();
  }

  notify(link: Link, channel: string, payload: string): void {
    if (this.#session.link === link && this.#channels.has(channel)) {
      this.emit('notification', { channel, payload, processId: 0 });
    }
  }

  lose(link: Link): void {
    if (this.#session.link !== link) return;
    this.#forget(this);
    if (this.listenerCount('error') > 0) {
      this.emit('error', new DatabaseLostError('the process that held the embedded database went away'));
    }
    this.emit('end');
  }
}

class SessionPool extends EventEmitter implements PoolLike {
  readonly options = OPTIONS;
  readonly #session: EmbeddedSession;

  constructor(session: EmbeddedSession) {
    super();
    this.#session = session;
  }

  async query<R>(text: string, params?: readonly unknown[]): Promise<PoolResult<R>> {
    return toResult(await this.#session.execute(text, params));
  }

  async connect(): Promise<PoolClientLike> {
    return new SessionPoolClient((text, params) => this.query(text, params));
  }

  async end(): Promise<void> {}
}

/** A client that joins a transaction somebody else opened, and leaves it open. */
class SessionPoolClient extends EventEmitter implements PoolClientLike {
  readonly #run: (text: string, params?: readonly unknown[]) => Promise<PoolResult<never>>;

  constructor(run: (text: string, params?: readonly unknown[]) => Promise<PoolResult<never>>) {
    super();
    this.#run = run;
  }

  async query<R>(text: string, params?: readonly unknown[]): Promise<PoolResult<R>> {
    return this.#run(text, params);
  }

  release(): void {}
}
