/**
 * Looks at the jobs of a queue, one page or one job at a time, and moves single ones. Nothing here reads a queue whole: a
 * page costs as much with a million jobs as with ten. Where BullMQ does not tell something (until when a job is delayed,
 * when its lease ends, how many jobs are before it), its own keys and tables are read, and only here.
 */
import type { Job, JobType, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Priority, priorityWord } from '../core/priority.js';
import type { Database } from '../database/database.js';
import type { JobData } from './job.js';

/** BullMQ's own; jobs that it calls prioritized are waiting. */
export const JOB_STATES = [
  'waiting',
  'active',
  'delayed',
  'waiting-children',
  'completed',
  'failed',
] as const;
export type JobState = (typeof JOB_STATES)[number];

export interface JobRef {
  id: string;
  queue: string;
}

/** Times are epoch ms. */
export interface QueuedJob extends JobRef {
  task: string;
  state: JobState;
  data: JobData;
  priority: Priority | null;
  addedAtMs: number;
  /** Null when it is not delayed. */
  delayedUntilMs: number | null;
  /** Of the newest start. */
  startedAtMs: number | null;
  endedAtMs: number | null;
  attemptsMade: number;
  maxAttempts: number;
  starts: number;
  leasesLost: number;
  progress: unknown;
  value: unknown;
  failedReason: string | null;
  /** Id of the worker that started it last. */
  worker: string | null;
  /** The lease of the worker that runs it ends then, unless it is renewed. */
  leaseEndsAtMs: number | null;
  parent: JobRef | null;
  deduplicationId: string | null;
}

export interface JobPage {
  /** Waiting jobs in the order in which they will run, delayed ones by their time, ended ones newest first. */
  jobs: QueuedJob[];
  /** Jobs of the queue in that state. */
  total: number;
}

/** What a job that has children waits for. */
export interface Children {
  completed: number;
  /** Not completed: waiting, running or failed. */
  open: number;
  /** The first of them. */
  openJobs: JobRef[];
}

export interface InspectorOptions {
  /** Waits out a backend that is away. */
  ask: <T>(queue: string, work: (producer: Queue) => Promise<T>) => Promise<T>;
  db: Database;
  /** Undefined where jobs live in the database. */
  redis: () => Promise<Redis | undefined>;
}

const SHOWN_CHILDREN = 20;
/** In the database each read takes a connection, of which the server has a hundred for all workers together. */
const READ_AT_ONCE = 4;
const MOST_AHEAD = 100_000;

export class Inspector {
  readonly #options: InspectorOptions;

  constructor(options: InspectorOptions) {
    this.#options = options;
  }

