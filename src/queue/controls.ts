/**
 * What operators see of a queue and do to it as a whole. Nothing here reads a queue whole: the facts cost as much with a
 * million jobs as with ten on Redis; PostgreSQL counts its rows.
 */
import type { JobType, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Rate } from '../core/rate.js';
import type { Database } from '../database/database.js';

export interface QueueCounts {
  waiting: number;
  active: number;
  delayed: number;
  /** Every job of ours has a priority: these could run now. */
  prioritized: number;
  waitingChildren: number;
  completed: number;
  failed: number;
}

export interface QueueFacts {
  isPaused: boolean;
  counts: QueueCounts;
  /** Since the oldest job that could run now could first have run. Null when there is none. */
  oldestWaitingMs: number | null;
  /** Completed jobs: those of the last minute, or at the pace of the newest events when a minute has more than are read. */
  ratePerMin: number;
  rate: Rate | undefined;
  concurrency: number | undefined;
}

export interface ControlsOptions {
  /** Waits out a backend that is away. */
  ask: <T>(queue: string, work: (producer: Queue) => Promise<T>) => Promise<T>;
  db: Database;
  /** Undefined where jobs live in the database. */
  redis: () => Promise<{ client: Redis; prefix: string } | undefined>;
}

const READ_EVENTS = 2_000;
const MINUTE_MS = 60_000;
/** Distinct priorities that are looked at: those of one word and one day are 144. */
const MOST_STEPS = 600;

export class Controls {
  readonly #options: ControlsOptions;
  readonly #remembered = new Set<string>();

  constructor(options: ControlsOptions) {
    this.#options = options;
  }

  /** A queue that a job was added to is listed from then on. */
  async remember(queue: string): Promise<void> {
    if (this.#remembered.has(queue)) return;
    const redis = await this.#options.redis();
    await redis?.client.sadd(`${redis.prefix}-queues`, queue);
    this.#remembered.add(queue);
  }

  /** Queues that have, or on Redis had, jobs. */
  async names(): Promise<string[]> {
    const redis = await this.#options.redis();
    if (redis !== undefined) return redis.client.smembers(`${redis.prefix}-queues`);
    const { rows } = await this.#options.db.query<{ queue: string }>(
      `with recursive name as (
         (select queue from bullmq.job order by queue limit 1)
         union all
         select (select job.queue from bullmq.job where job.queue > name.queue order by job.queue limit 1) from name
         where name.queue is not null
       ) select queue from name where queue is not null`,
    );
    return rows.map(({ queue }) => queue);
  }

  async counts(queue: string): Promise<QueueCounts> {
    return this.#options.ask(queue, readCounts);
  }

