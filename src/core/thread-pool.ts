/**
 * Threads that run exported functions of modules. What goes in and comes out is cloned as by `postMessage`: typed
 * arrays are copied, those given in may be transferred, shared buffers stay shared (for large results).
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type TransferListItem, Worker } from 'node:worker_threads';
import { type CarriedError, fromCarried } from './carried-error.js';

export interface ThreadCall {
  /** `new URL('./neighbour.js', import.meta.url).href`; run from TypeScript, the `.ts` beside it is meant. */
  module: string;
  /** An exported function of one argument. It may give a promise. */
  name: string;
  args: unknown;
  /** Buffers of `args` that the caller gives away. */
  transfer?: readonly TransferListItem[];
}

export interface ThreadPool {
  /** Most calls that run at once. */
  readonly size: number;
  /**
   * Runs when a thread is free, in the order of the calls.
   * @throws what the function threw, with class, code, hint and details; {@link Error} when its thread died
   */
  run<T>(call: ThreadCall): Promise<T>;
  /** Ends all threads; calls that have not ended are rejected. */
  close(): Promise<void>;
}

/** A small nursery is emptied often, and with it go the typed arrays that its objects hold: 30 MB less a thread. */
const NURSERY_MB = 4;

export type FromThread = { kind: 'done'; value: unknown } | { kind: 'failed'; error: CarriedError };

/** Threads start when first needed and wait for more; they never keep a process alive that has nothing else to do. */
export function openThreadPool({ size = availableParallelism() }: { size?: number } = {}): ThreadPool {
  return new Pool(Math.max(1, Math.floor(size)));
}

interface PendingCall {
  call: ThreadCall;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

class Pool implements ThreadPool {
  readonly size: number;
  readonly #idle: Thread[] = [];
  readonly #all = new Set<Thread>();
  readonly #waiting: PendingCall[] = [];
  #closed = false;

  constructor(size: number) {
    this.size = size;
  }

  run<T>(call: ThreadCall): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(closedError(call));
      this.#waiting.push({ call, resolve: resolve as (value: unknown) => void, reject });
      this.#startNext();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { call, reject } of this.#waiting.splice(0)) reject(closedError(call));
    await Promise.all([...this.#all].map((thread) => thread.end()));
  }

  #startNext(): void {
    if (this.#waiting.length === 0) return;
    const thread = this.#idle.pop() ?? (this.#all.size < this.size ? this.#newThread() : undefined);
    if (thread !== undefined) thread.start(this.#waiting.shift()!);
  }

  #newThread(): Thread {
    const thread: Thread = new Thread({
      idle: () => {
        this.#idle.push(thread);
        this.#startNext();
      },
      gone: () => {
        this.#all.delete(thread);
        const at = this.#idle.indexOf(thread);
        if (at >= 0) this.#idle.splice(at, 1);
        this.#startNext();
      },
    });
    this.#all.add(thread);
    return thread;
  }
}

/** One thread and the call it runs. */
class Thread {
  readonly #worker = startWorker();
  readonly #owner: { idle(): void; gone(): void };
  #current: PendingCall | undefined;
  #fault: Error | undefined;

  constructor(owner: { idle(): void; gone(): void }) {
    this.#owner = owner;
    this.#worker.on('message', (message: FromThread) => this.#settle(message));
    this.#worker.on('messageerror', (error) => this.#fail(error));
    this.#worker.on('error', (error) => {
      this.#fault = error as Error;
    });
    this.#worker.on('exit', (exitCode) => {
      this.#fail(diedError(this.#current?.call, exitCode, this.#fault));
      this.#owner.gone();
    });
  }

  start(pending: PendingCall): void {
    this.#current = pending;
    const { module, name, args, transfer = [] } = pending.call;
    this.#worker.ref();
    try {
      this.#worker.postMessage({ module, name, args }, [...transfer]);
    } catch (error) {
      this.#fail(error as Error);
      this.#rest();
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(message: FromThread): void {
    const pending = this.#current;
    this.#current = undefined;
    if (message.kind === 'done') pending?.resolve(message.value);
    else pending?.reject(fromCarried(message.error));
    this.#rest();
  }

  #rest(): void {
    this.#worker.unref();
    this.#owner.idle();
  }

  #fail(error: Error): void {
    this.#current?.reject(error);
    this.#current = undefined;
  }
}

function startWorker(): Worker {
  const compiled = new URL('./thread-inside.js', import.meta.url);
  const isBuilt = existsSync(fileURLToPath(compiled));
  return new Worker(isBuilt ? compiled : new URL('./thread-inside.ts', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: NURSERY_MB },
    ...(isBuilt ? {} : { execArgv: ['--import', 'jiti/register'] }),
  });
}

function closedError({ name }: ThreadCall): Error {
  return new Error(`the threads were closed before ${name} ran`);
}

function diedError(call: ThreadCall | undefined, exitCode: number, cause: Error | undefined): Error {
  const why = cause === undefined ? `exit code ${exitCode}` : cause.message;
  return new Error(`the thread that ran ${call?.name ?? 'nothing'} ended (${why})`, { cause });
}
