/**
 * Threads and processes in which tasks run apart from their worker, so that what computes never blocks the worker's
 * leases, what hangs can be ended, and what crashes or eats memory takes only its own place down.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker as Thread } from 'node:worker_threads';
import type { WorkServices } from './attempt-services.js';
import {
  type AttemptOutcome,
  type FromIsolate,
  type IsolateSetup,
  SETUP_VARIABLE,
  type ToIsolate,
} from './isolate-messages.js';
import { answerCall } from './remote-services.js';
import type { Work } from './work.js';

export type IsolateKind = 'thread' | 'process';

export interface IsolatesOptions extends IsolateSetup {
  /** Of each kind, at once. */
  most: number;
  /** An isolate that has run so many attempts is replaced. */
  recycleAfter?: number | undefined;
  /** An isolate that holds more than this after an attempt is replaced; a process that grows beyond it is ended. */
  maxBytes?: number | undefined;
}

/** One attempt, or one end of a batch, in an isolate. */
export interface IsolatedRun {
  /** Resolves when its task has been loaded and begins; never when it was ended before that. */
  begun: Promise<void>;
  /** @throws {IsolateEndedError} when the isolate ended by itself; the reason given to {@link end} when it was ended */
  outcome: Promise<AttemptOutcome>;
  /** Aborts the task's signal; the task may end well. */
  stop(reason: Error): void;
  /** Ends the isolate at once, whatever it does. */
  end(reason: Error): void;
}

export const CRASHED = 'crashed';
export const OUT_OF_MEMORY = 'out-of-memory';

/** A thread or process ended under the attempt it ran. */
class IsolateEndedError extends Error {
  readonly code: string;

  constructor(
    readonly kind: IsolateKind,
    { how, isOfMemory }: { how: string; isOfMemory: boolean },
  ) {
    super(`its ${kind} ended while it ran: ${how}`);
    this.name = 'IsolateEndedError';
    this.code = isOfMemory ? OUT_OF_MEMORY : CRASHED;
    // Where the exit was heard of says nothing.
    this.stack = '';
  }
}

const IDLE_MS = 30_000;
/** Short-lived objects of a computing task are few and large: a small nursery keeps a thread 20 MB smaller. */
const NURSERY_MB = 8;
const MEMORY_CHECK_MS = 250;

export class Isolates {
  readonly #options: IsolatesOptions;
  readonly #pools: Record<IsolateKind, Pool>;

  constructor(options: IsolatesOptions) {
    this.#options = options;
    this.#pools = { thread: new Pool(options.most), process: new Pool(options.most) };
  }

