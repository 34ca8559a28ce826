/**
 * The queue backend: Redis when there is a URL for it, else the database. This folder is the only one that knows
 * BullMQ and ioredis; everything above sees queues by name and jobs as plain data.
 */
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { settlesWithin } from '../core/deadline.js';
import { BackendError } from '../core/error.js';
import type { Database, Transaction } from '../database/database.js';
import { canRun } from './can-run.js';
import type { Consumer, ConsumerOptions } from './consumer.js';
import { Controls, type QueueCounts } from './controls.js';
import { EventStream } from './event-stream.js';
import type { FlowNode } from './flows.js';
import { Inspector } from './inspect.js';
import type { JobData, NewJob } from './job.js';
import { type JobEntry, toEntry } from './job.js';
import { type BullMq, loadBullMq } from './libraries.js';
import { type Buckets, RateLimiter } from './limiter.js';
import { openRedis, type RedisLink, redisLabel } from './redis.js';
import { redisBuckets } from './redis-buckets.js';
import type { Requeue, RequeueBackend } from './requeue.js';
import { sqlBuckets } from './sql-buckets.js';
import { describeTrouble, isOfConnection, refusesToWrite } from './trouble.js';

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
const REQUEUED_AT_ONCE = 50;

/** Every command waits up to a minute for a backend that is away, then throws {@link BackendError} `QUEUE_LOST`. */
export class Queues {
  readonly kind: 'redis' | 'postgres' | 'embedded';
  /** For people; secrets hidden. */
  readonly label: string;
  readonly inspector: Inspector;
  /** What operators see of whole queues and do to them. */
  readonly controls: Controls;
  readonly eventStream: EventStream;
  /** Rate limits by name, shared by all workers. */
  readonly limiter: RateLimiter;
  readonly #options: QueuesOptions;
  readonly #producers = new Map<string, Promise<Queue>>();
  #link: Promise<Link> | undefined;
  #openBuckets: Buckets | undefined;

  /** Opens nothing: the first use connects, or {@link connect} does. */
  constructor(options: QueuesOptions) {
    this.#options = options;
    this.kind = options.redisUrl === undefined ? options.database.kind : 'redis';
    this.label = options.redisUrl === undefined ? options.database.label : redisLabel(options.redisUrl);
    this.inspector = new Inspector({
      ask: (queue, work) => this.#ask(queue, work),
      db: options.database,
      redis: async () => (await this.#connected()).redis?.client,
    });
    this.controls = new Controls({
      ask: (queue, work) => this.#ask(queue, work),
      db: options.database,
      redis: async () => this.#redis(),
    });
    this.eventStream = new EventStream({
      db: options.database,
      redis: async () => this.#redis(),
      patiently: (work) => this.#within(work),
    });
    this.limiter = new RateLimiter((work) => this.#within(async () => work(await this.#buckets())));
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
    await this.#within(() => this.controls.remember(queue));
    if (tx === undefined || !this.joinsTransactions) {
      for (let first = 0; first < jobs.length; first += ADDED_AT_ONCE) {
        const some = toEntries(jobs.slice(first, first + ADDED_AT_ONCE));
        await this.#ask(queue, (producer) => addEntries(producer, some));
      }
      return;
    }
    await this.#joinedBy(tx, queue, (joined) => addEntries(joined, toEntries(jobs)));
  }

  /**
   * Adds one job unless an equal one is there (see {@link UniqueJob}). `id` is the job that is in the queue afterwards;
   * `replaced` is the one whose place it took.
   */
  async addOne(queue: string, job: NewJob): Promise<{ id: string; replaced: string | undefined }> {
    await this.#within(() => this.controls.remember(queue));
    const entry = toEntry(job, Date.now());
    const id = await this.#ask(queue, async (producer) => (await addEntries(producer, [entry]))[0]!);
    if (id === job.id || job.unique?.latestWins !== true) return { id, replaced: undefined };
    const { isUnbegun, replaceInDatabase, replaceInRedis } = await import('./unique.js');
    if (!(await this.#ask(queue, (producer) => isUnbegun(producer, id)))) return { id, replaced: undefined };
    const now = this.joinsTransactions
      ? await this.#options.database.transaction((tx) =>
          this.#joinedBy(tx, queue, (joined) => replaceInDatabase({ queue: joined, tx }, id, entry)),
        )
      : await this.#ask(queue, (producer) => replaceInRedis(producer, id, entry));
    return { id: now, replaced: now === job.id ? id : undefined };
  }

  /** Runs failed jobs again; see {@link requeueAll}. With `tx` they wait only once it commits. */
  async requeue(wanted: readonly Requeue[], tx?: Transaction): Promise<Set<string>> {
    const { requeueAll } = await import('./requeue.js');
    const add = (queue: string, jobs: readonly NewJob[]) => this.add(queue, jobs, tx);
    if (tx === undefined) {
      const ask: RequeueBackend['in'] = (queue, work) => this.#ask(queue, work);
      return requeueAll({ atOnce: REQUEUED_AT_ONCE, in: ask, add }, wanted);
    }
    const joined = new Map<string, Promise<Queue>>();
    const open = (queue: string): Promise<Queue> => {
      const opened = joined.get(queue) ?? this.#joined(queue, tx);
      joined.set(queue, opened);
      return opened;
    };
    try {
      return await requeueAll({ atOnce: 1, in: async (queue, work) => work(await open(queue)), add }, wanted);
    } finally {
      for (const queue of joined.values()) await (await queue).close();
    }
  }

  /** Adds jobs that wait for other jobs, all or none; nothing when the last of them is there already. */
  async addFlow(root: FlowNode): Promise<void> {
    if ((await this.find(root.queue, root.job.id)) !== undefined) return;
    const { addFlow, queuesOf } = await import('./flows.js');
    for (const queue of queuesOf(root)) await this.#within(() => this.controls.remember(queue));
    const { bull, ...link } = await this.#connected();
    await this.#within(() =>
      addFlow(bull, link, root, (error) => {
        const trouble = describeTrouble(root.queue, error);
        if (trouble !== undefined) this.#onTrouble(trouble);
      }),
    );
  }

  async consume(queue: string, options: ConsumerOptions): Promise<Consumer> {
    const { openConsumer } = await import('./consumer.js');
    return openConsumer(
      queue,
      async (fresh) => {
        const link = await this.#connected();
        return fresh && link.redis !== undefined ? ownClient(link, link.redis.client) : link;
      },
      options,
    );
  }

  /** True when a worker with a free place would be given a job of this queue now: one waits, and nothing holds it back. */
  canRun(queue: string): Promise<boolean> {
    return this.#ask(queue, (producer) => canRun(producer, this.#options.database, this.kind));
  }

  /**
   * Cuts connections that are taken for dead, so that what waits on them is asked again over new ones. Returns whether
   * there were any: a backend that is known to be away is being connected to already.
   */
  async renewConnections(): Promise<boolean> {
    const { redis } = await this.#connected();
    return redis === undefined ? this.#options.database.renew() : redis.renew();
  }

  async counts(queue: string): Promise<QueueCounts> {
    return this.controls.counts(queue);
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

  async #joinedBy<T>(tx: Transaction, name: string, work: (queue: Queue) => Promise<T>): Promise<T> {
    const joined = await this.#joined(name, tx);
    try {
      return await work(joined);
    } finally {
      await joined.close();
    }
  }

  /** A queue whose statements are part of `tx`; close it. */
  async #joined(name: string, tx: Transaction): Promise<Queue> {
    const pool = tx.poolForQueue;
    const queue = openQueue(await this.#connected(), name, { pool, onTrouble: this.#onTrouble });
    await queue.waitUntilReady();
    return queue;
  }

  /** Jobs are added by id and everything else reads or removes: a second try does no harm. */
  async #ask<T>(name: string, work: (producer: Queue) => Promise<T>): Promise<T> {
    const producer = await this.#producer(name);
    return this.#within(() => work(producer));
  }

  async #within<T>(work: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + AWAY_MS;
    for (;;) {
      const answer = work();
      if (!(await settlesWithin(answer, deadline - Date.now()))) throw lost(this.label);
      try {
        return await answer;
      } catch (error) {
        if (refusesToWrite(error)) throw refused(this.label, error as Error);
        if (!isOfConnection(error)) throw error;
        if (Date.now() + RETRY_MS > deadline) throw lost(this.label, error);
        await new Promise((retry) => setTimeout(retry, RETRY_MS));
      }
    }
  }

