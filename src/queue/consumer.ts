/**
 * Takes jobs from one queue and hands them to a handler; what the handler returns decides the job's fate. It can be paused,
 * resized and given new connections while it runs: no job is lost or begun twice by that.
 */
import type { Job } from 'bullmq';
import { settlesWithin } from '../core/deadline.js';
import type { ErrorRecord } from '../core/error.js';
import { StopSwitch } from '../core/stop-switch.js';
import { Fetcher } from './fetcher.js';
import { type JobData, markUnbegun } from './job.js';
import type { BullMq } from './libraries.js';
import { Places } from './places.js';
import type { BullLink } from './queues.js';
import { settle, toDelivered } from './settle.js';

export interface DeliveredJob {
  id: string;
  queue: string;
  task: string;
  data: JobData;
  /** Starts of this job so far, this one included. */
  starts: number;
  /** Failed attempts so far, and leases lost. */
  attemptsMade: number;
  leasesLost: number;
  maxAttempts: number;
  /** When it could first run, by the clock of who added it. */
  sinceMs: number;
  progress(value: number | object): Promise<void>;
  /** What the jobs it waited for returned, by their ids. */
  childValues(): Promise<Record<string, unknown>>;
}

export type Outcome =
  | { kind: 'done'; value?: unknown }
  | { kind: 'failed'; error: ErrorRecord; retryDelayMs: number | undefined }
  /** Tried again later without using up an attempt. */
  | {
      kind: 'deferred';
      delayMs: number;
      /** Turns of rate limits it is promised, kept in its data. */
      turns?: Record<string, number> | undefined;
      /** The task has not begun to run: this start was no attempt. */
      isUnbegun?: boolean;
      /** Nothing of the queue is fetched meanwhile, by any worker. */
      holdQueue?: boolean;
    }
  /** Stopped by an operator: it leaves the queue. */
  | { kind: 'cancelled'; reason: string }
  /** Given back at once without using up an attempt: this worker is going away. */
  | { kind: 'handed-back' };

/** The place of a running job. */
export interface Slot {
  /** Used when the worker gives the job back; the handler may use it too, to stop the job. */
  readonly stop: StopSwitch;
  /** True once the worker has begun to give its jobs back. */
  handedBack: boolean;
  /** The job has run and is only being recorded: another may take its place meanwhile. */
  free(): void;
}

export interface ConsumerOptions {
  concurrency: number;
  name: string;
  /** Asked right before a job begins; one that may not is put back as if it had not been fetched. */
  mayBegin: () => boolean;
  /** `slot` is stopped when the worker gives the job back. Never throws. */
  handler: (job: DeliveredJob, slot: Slot) => Promise<Outcome>;
  /** A job whose lease was lost too often; BullMQ has failed it. */
  onStalledOut: (job: { id: string; data: JobData; attempts: number }, reason: string) => void;
  onTrouble: (message: string) => void;
}

export interface Consumer {
  readonly queue: string;
  /** Jobs at once. */
  readonly slots: number;
  /** Jobs running now. */
  running(): number;
  /** It would begin a job if it were given one. */
  hasFreeSlot(): boolean;
  /** When it was last given a job, or was opened, resumed or resized; ms of performance.now(). */
  readonly fetchedAtMs: number;
  /** What runs beyond a smaller number goes on. */
  resize(slots: number): void;
  /** Fetches nothing more; what runs goes on, and what has not begun is put back. */
  pause(): void;
  resume(): void;
  /** Fetches over new connections from now on; what runs ends over those it came by. */
  rebuild(): Promise<void>;
  /**
   * Fetches nothing more, waits for what runs up to `graceMs`, gives the rest back. Returns the ids of what was given
   * back, or left to its lease because the backend did not answer. Takes at most `graceMs` and five seconds. A second call
   * may shorten the wait of the first.
   */
  stop(graceMs: number): Promise<string[]>;
}

/** Connections to fetch over: those that are shared, or with `fresh` ones of the fetcher's own. */
export type Connect = (fresh: boolean) => Promise<BullLink & { bull: BullMq }>;

const CLOSE_MS = 5_000;

export async function openConsumer(
  queue: string,
  connect: Connect,
  options: ConsumerOptions,
): Promise<Consumer> {
  const consumer = new QueueConsumer(queue, connect, options);
  await consumer.open(false);
  return consumer;
}

class QueueConsumer implements Consumer {
  readonly queue: string;
  readonly #connect: Connect;
  readonly #options: ConsumerOptions;
  readonly #places: Places;
  /** A job that is given out again after its lease was lost may be here twice. */
  readonly #running = new Set<{ id: string; slot: Slot; by: Fetcher }>();
  readonly #handedBack: string[] = [];
  /** Closing: they fetch nothing more, but what they hold has not ended. */
  readonly #retired = new Set<Fetcher>();
  #bull!: BullMq;
  #fetcher: Fetcher | undefined;
  #fetchedAtMs = performance.now();
  #isPaused = false;
  #isStopped = false;

