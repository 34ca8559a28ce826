/** A worker: takes jobs from its queues, says that it is alive, does what its letters say, and stops without losing or repeating work. */
import { hostname } from 'node:os';
import { settlesWithin } from '../core/deadline.js';
import { plural } from '../core/text.js';
import { recordEvent } from '../ledger/events.js';
import { JobLog } from '../ledger/job-log.js';
import type { WorkerAnswer } from '../ledger/worker-letters.js';
import {
  listWorkers,
  type RunningJob,
  recordWorkerStart,
  recordWorkerStop,
  type WorkerReport,
  type WorkerState,
} from '../ledger/workers.js';
import type { DeliveredJob, Outcome, Slot } from '../queue/consumer.js';
import { leaseMs } from '../queue/lease.js';
import type { Queues } from '../queue/queues.js';
import { type Chore, Chores } from './chores.js';
import { Consumers } from './consumers.js';
import { watchForGaps } from './drift.js';
import { HEARTBEAT_MS, Heartbeat } from './heartbeat.js';
import type { InlineRuns } from './inline-runs.js';
import { Isolates } from './isolates.js';
import { JobBudget } from './job-budget.js';
import { JobRunner, type JobRunnerOptions } from './job-runner.js';
import { answerLetters } from './letters.js';
import { ScratchFolders } from './scratch-folders.js';
import { Watchdog } from './watchdog.js';

export interface WorkerOptions
  extends Pick<
    JobRunnerOptions,
    | 'db'
    | 'registry'
    | 'data'
    | 'stateDir'
    | 'storage'
    | 'log'
    | 'limits'
    | 'finishBatch'
    | 'onFailure'
    | 'pauseQueue'
    | 'addJobs'
    | 'onLog'
  > {
  id: string;
  queues: Queues;
  registryModule: string;
  taskFiles: string[];
  /** Queues to take jobs from, each with how many jobs run at once. */
  consume: { queue: string; concurrency: number }[];
  /** Jobs at once of a queue that is added without saying how many. */
  slotsOf: (queue: string) => number;
  /** Called before a queue is added. */
  prepareQueue: (queue: string) => Promise<void>;
  /** Threads, and processes, at once. */
  isolates: number;
  /** See {@link IsolatesOptions}; with either of these inline tasks run in processes. */
  recycleAfter?: number | undefined;
  maxBytes?: number | undefined;
  /** Asks to be stopped when so many jobs have ended; begins no more than these. */
  maxJobs?: number | undefined;
  /** Asks to be stopped when nothing has run for so long. */
  idleExitMs?: number | undefined;
  versions: Record<string, string>;
  /** A job whose lease was lost too often. */
  onStalledOut: (job: { id: string; data: unknown; attempts: number }, reason: string) => void;
  /** Beside its heartbeat: sweeps, schedules. */
  chores: Chore[];
  onTrouble: (message: string) => void;
}

export interface StopReport {
  /** Ids of jobs that were given back because they did not end in time. */
  handedBack: string[];
}

/** Why a worker wants to be stopped; whoever started it stops it. */
export type StopReason =
  | { kind: 'told'; by: string }
  | { kind: 'max-jobs'; jobs: number }
  | { kind: 'idle'; forMs: number }
  /** It is given no jobs though there are some, with new connections too. */
  | { kind: 'deaf'; queue: string; message: string };

const LETTERS_MS = 1_000;
const TIDY_MS = 60_000;
/** What is left to do when the jobs have ended may take this long, together. */
const CLOSE_MS = 5_000;
const NAMED_TASKS = 5;

export class Worker {
  readonly id: string;
  readonly watchdog: Watchdog;
  /** Resolves when the worker has a reason to end. */
  readonly stopAsked: Promise<StopReason>;
  readonly #options: WorkerOptions;
  readonly #isolates: Isolates;
  readonly #jobLog: JobLog;
  readonly #scratch: ScratchFolders;
  readonly #runner: JobRunner;
  readonly #consumers: Consumers;
  readonly #budget: JobBudget;
  readonly #heartbeat: Heartbeat;
  /** Heartbeat and letters go on while it stops; the rest does not. */
  #vital: Chores | undefined;
  #chores: Chores | undefined;
  #stopWatchingGaps: (() => void) | undefined;
  #askToStop!: (reason: StopReason) => void;
  #state: WorkerState = 'running';
  #activeAtMs = performance.now();
  #stopped: Promise<StopReport> | undefined;

  static async start(options: WorkerOptions): Promise<Worker> {
    await recordWorkerStart(options.db, {
      id: options.id,
      host: hostname(),
      pid: process.pid,
      slots: Object.fromEntries(options.consume.map(({ queue, concurrency }) => [queue, concurrency])),
      versions: options.versions,
    });
    const message = `${hostname()}, process ${process.pid}`;
    await recordEvent(options.db, { type: 'worker-up', worker: options.id, message });
    const worker = new Worker(options);
    await worker.#open();
    return worker;
  }

