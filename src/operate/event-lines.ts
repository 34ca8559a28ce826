/**
 * What happened, in the words of an event line: one page at a time, with what the ledger and the queue know of its jobs
 * read for all of them together.
 */
import { redactText } from '../config/secret.js';
import { cleanString } from '../core/json-value.js';
import type { Database } from '../database/database.js';
import { type AttemptOfJob, attemptsOfJobs, tasksOfBatches } from '../ledger/event-facts.js';
import type { RecordedEvent } from '../ledger/event-reader.js';
import { patiently } from '../ledger/patience.js';
import { type EventStream, type JobRun, jobKey, type StreamEvent } from '../queue/event-stream.js';

export const EVENT_TYPES = [
  'added',
  'waiting',
  'delayed',
  'active',
  'progress',
  'completed',
  'retrying',
  'failed',
  'stalled',
  'cancelled',
  'rate-limited',
  'batch-started',
  'batch-finished',
  'worker-up',
  'worker-down',
  'worker-deaf',
  'queue-paused',
  'queue-resumed',
  'schedule-added',
  'schedule-skipped',
  'schedule-late',
  'replayed',
  'gap',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** One event; the order of its keys is that of the command's output. Null where there is nothing to say. */
export interface EventLine {
  /** ISO time, by the clock of the backend that kept it. */
  at: string;
  /** Goes on behind this event. */
  cursor: string;
  type: EventType;
  queue: string | null;
  task: string | null;
  job: string | null;
  batch: string | null;
  row: number | null;
  /** Attempts of the job up to this one; those before a replay are counted too, runs that only waited are not. */
  attempt: number | null;
  worker: string | null;
  durationMs: number | null;
  message: string | null;
}

export type Happening =
  | { from: 'queue'; event: StreamEvent }
  | { from: 'ledger'; event: RecordedEvent }
  | { from: 'gap'; queue: string | null; atMs: number; message: string };

const ROW_JOB = /^(b_[0-9a-z]{16})-(\d{1,9})$/;
const OF_BATCH = /^(b_[0-9a-z]{16})-/;

/** The batch that a job belongs to, by its id; null for a job of no batch. */
export function batchOfJob(job: string | null): string | null {
  return (job === null ? undefined : OF_BATCH.exec(job)?.[1]) ?? null;
}

/** The lines without their cursors, in order; undefined for what is no event of ours. */
export async function describeEvents(
  { db, stream }: { db: Database; stream: EventStream },
  page: readonly Happening[],
): Promise<(Omit<EventLine, 'cursor'> | undefined)[]> {
  const events = page.flatMap((one) => (one.from === 'queue' && isOurs(one.event) ? [one.event] : []));
  const facts = await readFacts(db, stream, events);
  const stalled = new Set(
    events.flatMap(({ name, job, atMs }) => (name === 'stalled' ? [`${job} ${atMs}`] : [])),
  );
  return page.map((one) => {
    if (one.from === 'gap')
      return { ...NOTHING, at: iso(one.atMs), type: 'gap', queue: one.queue, message: one.message };
    if (one.from === 'ledger') return fromLedger(one.event, facts);
    if (!isOurs(one.event)) return undefined;
    // On Redis a job that stalled is also said to wait: once is enough.
    const { name, job, atMs } = one.event;
    return name === 'waiting' && stalled.has(`${job} ${atMs}`) ? undefined : fromQueue(one.event, facts);
  });
}

const NOTHING = {
  queue: null,
  task: null,
  job: null,
  batch: null,
  row: null,
  attempt: null,
  worker: null,
  durationMs: null,
  message: null,
} as const;

const OURS = new Set([
  'added',
  'waiting',
  'waiting-children',
  'delayed',
  'active',
  'progress',
  'completed',
  'failed',
  'stalled',
]);
/** An attempt may have ended with these. */
const ENDS = new Set(['completed', 'failed', 'delayed', 'waiting']);

function isOurs({ name, job }: StreamEvent): boolean {
  return job !== null && OURS.has(name);
}

interface Facts {
  tasks: Map<string, string>;
  attempts: Map<string, AttemptOfJob[]>;
  runs: Map<string, JobRun>;
}

async function readFacts(db: Database, stream: EventStream, events: readonly StreamEvent[]): Promise<Facts> {
  const ended = new Set(events.flatMap(({ name, job }) => (ENDS.has(name) ? [job!] : [])));
  const rows = [...ended].flatMap((job) => {
    const [, batch, row] = ROW_JOB.exec(job) ?? [];
    return batch === undefined ? [] : [{ job, batch, row: Number(row) }];
  });
  const others = new Map(
    events.flatMap(({ queue, job }) => (ROW_JOB.test(job!) ? [] : [[job!, { queue, id: job! }] as const])),
  );
  const batches = new Set(events.flatMap(({ job }) => batchOfJob(job) ?? []));
  const [tasks, attempts, runs] = await Promise.all([
    patiently(() => tasksOfBatches(db, [...batches])),
    patiently(() => attemptsOfJobs(db, { rows, others: [...ended].filter((job) => others.has(job)) })),
    stream.runs([...others.values()]),
  ]);
  for (const { queue, job, task } of events) {
    const of = { queue, id: job! };
    if (task !== null && others.has(job!) && !runs.has(jobKey(of)))
      runs.set(jobKey(of), { ...UNKNOWN_RUN, task });
  }
  return { tasks, attempts, runs };
}

const UNKNOWN_RUN = { worker: null, startedAtMs: null, endedAtMs: null, attempt: 0 };

function fromLedger(event: RecordedEvent, { tasks }: Facts): Omit<EventLine, 'cursor'> {
  const { id: _id, atMs, message, ...known } = event;
  return {
    ...NOTHING,
    at: iso(atMs),
    type: known.type,
    queue: known.queue,
    task: known.task ?? (known.batch === null ? null : (tasks.get(known.batch) ?? null)),
    job: known.job,
    batch: known.batch ?? batchOfJob(known.job),
    row: known.row ?? rowOfJob(known.job),
    attempt: known.attempt,
    worker: known.worker,
    durationMs: known.durationMs,
    message: clean(message),
  };
}

function fromQueue(event: StreamEvent, facts: Facts): Omit<EventLine, 'cursor'> {
  const { queue, atMs } = event;
  const job = event.job!;
  const batch = batchOfJob(job);
  const run = facts.runs.get(jobKey({ queue, id: job }));
  const attempt = ENDS.has(event.name) ? attemptBefore(facts.attempts.get(job) ?? [], event) : undefined;
  const type = typeOf(event, attempt);
  return {
    at: iso(atMs),
    type,
    queue,
    task: (batch === null ? run?.task : facts.tasks.get(batch)) ?? null,
    job,
    batch,
    row: rowOfJob(job),
    ...(type === 'completed' || type === 'failed' || type === 'retrying' ? endOf(attempt, run) : NO_END),
    message: clean(messageOf(event, type, attempt)),
  };
}

const NO_END = { attempt: null, worker: null, durationMs: null };

/**
 * The attempt whose end this event tells: the last that had ended by then, as the ledger hears of it first. With a worker's
 * clock that is ahead of the backend's none has, and the first that could be meant is taken.
 */
function attemptBefore(
  attempts: readonly AttemptOfJob[],
  { name, atMs }: StreamEvent,
): AttemptOfJob | undefined {
  const ended = attempts.filter(
    ({ endedAtMs, outcome }) => endedAtMs !== null && (!ENDED_BY.has(name) || outcome === name),
  );
  const before = ended.findLast(({ endedAtMs }) => endedAtMs! <= atMs);
  return before ?? (ENDED_BY.has(name) ? ended[0] : undefined);
}

/** Events that are named as the outcome of their attempt. */
const ENDED_BY = new Set(['completed', 'failed']);

/** BullMQ tells of a retry only that the job is delayed, or waits again; so it does of a job that asked to wait. */
function typeOf({ name, prev }: StreamEvent, attempt: AttemptOfJob | undefined): EventType {
  if (name === 'waiting-children') return 'waiting';
  const mayRetry = name === 'delayed' || (name === 'waiting' && prev === 'active');
  return mayRetry && attempt?.outcome === 'failed' ? 'retrying' : (name as EventType);
}

/** A plain job that completed at once has no recorded attempt: the queue knows its run while it keeps the job. */
function endOf(
  attempt: AttemptOfJob | undefined,
  run: JobRun | undefined,
): Pick<EventLine, 'attempt' | 'worker' | 'durationMs'> {
  if (attempt !== undefined) {
    const { count, worker, startedAtMs, endedAtMs } = attempt;
    return { attempt: count, worker, durationMs: between(startedAtMs, endedAtMs) };
  }
  if (run === undefined || run.endedAtMs === null) return NO_END;
  return { attempt: run.attempt, worker: run.worker, durationMs: between(run.startedAtMs, run.endedAtMs) };
}

function between(startedAtMs: number | null, endedAtMs: number | null): number | null {
  return startedAtMs === null || endedAtMs === null ? null : Math.max(endedAtMs - startedAtMs, 0);
}

function messageOf(event: StreamEvent, type: EventType, attempt: AttemptOfJob | undefined): string | null {
  const until = event.untilMs === null ? undefined : iso(event.untilMs);
  switch (type) {
    case 'retrying':
      return `${attempt?.message ?? 'failed'}; tried again ${until === undefined ? 'at once' : `at ${until}`}`;
    case 'delayed':
      return until === undefined ? null : `until ${until}`;
    case 'failed':
      return event.reason;
    case 'progress':
      return event.progress;
    case 'stalled':
      return 'its lease ran out';
    case 'waiting':
      return event.name === 'waiting-children' ? 'for its children' : null;
    default:
      return null;
  }
}

/** Messages are written by tasks: bounded, and without the passwords of URLs. */
function clean(message: string | null): string | null {
  return message === null ? null : redactText(cleanString(message).slice(0, MESSAGE_LENGTH));
}

const MESSAGE_LENGTH = 500;

function rowOfJob(job: string | null): number | null {
  const row = job === null ? undefined : ROW_JOB.exec(job)?.[2];
  return row === undefined ? null : Number(row);
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
