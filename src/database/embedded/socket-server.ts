/** The holder's side of the socket: other processes' statements go to the engine, notifications go to who listens. */
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { DatabaseLostError } from '../database-lost-error.js';
import { type SqlErrorFields, sqlErrorFields } from '../sql-error.js';
import type { Engine } from './engine.js';
import { encodeFrame, FrameReader, PROTOCOL_VERSION, type Reply, type Request } from './frames.js';
import { listenChannel, NotStartedError, SHARED_SESSION } from './link.js';
import { removeSocket } from './socket-path.js';

/** A client with this many statements waiting is not read from until some are done. */
const MOST_WAITING = 64;
/** A client that does not read its answers is cut off when this much waits for it. */
const MOST_UNREAD_BYTES = 256 * 1024 * 1024;
const GOODBYE_MS = 1_000;

export interface SocketServer {
  /** Clients may connect before; they wait for this. */
  serve(engine: Engine): void;
  /** Tells the clients to go on elsewhere, and removes the socket. */
  close(): Promise<void>;
}

/** Listens at once; only this user can connect. */
export async function listenForClients(path: string, holder: string): Promise<SocketServer> {
  const server = new ClientServer(path, holder);
  await server.listen();
  return server;
}

class ClientServer implements SocketServer {
  readonly #path: string;
  readonly #holder: string;
  readonly #server: Server;
  readonly #clients = new Set<Client>();
  #engine: Engine | undefined;
  #count = 0;

  constructor(path: string, holder: string) {
    this.#path = path;
    this.#holder = holder;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ path: this.#path, backlog: 511 }, () => {
        if (process.platform !== 'win32') chmodSync(this.#path, 0o600);
        this.#server.on('error', () => undefined);
        resolve();
      });
    });
  }

  serve(engine: Engine): void {
    this.#engine = engine;
    engine.onNotification((channel, payload) => {
      for (const client of this.#clients) client.notify(channel, payload);
    });
    for (const client of this.#clients) client.greet(engine, this.#holder);
  }

  async close(): Promise<void> {
    this.#server.close();
    await Promise.all([...this.#clients].map((client) => client.dismiss()));
    removeSocket(this.#path);
  }

  #accept(socket: Socket): void {
    const client = new Client(socket, `client ${++this.#count}`);
    this.#clients.add(client);
    socket.once('close', () => {
      this.#clients.delete(client);
      client.leave();
    });
    if (this.#engine !== undefined) client.greet(this.#engine, this.#holder);
  }
}

class Client {
  readonly #socket: Socket;
  readonly #name: string;
  readonly #frames = new FrameReader();
  readonly #channels = new Set<string>();
  readonly #sessions = new Set<number>();
  #engine: Engine | undefined;
  #waiting = 0;

  constructor(socket: Socket, name: string) {
    this.#socket = socket;
    this.#name = name;
    socket.on('error', () => undefined);
    socket.on('drain', () => this.#resumeIfCalm());
    socket.on('data', (chunk) => this.#read(chunk));
  }

  greet(engine: Engine, holder: string): void {
    this.#engine = engine;
    this.#send({ hello: { version: PROTOCOL_VERSION, holder } });
  }

  notify(channel: string, payload: string): void {
    if (this.#channels.has(channel)) this.#send({ channel, payload });
  }

  /** Says goodbye and waits, not long, until it was heard. */
  dismiss(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#socket.destroy(), GOODBYE_MS);
      this.#socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      if (this.#socket.destroyed) return resolve();
      this.#send({ bye: true });
      this.#socket.end();
      this.#socket.resume();
    });
  }

  /** Its transactions are rolled back. */
  leave(): void {
    for (const session of this.#sessions) this.#engine?.endSession(this.#key(session));
    this.#sessions.clear();
  }

  #read(chunk: Buffer): void {
    try {
      for (const message of this.#frames.push(chunk)) this.#handle(message as Request);
    } catch {
      this.#socket.destroy();
    }
  }

  #handle(request: Request): void {
    const engine = this.#engine;
    if (engine === undefined) throw new Error('a client spoke before it was greeted');
    if ('endSession' in request) {
      this.#sessions.delete(request.endSession);
      engine.endSession(this.#key(request.endSession));
      return;
    }
    const { id, session, text, params } = request;
    const listening = listenChannel(text);
    if (listening?.verb === 'listen') this.#channels.add(listening.channel);
    if (session !== SHARED_SESSION) this.#sessions.add(session);
    this.#waiting++;
    if (this.#waiting >= MOST_WAITING) this.#socket.pause();
    engine
      .execute(session === SHARED_SESSION ? undefined : this.#key(session), text, params)
      .then(
        (result): Reply => ({ id, result }),
        (error): Reply => failure(id, error),
      )
      .then((reply) => {
        this.#waiting--;
        this.#send(reply, id);
        this.#resumeIfCalm();
      });
  }

  #send(reply: Reply, id?: number): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    let frame: Buffer;
    try {
      frame = encodeFrame(reply);
    } catch (error) {
      frame = encodeFrame({ id: id ?? 0, error: { message: (error as Error).message, code: '54000' } });
    }
    this.#socket.write(frame);
    if (this.#socket.writableLength > MOST_UNREAD_BYTES) this.#socket.destroy();
    else if (this.#socket.writableNeedDrain) this.#socket.pause();
  }

  #resumeIfCalm(): void {
    if (this.#waiting < MOST_WAITING / 2 && !this.#socket.writableNeedDrain) this.#socket.resume();
  }

  #key(session: number): string {
    return `${this.#name}:${session}`;
  }
}

function failure(id: number, error: unknown): Reply {
  if (error instanceof NotStartedError) return { id, notStarted: true };
  if (error instanceof DatabaseLostError) return { id, lost: error.message };
  return { id, error: sqlErrorFields(error as Error & SqlErrorFields) };
}
