/**
 * BullMQ's own event streams, read from a position: a Redis stream for each queue, or the table `bullmq.event`. Both keep
 * about the newest 10,000 events of a queue; a reader that comes back later finds the rest gone, and is told so.
 */
import type { Redis } from 'ioredis';
import type { Database } from '../database/database.js';
import { SettledIds, SNAPSHOT_COLUMNS } from '../database/settled-ids.js';

/** Plain JSON: it travels in cursors. */
export interface StreamPosition {
  /** Queues that nothing was read of yet are read from this time (epoch ms; the backend's clock). */
  startMs: number;
  /** In PostgreSQL: the highest id read, over all queues. */
  through: number;
  /** The event read last, by queue; `=` and an id: the first that is left behind a gap, to be read next. */
  last: Record<string, string>;
}

export interface StreamEvent {
  queue: string;
  /** BullMQ's name for it: `added`, `waiting`, `retries-exhausted`, … */
  name: string;
  id: string;
  /** The backend's clock. */
  atMs: number;
  job: string | null;
  /** Of `added`. */
  task: string | null;
  /** The state before. */
  prev: string | null;
  /** Epoch ms; of `delayed`. */
  untilMs: number | null;
  /** Of `failed`. */
  reason: string | null;
  /** JSON, of `progress`; cut. */
  progress: string | null;
}

/** Events of this queue are gone that nobody here has read. */
export interface StreamGap {
  queue: string;
  /** They happened after this (epoch ms); null when that is not known. */
  afterMs: number | null;
  beforeMs: number;
  /** The first event that is left. */
  firstId: string;
}

export interface StreamPage {
  /** In the order in which they happened in each queue; in PostgreSQL one list for all queues. Of one that is cut there is more. */
  lists: { events: StreamEvent[]; isCut: boolean }[];
  gaps: StreamGap[];
  /** Events are being written before those that could be read: look again soon. */
  isPending: boolean;
}

/** What a job says of its newest start. Times are epoch ms. */
export interface JobRun {
  task: string;
  worker: string | null;
  startedAtMs: number | null;
  endedAtMs: number | null;
  /** As `ctx.attempt` counts. */
  attempt: number;
}

export interface EventStreamOptions {
  db: Database;
  /** Undefined where jobs live in the database. */
  redis: () => Promise<{ client: Redis; prefix: string } | undefined>;
  /** Waits out a backend that is away. */
  patiently: <T>(work: () => Promise<T>) => Promise<T>;
}

const PAGE = 1_000;
/** What BullMQ keeps of a queue when nobody says otherwise. */
const KEPT = 10_000;
const PROGRESS_LENGTH = 200;

export class EventStream {
  readonly #options: EventStreamOptions;

  constructor(options: EventStreamOptions) {
    this.#options = options;
  }

  /** Where to begin for what happened since then; gaps when older events of that time are gone. */
  async start(sinceMs: number): Promise<{ position: StreamPosition; gaps: StreamGap[] }> {
    const redis = await this.#options.redis();
    if (redis === undefined) return this.#options.patiently(() => startInTable(this.#options.db, sinceMs));
    return { position: { startMs: sinceMs, through: 0, last: {} }, gaps: [] };
  }

  /**
   * Reads on from positions. In PostgreSQL every queue is read; `queues` says which are on Redis. A reader is for one
   * pass over the stream, as it remembers what it waits for.
   */
  reader(): (position: StreamPosition, queues: readonly string[]) => Promise<StreamPage> {
    const { db, patiently } = this.#options;
    const settled = new SettledIds({ isSerial: db.kind === 'embedded' });
    return async (position, queues) => {
      const redis = await this.#options.redis();
      return patiently(() =>
        redis === undefined ? readTable(db, settled, position) : readStreams(redis, position, queues),
      );
    };
  }

  /** By {@link jobKey}, those that are still in their queue. */
  async runs(jobs: readonly { queue: string; id: string }[]): Promise<Map<string, JobRun>> {
    if (jobs.length === 0) return new Map();
    const redis = await this.#options.redis();
    return this.#options.patiently(() =>
      redis === undefined ? runsInTable(this.#options.db, jobs) : runsInRedis(redis, jobs),
    );
  }
}