  private constructor(options: WorkerOptions) {
    const { db, queues, onTrouble, recycleAfter, maxBytes } = options;
    this.id = options.id;
    this.#options = options;
    this.stopAsked = new Promise((askToStop) => {
      this.#askToStop = askToStop;
    });
    const { registryModule, taskFiles } = options;
    const most = options.isolates;
    this.#isolates = new Isolates({ registryModule, taskFiles, most, recycleAfter, maxBytes });
    this.#jobLog = new JobLog(db, { onTrouble });
    this.#scratch = new ScratchFolders(options.stateDir, options.id);
    this.#runner = new JobRunner({
      ...options,
      worker: options.id,
      limiter: queues.limiter,
      isolates: this.#isolates,
      jobLog: this.#jobLog,
      scratch: this.#scratch,
      recycles: recycleAfter !== undefined || maxBytes !== undefined,
    });
    this.#consumers = new Consumers((queue, slots) => this.#consume(queue, slots));
    this.#budget = new JobBudget(options.maxJobs, {
      full: () => this.#consumers.hold(),
      room: () => {
        if (this.#state === 'running') this.#consumers.release();
      },
      spent: () => this.#askToStop({ kind: 'max-jobs', jobs: options.maxJobs! }),
    });
    this.#heartbeat = new Heartbeat({
      db,
      worker: this.id,
      report: () => ({
        ...this.report(),
        jobs: this.jobs(),
        rssBytes: process.memoryUsage.rss(),
        tasks: options.registry.codes(),
      }),
      onTrouble,
    });
    this.watchdog = new Watchdog({
      canRun: (queue) => queues.canRun(queue),
      renewConnections: () => queues.renewConnections(),
      label: queues.label,
      say: onTrouble,
      onRebuilt: (queue, message) => this.#tell(queue, message),
      onDeaf: (queue, message) => {
        this.#tell(queue, message);
        this.#askToStop({ kind: 'deaf', queue, message });
      },
    });
  }

  async #open(): Promise<void> {
    const { consume, chores, db, onTrouble, idleExitMs } = this.#options;
    await Promise.all(consume.map(({ queue, concurrency }) => this.#consumers.add(queue, concurrency)));
    this.#stopWatchingGaps = watchForGaps(leaseMs(), (gapMs) => this.#sayGap(gapMs));
    this.#vital = new Chores(
      [
        { name: 'the heartbeat', everyMs: HEARTBEAT_MS, run: () => this.beat() },
        { name: 'the letters', everyMs: LETTERS_MS, run: () => answerLetters(db, this) },
      ],
      onTrouble,
    );
    const watch = {
      name: 'the watchdog',
      everyMs: this.watchdog.everyMs,
      run: () => this.watchdog.look(this.#consumers.all()),
    };
    const idle =
      idleExitMs === undefined
        ? []
        : [
            {
              name: 'the idle check',
              everyMs: Math.min(idleExitMs, 500),
              run: () => this.#checkIdle(idleExitMs),
            },
          ];
    const tidy = {
      name: 'the scratch folders',
      everyMs: TIDY_MS,
      run: () => this.#scratch.sweep(() => listWorkers(db)),
    };
    this.#chores = new Chores([watch, tidy, ...idle, ...chores], onTrouble);
    tidy.run().catch(() => {});
    this.beat().catch(() => {});
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** Queues it serves now, each with how many jobs run at once. */
  get queues(): { queue: string; concurrency: number }[] {
    return Object.entries(this.#consumers.slots()).map(([queue, concurrency]) => ({ queue, concurrency }));
  }

  /** Jobs running now. */
  running(): number {
    return this.#consumers.running();
  }

  /** Jobs whose tasks run now, in the order in which they began. */
  jobs(): RunningJob[] {
    return this.#runner.running.list().map(({ id, queue, task, startedAtMs }) => ({
      job: id,
      queue,
      task,
      startedAt: new Date(startedAtMs).toISOString(),
    }));
  }

  report(): Omit<WorkerAnswer, 'refused'> & Pick<WorkerReport, 'state' | 'slots' | 'running'> {
    return { state: this.#state, slots: this.#consumers.slots(), running: this.running() };
  }

  /** When the ledger last heard of it, and whether the ledger can be reached. */
  get ledger(): { heardAt: Date | undefined; isUp: boolean } {
    return { heardAt: this.#heartbeat.lastAt, isUp: this.#heartbeat.isLedgerUp };
  }

  /** Tasks that run, and have run, in this process and not in a thread of their own. */
  get inline(): InlineRuns {
    return this.#runner.inline;
  }

  beat(): Promise<void> {
    return this.#heartbeat.beat();
  }

  askToStop(reason: StopReason): void {
    this.#askToStop(reason);
  }

  /** Fetches nothing more until {@link resume}; what runs goes on. Returns why not, when it cannot; so do the next four. */
  pause(): string | undefined {
    if (this.#state === 'stopping') return 'it is stopping';
    this.#state = 'paused';
    this.#consumers.hold();
    return undefined;
  }

  resume(): string | undefined {
    if (this.#state === 'stopping') return 'it is stopping';
    this.#state = 'running';
    this.#activeAtMs = performance.now();
    if (!this.#budget.isFull) this.#consumers.release();
    return undefined;
  }

  /** Jobs at once of each queue, or of one. What runs beyond a smaller number goes on. */
  scale(slots: number, queue?: string): string | undefined {
    if (this.#state === 'stopping') return 'it is stopping';
    const wanted = queue === undefined ? this.#consumers.all() : [this.#consumers.get(queue)];
    for (const consumer of wanted) {
      if (consumer === undefined) return this.#servesNo(queue!);
      consumer.resize(slots);
    }
    return undefined;
  }

  async addQueue(queue: string, slots?: number): Promise<string | undefined> {
    if (this.#state === 'stopping') return 'it is stopping';
    const serving = this.#consumers.get(queue);
    if (serving === undefined) {
      await this.#options.prepareQueue(queue);
      await this.#consumers.add(queue, slots ?? this.#options.slotsOf(queue));
    } else if (slots !== undefined) serving.resize(slots);
    return undefined;
  }

  /** What runs of it goes on to its end. */
  dropQueue(queue: string): string | undefined {
    if (this.#state === 'stopping') return 'it is stopping';
    const consumer = this.#consumers.get(queue);
    if (consumer === undefined) return this.#servesNo(queue);
    this.#consumers.drop(consumer);
    return undefined;
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
    this.#state = 'stopping';
    this.#stopWatchingGaps?.();
    const resting = this.#chores?.stop();
    this.beat().catch(() => {});
    const handedBack = await this.#consumers.stop(graceMs);
    this.#runner.close();
    const rest = Promise.all([resting, this.#vital?.stop()])
      .then(() => this.#options.log.close())
      .then(() => this.#isolates.close())
      .then(() => this.#jobLog.close())
      .then(() => this.#scratch.close())
      .then(() => recordWorkerStop(this.#options.db, this.id))
      .then(() =>
        recordEvent(this.#options.db, { type: 'worker-down', worker: this.id, message: 'stopped' }),
      );
    await settlesWithin(rest, CLOSE_MS);
    this.#heartbeat.close();
    return { handedBack };
  }

  #consume(queue: string, concurrency: number) {
    const { queues, id, onStalledOut, onTrouble } = this.#options;
    return queues.consume(queue, {
      concurrency,
      name: id,
      mayBegin: () => this.#budget.mayBegin(),
      handler: (job, slot) => this.#run(job, slot),
      onStalledOut,
      onTrouble,
    });
  }

  async #run(job: DeliveredJob, slot: Slot): Promise<Outcome> {
    const outcome = await this.#runner.handle(job, slot);
    this.#activeAtMs = performance.now();
    this.#budget.ended(outcome);
    return outcome;
  }

  async #checkIdle(idleExitMs: number): Promise<void> {
    if (this.running() > 0) this.#activeAtMs = performance.now();
    const forMs = performance.now() - this.#activeAtMs;
    if (forMs >= idleExitMs && this.#state === 'running') this.#askToStop({ kind: 'idle', forMs });
  }

  #servesNo(queue: string): string {
    return `it serves no queue ${queue}, only ${Object.keys(this.#consumers.slots()).join(', ') || 'none'}`;
  }

  #sayGap(gapMs: number): void {
    this.watchdog.forgive();
    const running = this.running();
    const inline = this.inline.running().map(({ task }) => task);
    const suspects = [...new Set(inline)].slice(0, NAMED_TASKS);
    this.#options.onTrouble(
      `this process did not run for ${Math.round(gapMs / 1000)} s: ${
        suspects.length === 0
          ? 'it was stopped by the system, or something blocked it'
          : `it was stopped by the system, or blocked by a task that runs inline (${suspects.join(', ')}); what computes for long belongs to isolation 'thread'`
      }. ${
        running === 0
          ? 'It ran no job'
          : `Leases of ${plural(running, 'running job')} may have been lost; such a job may run a second time, and the ledger shows it`
      }`,
    );
  }

  #tell(queue: string, message: string): void {
    recordEvent(this.#options.db, { type: 'worker-deaf', worker: this.id, queue, message }).catch(() => {});
  }
}
