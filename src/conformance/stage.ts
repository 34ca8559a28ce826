/**
 * Where one fault plays: producers and workers in processes of their own, a journal, and the accounts that are read when
 * everything is over. One file, as all of it is one run's state.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readHolder } from '../database/embedded/folder-lock.js';
import { patiently } from '../ledger/patience.js';
import type { Toolkit } from '../toolkit.js';
import { Journal, monotonicMs, readAccounts } from './accounts.js';
import type { Servers, Sizes } from './fault.js';
import type { AcknowledgedBatch, FaultWindow, History, OperatorAct } from './history.js';
import type { Place } from './place.js';
import { type JobsEnd, type JobsProcess, startJobs } from './processes.js';
import { ARTIFACTS, JOURNAL, QUEUE, TASKS, writeSheet } from './project.js';
import { canBeProxied, type LinkProxy, startProxy } from './proxy.js';
import type { Random } from './random.js';

export interface StageOptions {
  place: Place;
  sizes: Sizes;
  random: Random;
  servers: Servers;
  /** Stops everything. */
  signal: AbortSignal;
}

export interface Load {
  /** How long the jobs take together when nothing goes wrong. */
  spanMs: number;
  /** Jobs at once on each worker. */
  concurrency?: number;
  workers?: number;
  task?: keyof typeof TASKS;
  /** Rows whose n is a multiple of this fail for good; null = none. Default 50. */
  failEvery?: number | null;
  /** The queue will throw keys away: no jobs of no batch, which it alone would have to keep. */
  queueForgets?: boolean;
  /** For the workers only. */
  workerEnv?: Record<string, string>;
}

/** The fault cannot be injected here: it is left out, and this says why. */
export class LeftOut extends Error {}

const FILES = 4;
const POLL_MS = 50;
const RESTART_MS = 200;
const PICK_MS = 10_000;
const PRODUCER_RETRY_MS = 500;
/** Added to three outages and six leases: starting processes, reading, being slow. */
const SETTLE_MS = 60_000;
const STOP_MS = 30_000;
const PLAIN_N = 1_000_000;

export class Stage {
  readonly place: Place;
  readonly sizes: Sizes;
  readonly random: Random;
  readonly servers: Servers;
  readonly journal: Journal;
  readonly notes: string[] = [];
  /** Broken promises that no account shows. */
  readonly complaints: string[] = [];
  /** Of every process that is started from now on. */
  readonly env: Record<string, string>;
  readonly acknowledged: { batches: AcknowledgedBatch[]; jobs: { id: string; n: number }[] } = {
    batches: [],
    jobs: [],
  };
  readonly operators: OperatorAct[] = [];
  readonly windows: FaultWindow[] = [];
  readonly #signal: AbortSignal;
  readonly #workers: WorkerSlot[] = [];
  readonly #producing: Promise<void>[] = [];
  readonly #running = new Set<JobsProcess>();
  readonly #closers: (() => Promise<void>)[] = [];
  #failEvery: number | null = null;
  #queueForgets = false;
  #nextN = 1;
  #isClosing = false;

  constructor({ place, sizes, random, servers, signal }: StageOptions) {
    this.place = place;
    this.sizes = sizes;
    this.random = random;
    this.servers = servers;
    this.#signal = signal;
    this.journal = new Journal(path.join(place.folder, JOURNAL));
    this.env = {
      CONFORMANCE_DIR: place.folder,
      JOBS_LEASE_MS: String(sizes.leaseMs),
      ...(place.databaseUrl === undefined ? {} : { DATABASE_URL: place.databaseUrl }),
      ...(place.redisUrl === undefined ? {} : { REDIS_URL: place.redisUrl }),
    };
  }

  /** Rows that strike: `count` of the first half, whatever file they are in. */
  victims(count: number): string {
    return this.random.some(count, 2, Math.floor(this.sizes.jobs / 2)).join(',');
  }

