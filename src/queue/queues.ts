/**
 * The queue backend: Redis when there is a URL for it, else the database. This folder is the only one that knows
 * BullMQ and ioredis; everything above sees queues by name and jobs as plain data.
 */
import type { Queue } from 'bullmq';
import { settlesWithin } from '../core/deadline.js';
import { BackendError } from '../core/error.js';
import type { Database, Transaction } from '../database/database.js';
import { type Consumer, type ConsumerOptions, openConsumer } from './consumer.js';
import type { JobData, NewJob } from './job.js';
import { toBulkJob } from './job.js';
import { poolForBullMq } from './pool.js';
import { openRedis, type RedisLink, redisLabel } from './redis.js';
import { describeTrouble, isOfConnection } from './trouble.js';

export type BullMq = typeof import('bullmq');

export interface QueueCounts {
  waiting: number;
  active: number;
  delayed: number;
  prioritized: number;
  failed: number;
}

export interface FoundJob {
  state: string;
  failedReason: string | undefined;
  /** What a completed job returned. */
  value: unknown;
  data: JobData;
}

export interface QueuesOptions {
  database: Database;
  redisUrl?: string | undefined;
  /** Keeps apart projects that share one Redis. */
  installation: () => Promise<string>;
  /** Errors that recover by themselves: a connection that went away and is being rebuilt. */
  onTrouble?: (message: string) => void;
}

/** How long a command waits for a backend that is away. */
const AWAY_MS = 60_000;
const RETRY_MS = 250;
const CLOSE_MS = 2_000;
const MOST_FORGOTTEN = 10_000;
/** Each job is several commands and buffers: what lives shortly costs the garbage collector little. */
const ADDED_AT_ONCE = 250;

/** Every command waits up to a minute for a backend that is away, then throws {@link BackendError} `QUEUE_LOST`. */
export class Queues {
  readonly kind: 'redis' | 'postgres' | 'embedded';
  /** For people; secrets hidden. */
  readonly label: string;
  readonly #options: QueuesOptions;
  readonly #producers = new Map<string, Promise<Queue>>();
  #link: Promise<Link> | undefined;

  /** Opens nothing: the first use connects, or {@link connect} does. */
  constructor(options: QueuesOptions) {
    this.#options = options;
    this.kind = options.redisUrl === undefined ? options.database.kind : 'redis';
    this.label = options.redisUrl === undefined ? options.database.label : redisLabel(options.redisUrl);
  }

  /** @throws {BackendError} when Redis cannot be reached within its deadline */
  async connect(): Promise<void> {
    await this.#connected();
  }

  /** True when jobs can be added in the transaction that records their rows. */
  get joinsTransactions(): boolean {
    return this.kind !== 'redis';
  }