  async page(
    queue: string,
    state: JobState,
    { offset, limit }: { offset: number; limit: number },
  ): Promise<JobPage> {
    return this.#options.ask(queue, async (producer) => {
      const parts: JobType[] = state === 'waiting' ? ['waiting', 'prioritized'] : [state];
      const counts = await countEach(producer, parts);
      const ids = await rangeOver(producer, parts, counts, { offset, limit });
      const atOnce = (await this.#options.redis()) === undefined ? READ_AT_ONCE : ids.length;
      const jobs: (QueuedJob | undefined)[] = [];
      for (let first = 0; first < ids.length; first += atOnce) {
        const some = ids.slice(first, first + atOnce);
        jobs.push(...(await Promise.all(some.map((id) => this.#read(producer, id, state)))));
      }
      return {
        jobs: jobs.filter((job) => job !== undefined),
        total: counts.reduce((sum, count) => sum + count, 0),
      };
    });
  }

  /** Undefined when the queue has no such job. */
  async job(queue: string, id: string): Promise<QueuedJob | undefined> {
    return this.#options.ask(queue, async (producer) => {
      const state = await producer.getJobState(id);
      if (state === 'unknown') return undefined;
      return this.#read(producer, id, state === 'prioritized' ? 'waiting' : (state as JobState));
    });
  }

  /** How many jobs of its queue come before a waiting job; PostgreSQL stops counting at {@link MOST_AHEAD}. */
  async ahead(queue: string, id: string): Promise<{ jobs: number; isAtLeast: boolean }> {
    return this.#options.ask(queue, async (producer) => {
      const redis = await this.#options.redis();
      if (redis === undefined) {
        const jobs = await this.#aheadInDatabase(queue, id);
        return { jobs, isAtLeast: jobs === MOST_AHEAD };
      }
      return { jobs: await aheadInRedis(redis, producer, id), isAtLeast: false };
    });
  }

  async children(queue: string, id: string): Promise<Children> {
    return this.#options.ask(queue, async ({ backend }) => {
      const [completed = 0, open = 0] = await backend.getDependencyCounts(id, ['processed', 'unprocessed']);
      const { unprocessed = [] } = await backend.getDependencies(id, {
        unprocessed: { cursor: 0, count: SHOWN_CHILDREN },
      });
      const refs = unprocessed.slice(0, SHOWN_CHILDREN).map((key) => {
        const child = backend.parseNodeKey(key);
        return { id: child.id, queue: child.queueName };
      });
      return { completed, open, openJobs: refs };
    });
  }

  /** What may hold back a queue as a whole. `rateLimitedMs` is 0 when its rate limit has room. */
  async brakes(
    queue: string,
  ): Promise<{ isPaused: boolean; rateLimitedMs: number; concurrency: number | null; active: number }> {
    return this.#options.ask(queue, async (producer) => {
      const [isPaused, ttlMs, concurrency, active] = await Promise.all([
        producer.isPaused(),
        producer.getRateLimitTtl(),
        producer.getGlobalConcurrency(),
        producer.getActiveCount(),
      ]);
      return { isPaused, rateLimitedMs: Math.max(ttlMs, 0), concurrency, active };
    });
  }

  /** False when it is not there, or a worker holds it. Its children stay. */
  async remove({ queue, id }: JobRef): Promise<boolean> {
    return this.#options.ask(queue, async ({ backend }) => (await backend.remove(id, false)) > 0);
  }

  /** A delayed job may run now; false when it is not delayed. */
  async promote({ queue, id }: JobRef): Promise<boolean> {
    return this.#move(queue, ({ backend }) => backend.promote(id));
  }

  /** A failed job runs again with all its attempts; false when it has not failed. */
  async retry({ queue, id }: JobRef): Promise<boolean> {
    return this.#move(queue, async (producer) => {
      const job = await producer.getJob(id);
      await job?.retry('failed', { resetAttemptsMade: true });
      return job !== undefined;
    });
  }

  async #move(queue: string, work: (producer: Queue) => Promise<unknown>): Promise<boolean> {
    return this.#options.ask(queue, async (producer) => {
      try {
        return (await work(producer)) !== false;
      } catch (error) {
        if (/is not in the .* state|Missing key for job/.test((error as Error).message)) return false;
        throw error;
      }
    });
  }

  async #read(producer: Queue, id: string, state: JobState): Promise<QueuedJob | undefined> {
    const [job, times] = await Promise.all([producer.getJob(id), this.#times(producer, id, state)]);
    return job === undefined || job === null ? undefined : toQueuedJob(producer, job, state, times);
  }

  /** `delayedUntilMs` and `leaseEndsAtMs`. */
  async #times(producer: Queue, id: string, state: JobState): Promise<JobTimes> {
    if (state !== 'delayed' && state !== 'active') return NO_TIMES;
    const redis = await this.#options.redis();
    if (redis === undefined) return this.#timesInDatabase(producer.name, id, state);
    if (state === 'delayed') {
      const score = await redis.zscore(producer.keys.delayed!, id);
      return { ...NO_TIMES, delayedUntilMs: score === null ? null : Math.floor(Number(score) / 0x1000) };
    }
    const leftMs = await redis.pttl(producer.toKey(`${id}:lock`));
    return { ...NO_TIMES, leaseEndsAtMs: leftMs > 0 ? Date.now() + leftMs : null };
  }

  async #timesInDatabase(queue: string, id: string, state: JobState): Promise<JobTimes> {
    const { rows } = await this.#options.db.query<{ ready: string | null; lease: string | null }>(
      'select process_at_ms::text as ready, locked_until_ms::text as lease from bullmq.job where queue = $1 and id = $2',
      [queue, id],
    );
    const { ready = null, lease = null } = rows[0] ?? {};
    return {
      delayedUntilMs: state === 'delayed' && ready !== null ? Number(ready) : null,
      leaseEndsAtMs: state === 'active' && lease !== null ? Number(lease) : null,
    };
  }

  async #aheadInDatabase(queue: string, id: string): Promise<number> {
    const { rows } = await this.#options.db.query<{ ahead: number }>(
      `select count(*)::int as ahead from (
         select 1 from bullmq.job before, bullmq.job mine
         where mine.queue = $1 and mine.id = $2 and mine.state = 'waiting'
           and before.queue = $1 and before.state = 'waiting'
           and (before.priority, before.seq) < (mine.priority, mine.seq)
         limit ${MOST_AHEAD}) few`,
      [queue, id],
    );
    return rows[0]?.ahead ?? 0;
  }
}