/** The position once `event` has been read, and all before it. */
export function after(position: StreamPosition, event: StreamEvent): StreamPosition {
  return {
    ...position,
    through: event.id.includes('-') ? position.through : Number(event.id),
    last: { ...position.last, [event.queue]: event.id },
  };
}

/** The position behind a gap that has been told: it is not told again. */
export function afterGap(position: StreamPosition, { queue, firstId }: StreamGap): StreamPosition {
  return { ...position, last: { ...position.last, [queue]: `=${firstId}` } };
}

export function jobKey({ queue, id }: { queue: string; id: string }): string {
  return `${queue}:${id}`;
}

interface RedisPlace {
  client: Redis;
  prefix: string;
}

const key = ({ prefix }: RedisPlace, queue: string, part: string): string => `${prefix}:${queue}:${part}`;

async function readStreams(
  redis: RedisPlace,
  position: StreamPosition,
  queues: readonly string[],
): Promise<StreamPage> {
  const pages = await Promise.all(queues.map((queue) => readStream(redis, queue, position)));
  return {
    lists: pages.map(({ events, isCut }) => ({ events, isCut })),
    gaps: pages.flatMap(({ gap }) => (gap === undefined ? [] : [gap])),
    isPending: false,
  };
}

async function readStream(
  redis: RedisPlace,
  queue: string,
  position: StreamPosition,
): Promise<{ events: StreamEvent[]; isCut: boolean; gap: StreamGap | undefined }> {
  const last = position.last[queue];
  // The event read last is asked for again: when it is gone, so may be others behind it.
  const from = last?.replace('=', '') ?? `${position.startMs}-0`;
  const entries = await redis.client.xrange(key(redis, queue, 'events'), from, '+', 'COUNT', PAGE);
  const isAnchored = entries[0]?.[0] === last;
  const events = (isAnchored ? entries.slice(1) : entries).map(([id, fields]) =>
    fromStream(queue, id, fields),
  );
  const isCut = entries.length === PAGE;
  const [first] = events;
  if (first === undefined || isAnchored || last?.startsWith('=') === true)
    return { events, isCut, gap: undefined };
  const isGone = last !== undefined || (await wasTrimmed(redis, queue, first.id));
  const afterMs = last === undefined ? position.startMs : timeOf(last);
  return {
    events,
    isCut,
    gap: isGone ? { queue, afterMs, beforeMs: first.atMs, firstId: first.id } : undefined,
  };
}

/** True when events before `id` were in the stream, which begins with it now. */
async function wasTrimmed(redis: RedisPlace, queue: string, id: string): Promise<boolean> {
  const info = toRecord((await redis.client.xinfo('STREAM', key(redis, queue, 'events'))) as unknown[]);
  if ((info['first-entry'] as [string, string[]] | null)?.[0] !== id) return false;
  const length = Number(info.length);
  // Counted since Redis 7; before, a stream that is full may have been trimmed.
  const added = info['entries-added'];
  return added === undefined ? length >= KEPT : Number(added) > length;
}

function fromStream(queue: string, id: string, pairs: readonly string[]): StreamEvent {
  return toEvent({ queue, id, atMs: timeOf(id), fields: toRecord(pairs) as Record<string, string> });
}

function toEvent(from: {
  queue: string;
  id: string;
  atMs: number;
  fields: Record<string, string | null | undefined>;
}): StreamEvent {
  const { fields } = from;
  return {
    queue: from.queue,
    name: fields.event ?? '',
    id: from.id,
    atMs: from.atMs,
    job: fields.jobId ?? null,
    task: fields.name ?? null,
    prev: fields.prev ?? null,
    untilMs: fields.delay === undefined || fields.delay === null ? null : Number(fields.delay),
    reason: fields.failedReason ?? null,
    progress: fields.event === 'progress' ? (fields.data?.slice(0, PROGRESS_LENGTH) ?? null) : null,
  };
}