  /**
   * Adds jobs; one whose id is already in the queue is left as it is. With `tx` the jobs exist only once it commits.
   */
  async add(queue: string, jobs: readonly NewJob[], tx?: Transaction): Promise<void> {
    if (jobs.length === 0) return;
    if (tx === undefined || !this.joinsTransactions) {
      for (let first = 0; first < jobs.length; first += ADDED_AT_ONCE) {
        const some = jobs.slice(first, first + ADDED_AT_ONCE).map(toBulkJob);
        await this.#ask(queue, (producer) => producer.addBulk(some));
      }
      return;
    }
    const joined = openQueue(await this.#connected(), queue, {
      pool: tx.poolForQueue,
      onTrouble: this.#onTrouble,
    });
    try {
      await joined.addBulk(jobs.map(toBulkJob));
    } finally {
      await joined.close();
    }
  }

  async consume(queue: string, options: ConsumerOptions): Promise<Consumer> {
    const { bull, ...link } = await this.#connected();
    return openConsumer(bull, queue, link, options);
  }

  async counts(queue: string): Promise<QueueCounts> {
    const counts = await this.#ask(queue, (producer) =>
      producer.getJobCounts('waiting', 'active', 'delayed', 'prioritized', 'failed'),
    );
    return {
      waiting: (counts.waiting ?? 0) + (counts.paused ?? 0),
      active: counts.active ?? 0,
      delayed: counts.delayed ?? 0,
      prioritized: counts.prioritized ?? 0,
      failed: counts.failed ?? 0,
    };
  }

  async find(queue: string, jobId: string): Promise<FoundJob | undefined> {
    return this.#ask(queue, async (producer) => {
      // The state first: a job that completes in between is then seen once more, and never without its value.
      const state = await producer.getJobState(jobId);
      const job = await producer.getJob(jobId);
      if (job === undefined || job === null) return undefined;
      return { state, failedReason: job.failedReason, value: job.returnvalue, data: job.data as JobData };
    });
  }

  async remove(queue: string, jobId: string): Promise<void> {
    await this.#ask(queue, (producer) => producer.remove(jobId));
  }

  /** Removes completed jobs older than `ageMs`, and the oldest of those beyond `count`; at most 10,000 a call. */
  async forgetCompleted(queue: string, { ageMs, count }: { ageMs: number; count: number }): Promise<void> {
    await this.#ask(queue, async (producer) => {
      await producer.clean(ageMs, MOST_FORGOTTEN, 'completed');
      const beyond = (await producer.getCompletedCount()) - count;
      if (beyond > 0) await producer.clean(0, Math.min(beyond, MOST_FORGOTTEN), 'completed');
    });
  }

  /** Facts for doctor: the server's version and what of its settings endangers jobs. */
  async describe(): Promise<{ version: string; findings: { problem: string; fix: string }[] }> {
    const { redis } = await this.#connected();
    if (redis !== undefined) return redis.describe();
    const { rows } = await this.#options.database.query<{ v: string }>(
      "select current_setting('server_version') as v",
    );
    return { version: `PostgreSQL ${rows[0]?.v ?? 'unknown'}`, findings: [] };
  }

  async close(): Promise<void> {
    const closing = [...this.#producers.values()].map(async (queue) => (await queue).close());
    this.#producers.clear();
    await settlesWithin(Promise.allSettled(closing), CLOSE_MS);
    const link = await this.#link?.catch(() => undefined);
    await link?.redis?.close();
  }

  /** Jobs are added by id and everything else reads or removes: a second try does no harm. */
  async #ask<T>(name: string, work: (producer: Queue) => Promise<T>): Promise<T> {
    const producer = await this.#producer(name);
    const deadline = Date.now() + AWAY_MS;
    for (;;) {
      const answer = work(producer);
      if (!(await settlesWithin(answer, deadline - Date.now()))) throw lost(this.label);
      try {
        return await answer;
      } catch (error) {
        if (!isOfConnection(error)) throw error;
        if (Date.now() + RETRY_MS > deadline) throw lost(this.label, error);
        await new Promise((retry) => setTimeout(retry, RETRY_MS));
      }
    }
  }

  #producer(name: string): Promise<Queue> {
    const known = this.#producers.get(name);
    if (known !== undefined) return known;
    const queue = this.#connected().then((link) => openQueue(link, name, { onTrouble: this.#onTrouble }));
    this.#producers.set(name, queue);
    queue.catch(() => this.#producers.delete(name));
    return queue;
  }

  #connected(): Promise<Link> {
    this.#link ??= openLink(this.#options).catch((error: unknown) => {
      this.#link = undefined;
      throw error;
    });
    return this.#link;
  }

  readonly #onTrouble = (message: string): void => this.#options.onTrouble?.(message);
}

/** What every BullMQ object is opened with. */
export interface BullLink {
  options: { connection: unknown; prefix?: string };
  factory: unknown;
}

interface Link extends BullLink {
  bull: BullMq;
  redis: RedisLink | undefined;
}

async function openLink({ database, redisUrl, installation, onTrouble }: QueuesOptions): Promise<Link> {
  const bull = await import('bullmq');
  if (redisUrl === undefined) {
    return {
      bull,
      redis: undefined,
      options: { connection: poolForBullMq(database.poolForQueue) },
      factory: bull.createPostgresBackend,
    };
  }
  const redis = await openRedis(redisUrl, onTrouble);
  return {
    bull,
    redis,
    options: { connection: redis.client, prefix: `sluice:${await installation()}` },
    factory: undefined,
  };
}

function openQueue(
  { bull, options, factory }: Link,
  name: string,
  { pool, onTrouble }: { pool?: Transaction['poolForQueue']; onTrouble: (message: string) => void },
): Queue {
  const connection = pool === undefined ? {} : { connection: pool, skipMetasUpdate: true };
  const queue = new bull.Queue(name, { ...options, ...connection } as never, factory as never);
  queue.on('error', (error: Error) => {
    const trouble = describeTrouble(name, error);
    if (trouble !== undefined) onTrouble(trouble);
  });
  return queue as Queue;
}

function lost(label: string, cause?: unknown): BackendError {
  return new BackendError(`the queue at ${label} has not answered for ${AWAY_MS / 1000} s`, {
    code: 'QUEUE_LOST',
    hint: 'nothing that was recorded is lost: when it is back, the same command again goes on where this one stopped',
    details: { url: label },
    cause,
  });
}
