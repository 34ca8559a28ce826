/** A worker: takes jobs from its queues, says that it is alive, and stops without losing or repeating work. */
import { hostname } from 'node:os';
import { settlesWithin } from '../core/deadline.js';
import type { DataSource, TaskRegistry } from '../core/task.js';
import type { Database } from '../database/database.js';
import type { CompletionLog } from '../ledger/completion-log.js';
import { recordHeartbeat, recordWorkerStart, recordWorkerStop } from '../ledger/workers.js';
import type { Consumer } from '../queue/consumer.js';
import type { Queues } from '../queue/queues.js';
import { JobRunner } from './job-runner.js';
import { Threads } from './threads.js';

export interface WorkerOptions {
  id: string;
  db: Database;
  queues: Queues;
  registry: TaskRegistry;
  registryModule: string;
  taskFiles: string[];
  data: Record<string, DataSource>;
  log: CompletionLog;
  /** Queues to take jobs from, each with how many jobs run at once. */
  consume: { queue: string; concurrency: number }[];
  threads: number;
  versions: Record<string, string>;
  finishBatch: (batchId: string, signal: AbortSignal) => Promise<void>;
  /** A job whose lease was lost too often. */
  onStalledOut: (job: { id: string; data: unknown; attempts: number }, reason: string) => void;
  /** Looks after batches that wait for something that was lost; called every few seconds, never twice at once. */
  sweep: () => Promise<void>;
  onTrouble: (message: string) => void;
  onLog: (line: { level: 'info' | 'warn'; message: string; job: string; task: string }) => void;
}

export interface StopReport {
  /** Ids of jobs that were given back because they did not end in time. */
  handedBack: string[];
}

const HEARTBEAT_MS = 5_000;
/** A ledger that has not answered a heartbeat for so long is told of. */
const SILENT_AFTER_MS = 8_000;
/** What is left to do when the jobs have ended may take this long, together. */
const CLOSE_MS = 5_000;

export class Worker {
  readonly id: string;
  readonly queues: readonly { queue: string; concurrency: number }[];
  readonly #options: WorkerOptions;
  readonly #threads: Threads;
  readonly #runner: JobRunner;
  readonly #consumers: Consumer[];
  readonly #heartbeat: NodeJS.Timeout;
  #beating: Promise<void> = Promise.resolve();
  #isBeating = false;
  #isLedgerUp = true;
  readonly #stopListening: () => void;
  #stopped: Promise<StopReport> | undefined;

  static async start(options: WorkerOptions): Promise<Worker> {
    await recordWorkerStart(options.db, {
      id: options.id,
      host: hostname(),
      pid: process.pid,
      queues: options.consume.map(({ queue }) => queue),
      concurrency: options.consume.reduce((sum, { concurrency }) => sum + concurrency, 0),
      versions: options.versions,
    });
    const threads = new Threads({
      registryModule: options.registryModule,
      taskFiles: options.taskFiles,
      maxThreads: options.threads,
    });
    const runner = new JobRunner({ ...options, worker: options.id, threads });
    const consumers = await Promise.all(
      options.consume.map(({ queue, concurrency }) =>
        options.queues.consume(queue, {
          concurrency,
          name: options.id,
          handler: (job, slot) => runner.handle(job, slot),
          onStalledOut: options.onStalledOut,
          onTrouble: options.onTrouble,
        }),
      ),
    );
    return new Worker(options, { threads, runner, consumers });
  }

  private constructor(
    options: WorkerOptions,
    { threads, runner, consumers }: { threads: Threads; runner: JobRunner; consumers: Consumer[] },
  ) {
    this.id = options.id;
    this.queues = options.consume;
    this.#options = options;
    this.#threads = threads;
    this.#runner = runner;
    this.#consumers = consumers;
    this.#stopListening = options.db.onState(({ up }) => {
      this.#isLedgerUp = up;
    });
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
  }

  /** Jobs running now. */
  running(): number {
    return this.#consumers.reduce((sum, consumer) => sum + consumer.running(), 0);
  }

  /**
   * Fetches nothing more, waits up to `graceMs` for what runs and gives the rest back; takes at most ten seconds more,
   * whatever the backends do. The second call waits for the first.
   */
  stop(graceMs: number): Promise<StopReport> {
    this.#stopped ??= this.#stop(graceMs);
    return this.#stopped;
  }

  async #stop(graceMs: number): Promise<StopReport> {
    clearInterval(this.#heartbeat);
    const handedBack = (await Promise.all(this.#consumers.map((consumer) => consumer.stop(graceMs)))).flat();
    this.#runner.close();
    const rest = this.#beating
      .then(() => this.#options.log.close())
      .then(() => this.#threads.close())
      .then(() => recordWorkerStop(this.#options.db, this.id));
    await settlesWithin(rest, CLOSE_MS);
    this.#stopListening();
    return { handedBack };
  }

  #beat(): void {
    if (this.#isBeating) return;
    const { db, sweep, onTrouble } = this.#options;
    this.#isBeating = true;
    this.#beating = Promise.resolve()
      .then(() =>
        this.#answered(
          recordHeartbeat(db, { id: this.id, running: this.running(), rssBytes: process.memoryUsage.rss() }),
        ),
      )
      .then(sweep)
      .catch((error: Error) => onTrouble(error.message))
      .finally(() => {
        this.#isBeating = false;
      });
  }

  /** A database that is frozen, or behind a dead line, says nothing by itself; one that is down has been told of. */
  async #answered(heartbeat: Promise<void>): Promise<void> {
    const { db, onTrouble } = this.#options;
    const isSilent = !(await settlesWithin(heartbeat, SILENT_AFTER_MS)) && this.#isLedgerUp;
    if (isSilent) onTrouble(`${db.label} does not answer; waiting for it`);
    await heartbeat;
    if (isSilent) onTrouble(`${db.label} answers again`);
  }
}