async function runsInRedis(
  redis: RedisPlace,
  jobs: readonly { queue: string; id: string }[],
): Promise<Map<string, JobRun>> {
  const pipeline = redis.client.pipeline();
  for (const { queue, id } of jobs)
    pipeline.hmget(key(redis, queue, id), 'name', 'pb', 'processedOn', 'finishedOn', 'atm', 'stc');
  const answers = (await pipeline.exec()) ?? [];
  return new Map(
    answers.flatMap(([error, values], index) => {
      if (error !== null) throw error;
      const [task, worker, started, ended, made, lost] = values as (string | null)[];
      if (task === null || task === undefined) return [];
      const run = {
        worker: worker ?? null,
        startedAtMs: numberOf(started),
        endedAtMs: numberOf(ended),
        attempt: Number(made ?? 0) + Number(lost ?? 0),
      };
      return [[jobKey(jobs[index]!), { task, ...run }]];
    }),
  );
}

/** Behind the last event that is older, so that one that is still being written is waited for. */
async function startInTable(
  db: Database,
  sinceMs: number,
): Promise<{ position: StreamPosition; gaps: StreamGap[] }> {
  const queues = await listQueues(db);
  const { rows } = await db.query<{ through: string | null }>(
    'select max(id) as through from bullmq.event where created_at_ms < $1::bigint',
    [sinceMs],
  );
  const young = queues.filter(({ firstMs }) => firstMs >= sinceMs);
  const last = Object.fromEntries(young.map(({ queue, first }) => [queue, `=${first}`]));
  // BullMQ does not tell what it has trimmed: a queue that holds as many ids as it keeps has lost older ones.
  const gaps = young
    .filter(({ first, top, kept }) => top - first >= kept - 1)
    .map(({ queue, firstMs, first }) => ({
      queue,
      afterMs: sinceMs,
      beforeMs: firstMs,
      firstId: String(first),
    }));
  return { position: { startMs: sinceMs, through: Number(rows[0]?.through ?? 0), last }, gaps };
}

/** Names of the queues that have events, by one look into the index for each. */
const QUEUES = `recursive queues as (
  (select queue from bullmq.event order by queue limit 1)
  union all
  select (select e.queue from bullmq.event e where e.queue > q.queue order by e.queue limit 1) from queues q
  where q.queue is not null
)`;

interface QueueSpan {
  queue: string;
  first: number;
  firstMs: number;
  top: number;
  /** How many ids back BullMQ keeps events. */
  kept: number;
}

async function listQueues(db: Database): Promise<QueueSpan[]> {
  const { rows } = await db.query<{
    queue: string;
    first: string;
    first_ms: string;
    top: string;
    kept: string | null;
  }>(
    `with ${QUEUES}
     select q.queue, f.id as first, f.created_at_ms as first_ms,
       (select max(e.id) from bullmq.event e where e.queue = q.queue) as top,
       (select m.value from bullmq.meta m where m.queue = q.queue and m.field = 'opts.maxLenEvents') as kept
     from queues q
     cross join lateral (
       select e.id, e.created_at_ms from bullmq.event e where e.queue = q.queue order by e.id limit 1
     ) f`,
  );
  return rows.map((row) => ({
    queue: row.queue,
    first: Number(row.first),
    firstMs: Number(row.first_ms),
    top: Number(row.top),
    kept: Number(row.kept ?? KEPT),
  }));
}

interface TableRow {
  queue: string;
  id: number;
  at: number;
  [field: string]: unknown;
}

async function readTable(db: Database, settled: SettledIds, position: StreamPosition): Promise<StreamPage> {
  const anchored = Object.entries(position.last).filter(([, id]) => !id.startsWith('='));
  const { rows } = await db.query<{
    page: TableRow[];
    lost: { queue: string }[];
    top: string | null;
    xmin: string;
    xmax: string;
  }>(
    `with ${QUEUES}, page as (
       select e.* from queues q cross join lateral (
         select queue, id, event, created_at_ms as at, data->>'jobId' as "jobId", data->>'name' as name,
           data->>'prev' as prev, data->>'delay' as delay, data->>'failedReason' as "failedReason",
           left(case when event = 'progress' then data->>'data' end, ${PROGRESS_LENGTH}) as data
         from bullmq.event where queue = q.queue and id > $1::bigint order by id limit ${PAGE}
       ) e order by e.id limit ${PAGE}
     )
     select (select coalesce(json_agg(p order by p.id), '[]') from page p) as page,
       (select coalesce(json_agg(a), '[]') from unnest($2::text[], $3::bigint[]) a(queue, id)
        where not exists (select 1 from bullmq.event e where e.queue = a.queue and e.id = a.id)) as lost,
       (select max(e.id) from queues q cross join lateral (
         select max(id) as id from bullmq.event where queue = q.queue) e) as top,
       ${SNAPSHOT_COLUMNS}`,
    [position.through, anchored.map(([queue]) => queue), anchored.map(([, id]) => id)],
  );
  const { page, lost, top, xmin, xmax } = rows[0]!;
  const seen = page.map(({ id, at }) => ({ id, atMs: at }));
  const snapshot = { xmin: BigInt(xmin), xmax: BigInt(xmax), topId: Number(top ?? 0) };
  const { count, holes, gaveUp } = settled.settle(position.through, seen, snapshot, Date.now());
  const events = page.slice(0, count).map(fromTable);
  const spans = count > 0 && holes.length > 0 ? await listQueues(db) : [];
  const gaps = gapsOf(events, { position, lost: lost.map(({ queue }) => queue), holes, spans });
  if (gaveUp) gaps.push(lateGap(events));
  return {
    lists: [{ events, isCut: page.length === PAGE || count < page.length }],
    gaps,
    isPending: count < page.length,
  };
}

