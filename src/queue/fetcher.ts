/** One worker of BullMQ's: fetches jobs of a queue over its own connection and keeps their leases. */
import type { Job, Worker } from 'bullmq';
import type { JobData } from './job.js';
import { leaseMs } from './lease.js';
import type { BullMq } from './libraries.js';
import type { BullLink } from './queues.js';
import { RetryError } from './settle.js';
import { describeTrouble } from './trouble.js';

export interface FetcherOptions {
  queue: string;
  /** The worker's id. */
  name: string;
  /** Jobs to hold at once. */
  fetches: number;
  process: (job: Job, token: string | undefined, fetcher: Fetcher) => Promise<unknown>;
  /** A job whose lease was lost too often; BullMQ has failed it. */
  onStalledOut: (job: { id: string; data: JobData; attempts: number }, reason: string) => void;
  onTrouble: (message: string) => void;
}

const STALLED_CHECKS_PER_LEASE = 3;
const RETRY_FETCH_MS = 1_000;
/** Leases a job may lose before it is taken for what kills its workers. */
const MAX_STALLED = 10;

export class Fetcher {
  readonly #worker: Worker;
  readonly #release: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  constructor(bull: BullMq, { options, factory, release }: BullLink, of: FetcherOptions) {
    const lease = leaseMs();
    this.#release = release;
    this.#worker = new bull.Worker(
      of.queue,
      (job: Job, token: string | undefined) => of.process(job, token, this),
      {
        ...options,
        name: of.name,
        concurrency: of.fetches,
        lockDuration: lease,
        stalledInterval: Math.ceil(lease / STALLED_CHECKS_PER_LEASE),
        maxStalledCount: MAX_STALLED,
        runRetryDelay: RETRY_FETCH_MS,
        settings: {
          backoffStrategy: (_made: number, _type: string | undefined, error: Error | undefined) =>
            error instanceof RetryError ? error.delayMs : -1,
        },
      } as never,
      factory as never,
    );
    this.#worker.on('error', (error) => {
      const trouble = describeTrouble(of.queue, error);
      if (trouble !== undefined) of.onTrouble(trouble);
    });
    this.#worker.on('failed', (job, error) => {
      if (job !== undefined && /stalled more than/.test(error.message)) {
        const attempts = job.attemptsMade + job.stalledCounter;
        of.onStalledOut({ id: job.id!, data: job.data as JobData, attempts }, error.message);
      }
    });
  }

  set fetches(jobs: number) {
    this.#worker.concurrency = jobs;
  }

  /** Fetches up to its number at once, and not only when the next of its jobs has ended. */
  wake(): void {
    if (this.#closed !== undefined || this.#worker.isPaused()) return;
    // One after the other and with nothing between: its loop sees no pause, only that it was woken.
    this.#worker.pause(true).catch(() => {});
    this.#worker.resume().catch(() => {});
  }

  /** Fetches nothing more; what it holds goes on. */
  pause(): void {
    this.#worker.pause(true).catch(() => {});
  }

  resume(): void {
    this.#worker.resume().catch(() => {});
    // Its loop may have been about to end as it was resumed, and then nobody would start it again.
    setImmediate(() => {
      const hasEnded = !this.#worker.isRunning() && !this.#worker.isPaused() && this.#closed === undefined;
      if (hasEnded) this.#worker.run().catch(() => {});
    });
  }

  /** Nothing of the queue is fetched for a while, by any worker. */
  async hold(ms: number): Promise<void> {
    await this.#worker.rateLimit(ms);
  }

  /** Fetches nothing more; resolves when all that it holds has ended and its connection is closed. Never rejects. */
  close(): Promise<void> {
    this.#closed ??= this.#worker
      .close()
      .catch(() => {})
      .finally(() => this.#release?.());
    return this.#closed;
  }
}