  /** Starts producers and workers. The first file is acknowledged before the first worker starts. */
  async begin(load: Load): Promise<void> {
    const { spanMs, workers = 3, concurrency = 8, task = 'inline', failEvery = 50 } = load;
    this.#failEvery = failEvery;
    this.env.CONFORMANCE_MS = String(
      Math.max(Math.round((spanMs * workers * concurrency) / this.sizes.jobs), 10),
    );
    if (failEvery !== null) this.env.CONFORMANCE_FAIL_EVERY = String(failEvery);
    this.#queueForgets = load.queueForgets === true;
    const plain = this.#queueForgets ? 0 : Math.max(Math.round(this.sizes.jobs / 50), 2);
    const rows = this.sizes.jobs - plain;
    const first = Math.ceil(rows / FILES);
    await this.submitRows(TASKS[task], first);
    for (let worker = 0; worker < workers; worker++) this.startWorker(concurrency, load.workerEnv);
    this.#produce(async () => {
      for (let file = 1, left = rows - first; file < FILES && left > 0; file++) {
        const some = file === FILES - 1 ? left : Math.min(first, left);
        await this.submitRows(TASKS[task], some);
        left -= some;
      }
    });
    this.#produce(async () => {
      for (let job = 0; job < plain; job++) await this.#submitJob(TASKS[task], PLAIN_N + job);
    });
  }

  /** A producer that goes on until it is told that its rows are recorded. Returns the batch. */
  async submitRows(task: string, rows: number, project = this.place.folder): Promise<string> {
    const firstN = this.#nextN;
    this.#nextN += rows;
    const sheet = path.join(project, `rows-${firstN}.csv`);
    writeSheet(sheet, firstN, rows);
    const { batch } = JSON.parse(await this.#insist(['enqueue', task, sheet, '--json'], project));
    this.acknowledged.batches.push({ id: batch, firstN, rows });
    return batch;
  }

  async #submitJob(task: string, n: number): Promise<void> {
    const id = `plain-${n}`;
    await this.#insist(['enqueue', task, `n:=${n}`, '--job-id', id]);
    this.acknowledged.jobs.push({ id, n });
  }

  /** Jobs that something else than a producer has promised: a schedule. */
  promise(id: string, n: number): void {
    this.acknowledged.jobs.push({ id, n });
  }

  #produce(work: () => Promise<void>): void {
    const producing = work();
    producing.catch(() => {});
    this.#producing.push(producing);
  }

  /** The same command until it ends well: what an operator's script does. */
  async #insist(args: readonly string[], cwd = this.place.folder): Promise<string> {
    const deadline = Date.now() + this.#settleMs();
    for (;;) {
      const end = await this.run(args, { cwd }).ended;
      if (end.exitCode === 0) return end.stdout;
      const said = `jobs ${args[0]} ended with ${end.exitCode ?? end.signal}: ${lastLine(end)}`;
      if (end.exitCode === 1) this.#noteOnce(`a fault of jobs itself (exit 1): ${said}`);
      if (this.#isClosing || this.#signal.aborted || Date.now() > deadline) throw new Error(said);
      await wait(PRODUCER_RETRY_MS);
    }
  }

  /** What an operator does: once, and it must succeed. */
  async operate(args: readonly string[]): Promise<string> {
    const end = await this.run(args).ended;
    if (end.exitCode !== 0) {
      throw new Error(`jobs ${args.join(' ')} ended with ${end.exitCode ?? end.signal}: ${lastLine(end)}`);
    }
    return end.stdout;
  }

  run(args: readonly string[], { cwd = this.place.folder, env = {} } = {}): JobsProcess {
    const log = path.join(this.place.folder, `${args[0]}.log`);
    const started = startJobs(args, { cwd, env: { ...this.env, ...env }, log });
    this.#running.add(started);
    started.ended.finally(() => this.#running.delete(started)).catch(() => {});
    return started;
  }

  /** A worker that is started again whenever it ends, as a service manager does. */
  startWorker(concurrency = 8, env: Record<string, string> = {}, project = this.place.folder): WorkerSlot {
    const slot = new WorkerSlot(
      () => this.run(['worker', '--queue', `${QUEUE}:${concurrency}`], { cwd: project, env }),
      (end) => {
        if (end.exitCode === 1) this.#noteOnce(`a worker ended with exit 1: ${lastLine(end)}`);
      },
    );
    this.#workers.push(slot);
    return slot;
  }

  /**
   * A worker that runs jobs now, picked by the seed; any when for a while none does. Of the embedded database never the
   * process that holds it.
   */
  async pickWorker(): Promise<WorkerSlot> {
    const deadline = Date.now() + PICK_MS;
    for (;;) {
      const running = this.journal.runningIn();
      const holder = this.holder();
      const others = this.#workers.filter(({ pid }) => pid !== holder);
      const busy = others.filter(({ pid }) => running.has(pid));
      if (busy.length > 0) return this.random.pick(busy);
      if (Date.now() > deadline) return this.random.pick(others);
      await this.pause(POLL_MS);
    }
  }

  get workers(): readonly WorkerSlot[] {
    return this.#workers;
  }

  /** The process that holds the embedded database. */
  holder(): number | undefined {
    return this.place.databaseUrl === undefined ? readHolder(this.place.stateDir)?.pid : undefined;
  }

  /**
   * kill -9 of the holder. Only of a process that this stage has started and that has not ended: the lock may still name
   * a dead one, whose id may be another program's by now.
   */
  async killHolder(): Promise<void> {
    let held: JobsProcess | undefined;
    await this.until('a process of ours holds the database', () => {
      const pid = this.holder();
      held = [...this.#running].find((one) => one.pid === pid && one.isRunning());
      return held !== undefined;
    });
    await this.during(() => held?.signal('SIGKILL'));
  }

  /** Until so many runs have begun, as a share of all jobs. */
  async untilBegun(share: number): Promise<void> {
    const wanted = Math.floor(this.sizes.jobs * share);
    await this.until(`${wanted} runs have begun`, () => this.journal.count('begin') >= wanted);
  }

  async until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + this.#settleMs();
    while (!(await isTrue())) {
      this.#signal.throwIfAborted();
      if (Date.now() > deadline) throw new Error(`${what}: not within ${this.#settleMs() / 1000} s`);
      await wait(POLL_MS);
    }
  }

  /** What happens in `work` is the fault. */
  async during(work: () => Promise<void> | void): Promise<void> {
    const beganMs = monotonicMs();
    await work();
    this.windows.push({ beganMs, endedMs: monotonicMs() });
  }

  pause(ms: number): Promise<void> {
    return wait(ms, undefined, { signal: this.#signal });
  }

  /** Puts a proxy before a server; every process that is started from now on goes through it. @throws {LeftOut} */
  async throughProxy(variable: 'DATABASE_URL' | 'REDIS_URL'): Promise<LinkProxy> {
    const url = this.env[variable];
    if (url === undefined || !canBeProxied(url)) {
      throw new LeftOut(`the link to ${variable} cannot go through a proxy (TLS, or no host)`);
    }
    const proxy = await startProxy(url, this.random);
    this.onClose(() => proxy.close());
    this.env[variable] = proxy.url;
    return proxy;
  }

  /** Run when every process has ended. */
  onClose(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  async producersDone(): Promise<void> {
    await this.#until(this.#settleMs(), Promise.allSettled(this.#producing));
  }

  /** Until nothing waits or runs and every acknowledged batch has ended. */
  untilQuiet(): Promise<void> {
    return this.withToolkit((toolkit) => this.#untilIdle(toolkit));
  }

  async withToolkit<T>(work: (toolkit: Toolkit) => Promise<T>): Promise<T> {
    const toolkit = await this.#open();
    return work(toolkit).finally(() => toolkit.close());
  }

  /** The promise changes with what was done: rows that failed for good succeed when they are replayed. */
  expectNoFailures(): void {
    this.#failEvery = null;
  }

  /** Waits for the end of everything, stops the workers and reads all accounts. */
  async settle(): Promise<History> {
    await this.producersDone();
    for (const producing of this.#producing) await this.#complainOf(producing);
    return this.withToolkit(async (toolkit) => {
      await this.#untilIdle(toolkit);
      await this.stopWorkers();
      return this.#history(toolkit);
    });
  }

  async #complainOf(producing: Promise<void>): Promise<void> {
    const late = wait(0).then(() => Promise.reject(new Error('a producer was never told')));
    await Promise.race([producing, late]).catch((error: Error) => this.complaints.push(error.message));
  }

  async #open(): Promise<Toolkit> {
    const deadline = Date.now() + this.#settleMs();
    for (;;) {
      try {
        return await this.place.open();
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await wait(PRODUCER_RETRY_MS);
      }
    }
  }

  async #untilIdle(toolkit: Toolkit): Promise<void> {
    const deadline = Date.now() + this.#settleMs();
    const ids = this.acknowledged.batches.map(({ id }) => id);
    while (Date.now() < deadline) {
      this.#signal.throwIfAborted();
      const { waiting, active, delayed, prioritized } = await toolkit.queues.counts(QUEUE);
      // Workers may still be killed, and one of them may hold the embedded database.
      const { rows } = await patiently(() =>
        toolkit.db.query<{ n: number }>(
          "select count(*)::int as n from sluice.batch where id = any($1) and state not in ('finished', 'cancelled')",
          [ids],
        ),
      );
      if (waiting + active + delayed + prioritized === 0 && rows[0]?.n === 0) return;
      await wait(POLL_MS * 5);
    }
  }

  /** TERM, as a service manager does it; one that does not go is a fault. */
  async stopWorkers(): Promise<void> {
    const ends = await Promise.all(this.#workers.map((slot) => slot.stop(STOP_MS)));
    if (ends.includes(false))
      this.complaints.push(`a worker did not stop within ${STOP_MS / 1000} s of TERM`);
  }

  async #history(toolkit: Toolkit): Promise<History> {
    const ids = this.acknowledged.jobs.map(({ id }) => id);
    return {
      acknowledged: this.acknowledged,
      journal: [...this.journal.lines()],
      operators: this.operators,
      windows: this.windows,
      failEvery: this.#failEvery,
      artifacts: ARTIFACTS,
      queueForgets: this.#queueForgets,
      ...(await readAccounts(toolkit, ids)),
    };
  }

  /** Ends every process and proxy, whatever they do. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const slot of this.#workers) slot.abandon();
    const ends = [...this.#running].map((one) => {
      one.signal('SIGCONT');
      one.signal('SIGKILL');
      return one.ended;
    });
    await Promise.allSettled([...ends, ...this.#producing]);
    for (const close of this.#closers) await close();
  }

  /** For whoever looks into a broken promise. */
  writeEvidence(history: History | undefined): void {
    if (history !== undefined) {
      writeFileSync(path.join(this.place.folder, 'history.json'), JSON.stringify(history, null, 1));
    }
  }

  #settleMs(): number {
    return SETTLE_MS + 3 * this.sizes.outageMs + 6 * this.sizes.leaseMs;
  }

  async #until(ms: number, work: Promise<unknown>): Promise<void> {
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, this.#signal]);
    const late = wait(ms, undefined, { signal }).catch(() => {});
    await Promise.race([work, late]);
    abort.abort();
    this.#signal.throwIfAborted();
  }

  #noteOnce(note: string): void {
    if (!this.notes.includes(note)) this.notes.push(note);
  }
}

