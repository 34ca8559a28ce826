/** A pool of threads for tasks that compute, so that leases and heartbeats are never blocked by them. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import type { AttemptFacts, AttemptServices } from './run-task.js';
import type { FromThread, ThreadOutcome, ThreadRequest, ToThread } from './thread-messages.js';

export interface ThreadsOptions {
  /** URL of the module that exports `openRegistry`. */
  registryModule: string;
  taskFiles: string[];
  maxThreads: number;
}

const NURSERY_MB = 8;

export class Threads {
  readonly #options: ThreadsOptions;
  #pool: Promise<Piscina> | undefined;

  constructor(options: ThreadsOptions) {
    this.#options = options;
  }

  /** Runs one attempt. When `signal` is aborted its thread is ended at once. */
  async run(facts: AttemptFacts, services: AttemptServices, signal: AbortSignal): Promise<ThreadOutcome> {
    this.#pool ??= openPool(this.#options);
    const pool = await this.#pool;
    const { port1, port2 } = new MessageChannel();
    port1.on('message', (message: FromThread) =>
      answer(message, services, (reply) => port1.postMessage(reply)),
    );
    try {
      return (await pool.run({ facts, port: port2 } satisfies ThreadRequest, {
        signal,
        transferList: [port2],
      })) as ThreadOutcome;
    } finally {
      port1.close();
    }
  }

  async close(): Promise<void> {
    if (this.#pool !== undefined) await (await this.#pool).destroy();
  }
}

async function openPool(options: ThreadsOptions): Promise<Piscina> {
  const { Piscina } = await import('piscina');
  const compiled = new URL('./thread.js', import.meta.url);
  const fromSource = !existsSync(fileURLToPath(compiled));
  const pool = new Piscina({
    filename: (fromSource ? new URL('./thread.ts', import.meta.url) : compiled).href,
    name: 'run',
    minThreads: 1,
    maxThreads: options.maxThreads,
    idleTimeout: 30_000,
    concurrentTasksPerWorker: 1,
    // Short-lived objects of a computing task are few and large: a small nursery keeps a thread 20 MB smaller.
    resourceLimits: { maxYoungGenerationSizeMb: NURSERY_MB },
    workerData: { registryModule: options.registryModule, taskFiles: options.taskFiles },
    ...(fromSource ? { execArgv: ['--import', 'jiti/register'] } : {}),
  });
  // A thread that breaks while it runs nothing fails no attempt; piscina starts another.
  pool.on('error', () => {});
  return pool;
}

function answer(message: FromThread, services: AttemptServices, reply: (message: ToThread) => void): void {
  if (message.type === 'progress') {
    services.progress(message.value).catch(() => {});
  } else if (message.type === 'log') {
    services.log(message.level, message.message);
  } else {
    const { call } = message;
    const value =
      message.type === 'find-effect'
        ? services.findEffect(message.key)
        : services.recordEffect(message.key, message.value);
    value.then(
      (found) => reply({ call, value: found }),
      (error: Error) => reply({ call, failed: error.message }),
    );
  }
}