/**
 * A queue has lost events when ids are missing before the first that is read of it, and either the one read last is gone
 * too, or nothing was read of it and BullMQ has since trimmed beyond where the reader was. An id that is missing alone
 * says nothing: a transaction that was rolled back leaves the same hole.
 */
function gapsOf(
  events: readonly StreamEvent[],
  facts: {
    position: StreamPosition;
    lost: readonly string[];
    holes: readonly number[];
    spans: readonly QueueSpan[];
  },
): StreamGap[] {
  const { position, lost, holes, spans } = facts;
  const firstHole = holes[0] ?? Number.POSITIVE_INFINITY;
  const firsts = new Map<string, StreamEvent>();
  for (const event of events) if (!firsts.has(event.queue)) firsts.set(event.queue, event);
  return [...firsts.values()].flatMap(({ queue, id, atMs }) => {
    const span = spans.find((one) => one.queue === queue);
    const isTrimmed = span !== undefined && Math.min(span.first - 1, span.top - span.kept) > position.through;
    const last = position.last[queue];
    if (last?.startsWith('=') === true) return [];
    const isGone = last === undefined ? isTrimmed : lost.includes(queue);
    return isGone && Number(id) > firstHole ? [{ queue, afterMs: null, beforeMs: atMs, firstId: id }] : [];
  });
}

/** An event may still come that belongs before these. */
function lateGap(events: readonly StreamEvent[]): StreamGap {
  const { queue, atMs, id } = events[0]!;
  return { queue, afterMs: null, beforeMs: atMs, firstId: id };
}

function fromTable(row: TableRow): StreamEvent {
  const { queue, id, at, ...fields } = row;
  return toEvent({ queue, id: String(id), atMs: at, fields: fields as Record<string, string | null> });
}

async function runsInTable(
  db: Database,
  jobs: readonly { queue: string; id: string }[],
): Promise<Map<string, JobRun>> {
  const { rows } = await db.query<{
    queue: string;
    id: string;
    name: string;
    processed_by: string | null;
    processed_at_ms: string | null;
    finished_at_ms: string | null;
    attempt: number;
  }>(
    `select j.queue, j.id, j.name, j.processed_by, j.processed_at_ms, j.finished_at_ms,
       j.attempts_made + j.stalled_count as attempt
     from unnest($1::text[], $2::text[]) w(queue, id) join bullmq.job j on j.queue = w.queue and j.id = w.id`,
    [jobs.map(({ queue }) => queue), jobs.map(({ id }) => id)],
  );
  return new Map(
    rows.map((row) => [
      jobKey(row),
      {
        task: row.name,
        worker: row.processed_by,
        startedAtMs: numberOf(row.processed_at_ms),
        endedAtMs: numberOf(row.finished_at_ms),
        attempt: row.attempt,
      },
    ]),
  );
}

function numberOf(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Number(text);
}

/** `1732190000000-0`. */
function timeOf(streamId: string): number {
  return Number(streamId.split('-')[0]);
}

function toRecord(pairs: readonly unknown[]): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (let at = 0; at + 1 < pairs.length; at += 2) record[String(pairs[at])] = pairs[at + 1];
  return record;
}