  async #redis(): Promise<{ client: Redis; prefix: string } | undefined> {
    const { redis, options } = await this.#connected();
    return redis === undefined ? undefined : { client: redis.client, prefix: options.prefix! };
  }

  async #buckets(): Promise<Buckets> {
    const redis = await this.#redis();
    this.#openBuckets ??=
      redis === undefined ? sqlBuckets(this.#options.database) : redisBuckets(redis.client, redis.prefix);
    return this.#openBuckets;
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
  /** Of a connection of one's own: called when it is no longer used. */
  release?: () => void;
}

interface Link extends BullLink {
  bull: BullMq;
  redis: RedisLink | undefined;
}

async function openLink({ database, redisUrl, installation, onTrouble }: QueuesOptions): Promise<Link> {
  const bull = loadBullMq();
  if (redisUrl === undefined) {
    const { poolForBullMq } = await import('./pool.js');
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

/** The same Redis over a client that nobody else uses. */
function ownClient({ bull, options, factory }: Link, shared: Redis): BullLink & { bull: BullMq } {
  const client = shared.duplicate();
  // What goes wrong with it is told by whoever uses it.
  client.on('error', () => {});
  return {
    bull,
    options: { ...options, connection: client },
    factory,
    release: () => client.disconnect(),
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

function toEntries(jobs: readonly NewJob[]): JobEntry[] {
  const nowMs = Date.now();
  return jobs.map((job) => toEntry(job, nowMs));
}

/** Returns the ids of the jobs that are in the queue then, in order. */
async function addEntries(queue: Queue, entries: JobEntry[]): Promise<string[]> {
  await queue.waitUntilReady();
  return queue.backend.addJobs(entries as never);
}

function lost(label: string, cause?: unknown): BackendError {
  return new BackendError(`the queue at ${label} has not answered for ${AWAY_MS / 1000} s`, {
    code: 'QUEUE_LOST',
    hint: 'nothing that was recorded is lost: when it is back, the same command again goes on where this one stopped',
    details: { url: label },
    cause,
  });
}

function refused(label: string, cause: Error): BackendError {
  const isFull = cause.message.startsWith('OOM');
  return new BackendError(`the queue at ${label} refuses to write: ${cause.message.slice(0, 200)}`, {
    code: 'QUEUE_REFUSES_WRITES',
    hint: isFull
      ? 'give Redis more memory (maxmemory), or remove what is no longer needed: jobs queue clean'
      : 'see what the server says: redis-cli info; nothing that was recorded is lost',
    details: { url: label },
    cause,
  });
}