  /** Runs it as soon as an isolate is free. */
  run(kind: IsolateKind, work: Work): IsolatedRun {
    const pool = this.#pools[kind];
    let isolate: Isolate | undefined;
    let ended: Error | undefined;
    let stopped: Error | undefined;
    let begin!: () => void;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const outcome = (async () => {
      isolate = await pool.take(() => this.#start(kind));
      if (ended !== undefined) {
        pool.give(isolate);
        throw ended;
      }
      const running = isolate.run(work, begin);
      if (stopped !== undefined) isolate.stop(stopped);
      try {
        return await running;
      } finally {
        if (this.#isWorn(isolate)) isolate.end(new Error('recycled'));
        pool.give(isolate);
        isolate = undefined;
      }
    })();
    return {
      begun,
      outcome,
      stop: (reason) => {
        stopped = reason;
        isolate?.stop(reason);
      },
      end: (reason) => {
        ended = reason;
        isolate?.end(reason);
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#pools).map((pool) => pool.close()));
  }

  #start(kind: IsolateKind): Isolate {
    return kind === 'thread' ? startThread(this.#options) : startProcess(this.#options);
  }

  #isWorn({ runs, heapBytes }: Isolate): boolean {
    const { recycleAfter, maxBytes } = this.#options;
    return (
      runs >= (recycleAfter ?? Number.POSITIVE_INFINITY) || heapBytes > (maxBytes ?? Number.POSITIVE_INFINITY)
    );
  }
}

/** Isolates of one kind: the last used is used first, and one that was idle for a while is ended. */
class Pool {
  readonly #most: number;
  readonly #idle: { isolate: Isolate; timer: NodeJS.Timeout }[] = [];
  readonly #all = new Set<Isolate>();
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  async take(start: () => Isolate): Promise<Isolate> {
    for (;;) {
      const free = this.#idle.pop();
      if (free !== undefined) {
        clearTimeout(free.timer);
        if (!free.isolate.hasEnded) return free.isolate;
        continue;
      }
      if (this.#all.size < this.#most) {
        const isolate = start();
        this.#all.add(isolate);
        isolate.gone.then(() => {
          this.#all.delete(isolate);
          this.#waiting.shift()?.();
        });
        return isolate;
      }
      await new Promise<void>((free) => this.#waiting.push(free));
    }
  }

  give(isolate: Isolate): void {
    if (isolate.hasEnded) return;
    const timer = setTimeout(() => isolate.end(new Error('idle')), IDLE_MS);
    timer.unref();
    this.#idle.push({ isolate, timer });
    this.#waiting.shift()?.();
  }

  async close(): Promise<void> {
    for (const { timer } of this.#idle) clearTimeout(timer);
    const gone = [...this.#all].map((isolate) => isolate.gone);
    for (const isolate of this.#all) isolate.end(new Error('the worker is stopping'));
    await Promise.all(gone);
  }
}

/** How a thread or a process is talked to. */
interface Line {
  post(message: ToIsolate): void;
  kill(): void;
  /** Resident bytes, where the system tells them. */
  rss?(): number | undefined;
}

class Isolate {
  runs = 0;
  /** After the last attempt. */
  heapBytes = 0;
  hasEnded = false;
  readonly gone: Promise<void>;
  readonly #kind: IsolateKind;
  readonly #line: Line;
  readonly #maxBytes: number | undefined;
  #isGone!: () => void;
  #current:
    | {
        services: WorkServices;
        onBegun: () => void;
        settle: (outcome: AttemptOutcome) => void;
        fail: (error: Error) => void;
      }
    | undefined;

  constructor(kind: IsolateKind, line: Line, maxBytes: number | undefined) {
    this.#kind = kind;
    this.#line = line;
    this.#maxBytes = maxBytes;
    this.gone = new Promise((isGone) => {
      this.#isGone = isGone;
    });
  }

  run({ services, ...sent }: Work, onBegun: () => void): Promise<AttemptOutcome> {
    this.runs += 1;
    const watch = this.#watchMemory();
    return new Promise<AttemptOutcome>((settle, fail) => {
      this.#current = { services, onBegun, settle, fail };
      this.#line.post({ type: 'run', work: sent });
    }).finally(() => {
      this.#current = undefined;
      clearInterval(watch);
    });
  }

  stop({ name, message }: Error): void {
    if (this.#current !== undefined) this.#line.post({ type: 'stop', reason: { name, message } });
  }

  /** What it runs fails with `reason`, at once; {@link gone} resolves when it has really ended. */
  end(reason: Error): void {
    this.hasEnded = true;
    this.#current?.fail(reason);
    this.#line.kill();
  }

  receive(message: FromIsolate): void {
    const current = this.#current;
    if (current === undefined) return;
    if (message.type === 'begun') {
      current.onBegun();
    } else if (message.type === 'end') {
      this.heapBytes = message.heapBytes;
      current.settle(message.outcome);
    } else {
      answerCall(message, current.services, (reply) => {
        if (!this.hasEnded) this.#line.post(reply);
      });
    }
  }

  /** It ended by itself, or was ended. */
  exited(how: { how: string; isOfMemory: boolean }): void {
    this.hasEnded = true;
    this.#current?.fail(new IsolateEndedError(this.#kind, how));
    this.#isGone();
  }

  /** A process that only computes cannot tell what it holds, so it is looked at from outside. */
  #watchMemory(): NodeJS.Timeout | undefined {
    const limit = this.#maxBytes;
    if (limit === undefined || this.#line.rss === undefined) return undefined;
    return setInterval(() => {
      const bytes = this.#line.rss?.() ?? 0;
      if (bytes <= limit) return;
      const how = `it held ${megabytes(bytes)} MB, and ${megabytes(limit)} MB are allowed`;
      this.end(new IsolateEndedError(this.#kind, { how, isOfMemory: true }));
    }, MEMORY_CHECK_MS);
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}

function entry(): { file: string; execArgv: string[] } {
  const compiled = fileURLToPath(new URL('./isolate.js', import.meta.url));
  if (existsSync(compiled)) return { file: compiled, execArgv: [] };
  return {
    file: fileURLToPath(new URL('./isolate.ts', import.meta.url)),
    execArgv: ['--import', 'jiti/register'],
  };
}

function startThread({ registryModule, taskFiles, maxBytes }: IsolatesOptions): Isolate {
  const { file, execArgv } = entry();
  const thread = new Thread(file, {
    workerData: { registryModule, taskFiles } satisfies IsolateSetup,
    resourceLimits: { maxYoungGenerationSizeMb: NURSERY_MB },
    ...(execArgv.length > 0 ? { execArgv } : {}),
  });
  const isolate = new Isolate(
    'thread',
    { post: (message) => thread.postMessage(message), kill: () => void thread.terminate() },
    maxBytes,
  );
  let thrown: Error | undefined;
  thread.on('message', (message: FromIsolate) => isolate.receive(message));
  thread.on('error', (error: Error) => {
    thrown = error;
  });
  thread.on('exit', (code) => isolate.exited(threadEnd(code, thrown)));
  return isolate;
}

function threadEnd(
  code: number,
  thrown: (Error & { code?: string }) | undefined,
): { how: string; isOfMemory: boolean } {
  if (thrown?.code === 'ERR_WORKER_OUT_OF_MEMORY') return { how: 'out of memory', isOfMemory: true };
  if (thrown !== undefined) return { how: `an error nobody caught: ${thrown.message}`, isOfMemory: false };
  return { how: `it called process.exit(${code})`, isOfMemory: false };
}

function startProcess({ registryModule, taskFiles, maxBytes }: IsolatesOptions): Isolate {
  const { file, execArgv } = entry();
  const child = fork(file, {
    execArgv: [...process.execArgv, ...execArgv],
    env: {
      ...process.env,
      [SETUP_VARIABLE]: JSON.stringify({ registryModule, taskFiles } satisfies IsolateSetup),
    },
    serialization: 'json',
    // What a task prints is no result of the command.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const isolate = new Isolate(
    'process',
    {
      post: (message) => child.send(message, () => {}),
      kill: () => void child.kill('SIGKILL'),
      rss: () => residentBytes(child),
    },
    maxBytes,
  );
  child.on('message', (message) => isolate.receive(message as FromIsolate));
  child.on('error', (error) =>
    isolate.exited({ how: `it could not be started: ${error.message}`, isOfMemory: false }),
  );
  child.on('exit', (code, signal) => isolate.exited(processEnd(code, signal)));
  return isolate;
}

function processEnd(
  code: number | null,
  signal: NodeJS.Signals | null,
): { how: string; isOfMemory: boolean } {
  // V8 aborts so when its heap is full.
  if (signal === 'SIGABRT' || code === 134) return { how: 'out of memory (SIGABRT)', isOfMemory: true };
  return { how: signal === null ? `it exited with code ${code}` : `${signal}`, isOfMemory: false };
}

/** Undefined where there is no /proc. */
function residentBytes({ pid }: ChildProcess): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