  constructor(queue: string, connect: Connect, options: ConsumerOptions) {
    this.queue = queue;
    this.#connect = connect;
    this.#options = options;
    this.#places = new Places(options.concurrency, () => this.#setFetches());
  }

  get slots(): number {
    return this.#places.concurrency;
  }

  get fetchedAtMs(): number {
    return this.#fetchedAtMs;
  }

  running(): number {
    return this.#running.size;
  }

  hasFreeSlot(): boolean {
    return this.#places.hasFree;
  }

  async open(fresh: boolean): Promise<void> {
    const { bull, ...link } = await this.#connect(fresh);
    if (this.#isStopped) return link.release?.();
    const { name, onStalledOut, onTrouble } = this.#options;
    this.#retire();
    this.#bull = bull;
    this.#fetchedAtMs = performance.now();
    this.#fetcher = new Fetcher(bull, link, {
      queue: this.queue,
      name,
      fetches: this.#fetches(),
      process: (job, token, fetcher) => this.#process(job, token, fetcher),
      onStalledOut,
      onTrouble,
    });
    if (this.#isPaused) this.#fetcher.pause();
  }

  resize(slots: number): void {
    this.#fetchedAtMs = performance.now();
    this.#places.resize(slots);
    this.#fetcher?.wake();
  }

  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#places.shut();
    this.#fetcher?.pause();
  }

  resume(): void {
    if (!this.#isPaused || this.#isStopped) return;
    this.#isPaused = false;
    this.#fetchedAtMs = performance.now();
    this.#places.reopen();
    this.#fetcher?.resume();
  }

  rebuild(): Promise<void> {
    return this.open(true);
  }

  async stop(graceMs: number): Promise<string[]> {
    this.#isStopped = true;
    this.#places.shut();
    this.#retire();
    const closed = Promise.all([...this.#retired].map((fetcher) => fetcher.close()));
    if (graceMs === Number.POSITIVE_INFINITY) {
      await closed;
      return this.#handedBack;
    }
    const timer = setTimeout(() => this.#giveBack(), graceMs);
    const inTime = await settlesWithin(closed, graceMs + CLOSE_MS);
    clearTimeout(timer);
    if (inTime) return this.#handedBack;
    return [...new Set([...this.#handedBack, ...[...this.#running].map(({ id }) => id)])];
  }

  #giveBack(): void {
    for (const { slot } of this.#running) {
      slot.handedBack = true;
      slot.stop.stop(new Error('the worker is stopping'));
    }
  }

  #retire(): void {
    const fetcher = this.#fetcher;
    if (fetcher === undefined) return;
    this.#fetcher = undefined;
    this.#retired.add(fetcher);
    fetcher.close().then(() => this.#retired.delete(fetcher));
  }

  async #process(job: Job, token: string | undefined, fetcher: Fetcher): Promise<unknown> {
    this.#fetchedAtMs = performance.now();
    const settling = { bull: this.#bull, holdQueue: (ms: number) => fetcher.hold(ms) };
    const hasPlace = await this.#places.take();
    if (!hasPlace || !this.#options.mayBegin()) {
      if (hasPlace) this.#places.open().close();
      // Fetched, but never begun: put back, with a mark that this start was no run.
      await job.updateData(markUnbegun(job.data as JobData, job.attemptsStarted)).catch(() => {});
      return settle(settling, job, token, { kind: 'handed-back' });
    }
    const outcome = await this.#run(job, fetcher);
    if (outcome.kind === 'handed-back') this.#handedBack.push(job.id!);
    return settle(settling, job, token, outcome);
  }

  async #run(job: Job, by: Fetcher): Promise<Outcome> {
    const place = this.#places.open();
    const slot: Slot = { stop: new StopSwitch(), handedBack: false, free: place.free };
    const run = { id: job.id!, slot, by };
    this.#running.add(run);
    try {
      return await this.#options.handler(toDelivered(job, this.queue), slot);
    } finally {
      place.close();
      this.#running.delete(run);
      if (this.#retired.has(by)) {
        this.#setFetches();
        this.#fetcher?.wake();
      }
    }
  }

  /** Jobs of retired fetchers have places too. */
  #fetches(): number {
    if (this.#retired.size === 0) return this.#places.toFetch;
    const elsewhere = [...this.#running].filter(({ by }) => this.#retired.has(by)).length;
    return Math.max(this.#places.toFetch - elsewhere, 1);
  }

  #setFetches(): void {
    if (this.#fetcher !== undefined) this.#fetcher.fetches = this.#fetches();
  }
}