export class WorkerSlot {
  readonly #start: () => JobsProcess;
  readonly #onEnd: (end: JobsEnd) => void;
  #process: JobsProcess;
  #isStopping = false;

  constructor(start: () => JobsProcess, onEnd: (end: JobsEnd) => void) {
    this.#start = start;
    this.#onEnd = onEnd;
    this.#process = start();
    void this.#keep();
  }

  get pid(): number {
    return this.#process.pid;
  }

  signal(name: NodeJS.Signals): void {
    this.#process.signal(name);
  }

  /** No longer started again. */
  abandon(): void {
    this.#isStopping = true;
  }

  /** False when it had to be killed. */
  async stop(ms: number): Promise<boolean> {
    this.abandon();
    this.#process.signal('SIGCONT');
    this.#process.signal('SIGTERM');
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#process.signal('SIGKILL');
    }, ms);
    await this.#process.ended.finally(() => clearTimeout(timer));
    return !isLate;
  }

  async #keep(): Promise<void> {
    while (!this.#isStopping) {
      this.#onEnd(await this.#process.ended);
      await wait(RESTART_MS);
      if (!this.#isStopping) this.#process = this.#start();
    }
  }
}

/** What it said of its end; with --json that is on stdout. */
function lastLine({ stdout, stderr }: JobsEnd): string {
  const told = /"message": "(.*)"/.exec(stdout)?.[1];
  const lines = stderr.trim().split('\n');
  return (told ?? lines.findLast((line) => line.startsWith('Error')) ?? lines.at(-1) ?? '').slice(0, 300);
}
