/** The other processes' side of the socket. */
import { connect, type Socket } from 'node:net';
import { BackendError } from '../../core/error.js';
import { DatabaseLostError } from '../database-lost-error.js';
import { SqlError } from '../sql-error.js';
import type { TextResult } from '../values.js';
import { encodeFrame, FrameReader, PROTOCOL_VERSION, type Reply, type Request } from './frames.js';
import { type Link, NotStartedError } from './link.js';

/** A holder that has said nothing for so long while it was asked something is given up. */
const SILENCE_MS = 300_000;

interface Waiting {
  resolve(result: TextResult): void;
  reject(error: Error): void;
}

/**
 * Connects to a holder and waits for its greeting, at most `timeoutMs`.
 * @throws {BackendError} `DATABASE_HELD_BY_OTHER_VERSION`
 * @throws {Error} with the system's code when nobody answers
 */
export async function connectToHolder(path: string, timeoutMs: number): Promise<Link> {
  const socket = connect(path);
  const link = new SocketLink(socket);
  const timer = setTimeout(() => socket.destroy(new Error(SILENT)), timeoutMs);
  try {
    await link.greeted;
  } finally {
    clearTimeout(timer);
  }
  return link;
}

const SILENT = 'the process that holds the database does not answer';

class SocketLink implements Link {
  readonly #socket: Socket;
  readonly #frames = new FrameReader();
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners: ((channel: string, payload: string) => void)[] = [];
  readonly greeted: Promise<void>;
  readonly ended: Promise<{ graceful: boolean }>;
  #greet!: (error?: Error) => void;
  #lastId = 0;
  #saidBye = false;
  #silence: NodeJS.Timeout | undefined;
  #cause: Error | undefined;
  holder = '';

  constructor(socket: Socket) {
    this.#socket = socket;
    this.greeted = new Promise((resolve, reject) => {
      this.#greet = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.greeted.catch(() => undefined);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (error) => {
      this.#cause = error;
    });
    this.ended = new Promise((resolve) => {
      socket.once('close', () => resolve({ graceful: this.#saidBye }));
    });
    void this.ended.then(() => this.#lose());
  }

  execute(
    session: number,
    text: string,
    params: readonly (string | null)[] | undefined,
  ): Promise<TextResult> {
    return new Promise((resolve, reject) => {
      if (this.#saidBye || this.#socket.destroyed || this.#socket.writableEnded) {
        return reject(new NotStartedError());
      }
      const id = ++this.#lastId;
      const frame = encodeFrame({ id, session, text, params });
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(frame);
      this.#watchSilence();
    });
  }

  endSession(session: number): void {
    this.#write({ endSession: session });
  }

  onNotification(listener: (channel: string, payload: string) => void): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), 1_000);
    await this.ended;
    clearTimeout(timer);
  }

  #write(message: Request): void {
    if (!this.#socket.destroyed && !this.#socket.writableEnded) this.#socket.write(encodeFrame(message));
  }

  #read(chunk: Buffer): void {
    try {
      for (const message of this.#frames.push(chunk)) this.#handle(message as Reply);
      this.#watchSilence();
    } catch (error) {
      this.#socket.destroy(error as Error);
    }
  }

  #handle(reply: Reply): void {
    if ('hello' in reply) {
      this.#checkHello(reply.hello);
      return;
    }
    if ('bye' in reply) {
      this.#saidBye = true;
      this.#socket.end();
      return;
    }
    if ('channel' in reply) {
      for (const listener of this.#listeners) listener(reply.channel, reply.payload);
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('result' in reply) waiting?.resolve(reply.result);
    else if ('error' in reply) waiting?.reject(new SqlError(reply.error));
    else if ('lost' in reply) waiting?.reject(new DatabaseLostError(reply.lost));
    else waiting?.reject(new NotStartedError());
  }

  #checkHello(hello: { version: number; holder: string }): void {
    this.holder = hello.holder;
    if (hello.version === PROTOCOL_VERSION) {
      this.#greet();
      return;
    }
    this.#greet(
      new BackendError(
        `the embedded database is held by ${hello.holder}, which is another version of jobs and cannot serve this one`,
        {
          code: 'DATABASE_HELD_BY_OTHER_VERSION',
          hint: 'wait until that process ends, or run the same version of jobs in both places',
          details: { found: hello.version, expected: PROTOCOL_VERSION },
        },
      ),
    );
    this.#socket.destroy();
  }

  #watchSilence(): void {
    clearTimeout(this.#silence);
    if (this.#waiting.size === 0) return;
    this.#silence = setTimeout(() => this.#socket.destroy(new Error(SILENT)), SILENCE_MS);
    this.#silence.unref();
  }

  #lose(): void {
    clearTimeout(this.#silence);
    this.#greet(this.#cause ?? new Error('the process that held the database went away'));
    for (const waiting of this.#waiting.values()) {
      // A holder that says goodbye has answered everything it began.
      if (this.#saidBye) waiting.reject(new NotStartedError());
      else waiting.reject(this.#lostError());
    }
    this.#waiting.clear();
  }

  #lostError(): DatabaseLostError {
    return new DatabaseLostError(
      `the process that held the embedded database (${this.holder || 'unknown'}) went away while the statement ran`,
      this.#cause,
    );
  }
}