  async facts(queue: string): Promise<QueueFacts> {
    return this.#options.ask(queue, async (producer) => {
      const [counts, meta, isPaused, pace] = await Promise.all([
        readCounts(producer),
        producer.getMeta(),
        producer.isPaused(),
        this.#pace(producer),
      ]);
      const { max, duration, concurrency } = meta;
      return {
        isPaused,
        counts,
        oldestWaitingMs: pace.oldestAtMs === null ? null : Math.max(Date.now() - pace.oldestAtMs, 0),
        ratePerMin: perMinute(pace),
        rate: max === undefined || duration === undefined ? undefined : { count: max, perMs: duration },
        concurrency,
      };
    });
  }

  /** No worker starts another job of it; what runs goes on. */
  async pause(queue: string): Promise<void> {
    await this.#options.ask(queue, (producer) => producer.pause());
  }

  async resume(queue: string): Promise<void> {
    await this.#options.ask(queue, (producer) => producer.resume());
  }

  /** For all workers together; those that wait for the rate before hear of it within half a minute. */
  async setRate(queue: string, rate: Rate | undefined): Promise<void> {
    await this.#options.ask(queue, (producer) =>
      rate === undefined
        ? producer.removeGlobalRateLimit()
        : producer.setGlobalRateLimit(rate.count, rate.perMs),
    );
  }

  /** Jobs at once over all workers together. */
  async setConcurrency(queue: string, jobs: number | undefined): Promise<void> {
    await this.#options.ask(queue, (producer) =>
      jobs === undefined ? producer.removeGlobalConcurrency() : producer.setGlobalConcurrency(jobs),
    );
  }

  /** Ids of jobs that have not begun, delayed ones too; the first of them. */
  async unbegun(queue: string, limit: number): Promise<string[]> {
    return this.#options.ask(queue, async (producer) => {
      for (const part of ['delayed', 'waiting', 'prioritized'] as const) {
        const ids = await producer.getRanges([part], 0, limit - 1, true);
        if (ids.length > 0) return ids;
      }
      return [];
    });
  }

  /** Returns how many were there and not held by a worker. */
  async remove(queue: string, ids: readonly string[]): Promise<number> {
    return this.#options.ask(queue, async ({ backend }) => {
      if ((await this.#options.redis()) !== undefined) {
        const removed = await Promise.all(ids.map((id) => backend.remove(id, true)));
        return removed.reduce((sum, one) => sum + one, 0);
      }
      const { rows } = await this.#options.db.query<{ removed: number }>(
        'select coalesce(sum(bullmq.remove($1, id, true)), 0)::int as removed from unnest($2::text[]) as id',
        [queue, ids],
      );
      return rows[0]!.removed;
    });
  }

  /** Removes at most `limit` jobs that ended longer than `olderMs` ago. Returns their ids. */
  async clean(
    queue: string,
    state: 'completed' | 'failed',
    { olderMs, limit }: { olderMs: number; limit: number },
  ): Promise<string[]> {
    return this.#options.ask(queue, (producer) => producer.clean(olderMs, limit, state));
  }

  /** How many jobs ended in `state` longer than `olderMs` ago. */
  async countOlder(queue: string, state: 'completed' | 'failed', olderMs: number): Promise<number> {
    return this.#options.ask(queue, async (producer) => {
      const beforeMs = Date.now() - olderMs;
      const redis = await this.#options.redis();
      if (redis !== undefined) return redis.client.zcount(producer.keys[state]!, '-inf', beforeMs);
      const { rows } = await this.#options.db.query<{ jobs: number }>(
        'select count(*)::int as jobs from bullmq.job where queue = $1 and state = $2 and finished_at_ms <= $3',
        [queue, state, beforeMs],
      );
      return rows[0]!.jobs;
    });
  }

  async #pace(producer: Queue): Promise<Pace> {
    const redis = await this.#options.redis();
    if (redis !== undefined) return paceInRedis(redis.client, producer);
    const { rows } = await this.#options.db.query<{
      oldest: string | null;
      entries: number;
      completed: number;
      span: number;
    }>(PACE_IN_DATABASE, [producer.name, READ_EVENTS, MOST_STEPS, MINUTE_MS]);
    const { oldest, entries, completed, span } = rows[0]!;
    return { oldestAtMs: oldest === null ? null : Number(oldest), entries, completed, spanMs: span };
  }
}

async function readCounts(producer: Queue): Promise<QueueCounts> {
  // A paused queue's waiting jobs are counted apart in PostgreSQL.
  const counts = await producer.getJobCounts(
    'waiting',
    'paused' as JobType,
    'active',
    'delayed',
    'prioritized',
    'waiting-children',
    'completed',
    'failed',
  );
  return {
    waiting: (counts.waiting ?? 0) + (counts.paused ?? 0),
    active: counts.active ?? 0,
    delayed: counts.delayed ?? 0,
    prioritized: counts.prioritized ?? 0,
    waitingChildren: counts['waiting-children'] ?? 0,
    completed: counts.completed ?? 0,
    failed: counts.failed ?? 0,
  };
}