interface JobTimes {
  delayedUntilMs: number | null;
  leaseEndsAtMs: number | null;
}

const NO_TIMES: JobTimes = { delayedUntilMs: null, leaseEndsAtMs: null };

/** BullMQ takes jobs without a priority first, from the end of their list. */
async function aheadInRedis(redis: Redis, { keys }: Queue, id: string): Promise<number> {
  const plain = await redis.llen(keys.wait!);
  const rank = await redis.zrank(keys.prioritized!, id);
  if (rank !== null) return plain + rank;
  const fromNewest = await redis.lpos(keys.wait!, id);
  return fromNewest === null ? 0 : Math.max(plain - 1 - fromNewest, 0);
}

/** A paused queue's waiting jobs are counted apart in PostgreSQL. */
async function countEach(producer: Queue, parts: readonly JobType[]): Promise<number[]> {
  const counts = await producer.getJobCounts(...parts, 'paused' as JobType);
  return parts.map((part) => (counts[part] ?? 0) + (part === 'waiting' ? (counts.paused ?? 0) : 0));
}

/** Ids from `offset` on of all parts one after another, as if they were one list. */
async function rangeOver(
  producer: Queue,
  parts: readonly JobType[],
  counts: readonly number[],
  { offset, limit }: { offset: number; limit: number },
): Promise<string[]> {
  const ids: string[] = [];
  let skip = offset;
  for (const [index, part] of parts.entries()) {
    const wanted = Math.min(counts[index]! - skip, limit - ids.length);
    if (wanted > 0)
      ids.push(...(await producer.getRanges([part], skip, skip + wanted - 1, !isNewestFirst(part))));
    skip = Math.max(skip - counts[index]!, 0);
  }
  return ids;
}

function isNewestFirst(part: JobType): boolean {
  return part === 'completed' || part === 'failed';
}

function toQueuedJob(producer: Queue, job: Job, state: JobState, times: JobTimes): QueuedJob {
  const isEnded = state === 'completed' || state === 'failed';
  return {
    id: job.id!,
    queue: producer.name,
    task: job.name,
    state,
    data: job.data as JobData,
    priority: job.priority > 0 ? priorityWord(job.priority) : null,
    addedAtMs: job.timestamp,
    ...times,
    startedAtMs: job.processedOn ?? null,
    endedAtMs: isEnded ? (job.finishedOn ?? null) : null,
    attemptsMade: job.attemptsMade,
    maxAttempts: job.opts.attempts ?? 1,
    starts: job.attemptsStarted,
    leasesLost: job.stalledCounter,
    progress: job.progress,
    value: job.returnvalue ?? null,
    failedReason: job.failedReason ?? null,
    worker: job.processedBy ?? null,
    parent: toParent(producer, job),
    deduplicationId: job.deduplicationId ?? null,
  };
}

function toParent({ backend }: Queue, job: Job): JobRef | null {
  if (job.parentKey === undefined) return null;
  const parent = backend.parseNodeKey(job.parentKey);
  return { id: parent.id, queue: parent.queueName };
}