interface Pace {
  /** When the oldest of the jobs that could run now could first have run. */
  oldestAtMs: number | null;
  /** Of the newest events: how many were read, how many of the last minute's are completions, and how old the oldest is. */
  entries: number;
  completed: number;
  spanMs: number;
}

function perMinute({ entries, completed, spanMs }: Pace): number {
  const isCut = entries === READ_EVENTS && spanMs < MINUTE_MS;
  return isCut ? Math.round((completed * MINUTE_MS) / Math.max(spanMs, 1)) : completed;
}

/**
 * Jobs of one priority run in the order they came, so the oldest of all is among the first of each priority: these are
 * stepped through by the index. A job's delay is part of its options, and its wait begins after it.
 */
const PACE_IN_DATABASE = `
  with recursive step as (
    (select priority, added_at_ms, opts, 1 as number from bullmq.job where queue = $1 and state = 'waiting'
     order by priority, seq limit 1)
    union all
    select next.priority, next.added_at_ms, next.opts, step.number + 1
    from step, lateral (
      select priority, added_at_ms, opts from bullmq.job
      where queue = $1 and state = 'waiting' and priority > step.priority order by priority, seq limit 1) next
    where step.number < $3
  ), clock as (select extract(epoch from clock_timestamp()) * 1000 as now
  ), newest as (
    select event, created_at_ms from bullmq.event where queue = $1 order by id desc limit $2
  )
  select (select min(added_at_ms + coalesce((opts->>'delay')::bigint, 0))::text from step) as oldest,
    count(*)::int as entries,
    count(*) filter (where event = 'completed' and created_at_ms > now - $4)::int as completed,
    coalesce(max(now) - min(created_at_ms), 0)::float8 as span
  from clock left join newest on true`;

/** The same; a job's score in `prioritized` is its priority times 2^32 and a running number. */
const PACE_IN_REDIS = `
local oldest = ''
local function look(id)
  local job = redis.call('HMGET', KEYS[3] .. id, 'timestamp', 'opts')
  if job[1] then
    local at = tonumber(job[1]) + (tonumber(cjson.decode(job[2] or '{}').delay) or 0)
    if oldest == '' or at < oldest then oldest = at end
  end
end
local first = redis.call('LINDEX', KEYS[2], -1)
if first then look(first) end
local from = '-inf'
for _ = 1, tonumber(ARGV[2]) do
  local next = redis.call('ZRANGEBYSCORE', KEYS[1], from, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if not next[1] then break end
  look(next[1])
  from = string.format('%.0f', (math.floor(tonumber(next[2]) / 0x100000000) + 1) * 0x100000000)
end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local events = redis.call('XREVRANGE', KEYS[4], '+', '-', 'COUNT', ARGV[1])
local completed, span = 0, 0
for _, entry in ipairs(events) do
  local age = now - tonumber(string.match(entry[1], '^%d+'))
  if entry[2][2] == 'completed' and age < tonumber(ARGV[3]) then completed = completed + 1 end
  span = age
end
return {oldest == '' and '' or string.format('%.0f', oldest), #events, completed, span}
`;

interface PaceCommand {
  sluicePace(
    ...args: (string | number)[]
  ): Promise<[oldest: string, entries: number, completed: number, span: number]>;
}

async function paceInRedis(client: Redis, producer: Queue): Promise<Pace> {
  const { keys } = producer;
  if (!('sluicePace' in client)) client.defineCommand('sluicePace', { numberOfKeys: 4, lua: PACE_IN_REDIS });
  const [oldest, entries, completed, spanMs] = await (client as unknown as PaceCommand).sluicePace(
    keys.prioritized!,
    keys.wait!,
    producer.toKey(''),
    keys.events!,
    READ_EVENTS,
    MOST_STEPS,
    MINUTE_MS,
  );
  return { oldestAtMs: oldest === '' ? null : Number(oldest), entries, completed, spanMs };
}
