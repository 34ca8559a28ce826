/**
 * Everything that happens, as one stream: what the queues tell of jobs and what the ledger was told of all around them,
 * merged by time. Each source is read in its own order and from its own position; a cursor holds all of them, so that
 * whoever comes back with one gets exactly the events behind it, or is told what is gone.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { pause } from '../core/deadline.js';
import { BackendError, NotFoundError } from '../core/error.js';
import { nearestName } from '../core/nearest-name.js';
import { findBatch, listOpenBatches } from '../ledger/batches.js';
import { type EventPage, eventReader, type RecordedEvent, startOfEvents } from '../ledger/event-reader.js';
import { isLedgerAway, patiently } from '../ledger/patience.js';
import { after, afterGap, type StreamEvent, type StreamGap, type StreamPage } from '../queue/event-stream.js';
import { decodeCursor, type EventPosition, encodeCursor } from './event-cursor.js';
import { batchOfJob, describeEvents, type EventLine, type EventType, type Happening } from './event-lines.js';
import { type JobPlaces, knownQueues } from './find-job.js';

export interface EventFilter {
  /** Empty or absent: all. */
  queues?: readonly string[] | undefined;
  task?: string | undefined;
  batch?: string | undefined;
  /** Gaps are told whatever is asked for. */
  types?: readonly EventType[] | undefined;
  /** Epoch ms; default: ten minutes ago. */
  sinceMs?: number | undefined;
  /** The cursor of an event: begins behind it. */
  from?: string | undefined;
  /** Goes on with what happens; ends when `signal` is aborted, or when `until` is true of what is asked for. */
  follow?: { signal?: AbortSignal | undefined; until?: 'drained' | undefined } | undefined;
}

const SINCE_MS = 600_000;
const POLL_MS = 250;
const PENDING_MS = 50;
/** Names of queues are looked up anew after this. */
const NAMES_MS = 2_000;
/** A backend that goes away under a follower is waited for. */
const AWAY_MS = 600_000;
const AWAY_RETRY_MS = 500;

/** @throws {NotFoundError} when there is no such queue or batch @throws {UsageError} when the cursor is none */
export async function* readEvents(places: JobPlaces, filter: EventFilter): AsyncGenerator<EventLine> {
  await checkFilter(places, filter);
  const { kind, eventStream: stream } = places.queues;
  const readQueue = stream.reader();
  const readLedger = eventReader(places.db);
  const queueNames = queueList(places, filter);
  let { position, gaps } = await begin(places, filter);
  for (;;) {
    const isDrained = await inPatience(filter, () => hasDrained(places, filter, queueNames));
    const names = await inPatience(filter, queueNames);
    const [queue, ledger] = await inPatience(filter, () =>
      Promise.all([readQueue(position.queue, names), patiently(() => readLedger(position.ledger))]),
    );
    const steps = [...gaps, ...gapSteps(queue, ledger), ...merge(queue, ledger)];
    gaps = [];
    const wanted = steps.map(({ what }) => (mayPass(what, filter) ? what : undefined));
    const lines = await inPatience(filter, () => describe(places, wanted));
    for (const [index, step] of steps.entries()) {
      position = step.move(position);
      const line = lines[index];
      if (line !== undefined && passes(line, filter)) yield toLine(line, encodeCursor(kind, position));
      if (filter.follow?.signal?.aborted === true) return;
    }
    const isMore = queue.lists.some(({ isCut }) => isCut) || ledger.isCut;
    if (queue.isPending || ledger.isPending) await wait(PENDING_MS);
    else if (!isMore) {
      if (filter.follow === undefined || isDrained) return;
      await pause(POLL_MS, { signal: filter.follow.signal });
    }
    if (filter.follow?.signal?.aborted === true) return;
  }
}

/** One thing that happened, and where the reader stands behind it. */
interface Step {
  what: Happening;
  move: (position: EventPosition) => EventPosition;
}

async function begin(
  places: JobPlaces,
  filter: EventFilter,
): Promise<{ position: EventPosition; gaps: Step[] }> {
  const { kind, eventStream } = places.queues;
  if (filter.from !== undefined) return { position: decodeCursor(kind, filter.from), gaps: [] };
  const sinceMs = filter.sinceMs ?? Date.now() - SINCE_MS;
  const ledger = await patiently(() => startOfEvents(places.db, sinceMs));
  const queue = await eventStream.start(sinceMs);
  const gaps = queue.gaps.filter(({ queue: name }) => concerns(filter, name)).map(queueGap);
  return { position: { ledger, queue: queue.position }, gaps };
}

function gapSteps(queue: StreamPage, ledger: EventPage): Step[] {
  const steps = queue.gaps.map(queueGap);
  const [first] = ledger.events;
  if (!ledger.isGap || first === undefined) return steps;
  const message = `events around jobs before ${new Date(first.atMs).toISOString()} are missing: they were removed, or are not written yet`;
  const what = { from: 'gap', queue: null, atMs: first.atMs, message } as const;
  return [...steps, { what, move: (position) => ({ ...position, ledger: first.id - 1 }) }];
}

function queueGap(gap: StreamGap): Step {
  const before = new Date(gap.beforeMs).toISOString();
  const span =
    gap.afterMs === null
      ? `before ${before}`
      : `between ${new Date(gap.afterMs).toISOString()} and ${before}`;
  const message = `events of queue ${gap.queue} ${span} are gone: a queue keeps about its newest 10,000`;
  return {
    what: { from: 'gap', queue: gap.queue, atMs: gap.beforeMs, message },
    move: (position) => ({ ...position, queue: afterGap(position.queue, gap) }),
  };
}

/**
 * The events of all sources by time, each source's own order kept. It ends where a source that was cut runs out, as
 * nobody knows how its next event stands to those of the others; they are read again.
 */
function merge(queue: StreamPage, ledger: EventPage): Step[] {
  const sources = [
    { steps: ledger.events.map(ledgerStep), isCut: ledger.isCut, at: 0 },
    ...queue.lists.map(({ events, isCut }) => ({ steps: events.map(queueStep), isCut, at: 0 })),
  ];
  const merged: Step[] = [];
  for (;;) {
    const left = sources.filter(({ steps, at }) => at < steps.length);
    if (left.length === 0 || sources.some(({ steps, at, isCut }) => isCut && at === steps.length))
      return merged;
    const next = left.reduce((a, b) => (timeOf(b.steps[b.at]!) < timeOf(a.steps[a.at]!) ? b : a));
    merged.push(next.steps[next.at]!);
    next.at += 1;
  }
}

function ledgerStep(event: RecordedEvent): Step {
  return { what: { from: 'ledger', event }, move: (position) => ({ ...position, ledger: event.id }) };
}

function queueStep(event: StreamEvent): Step {
  return {
    what: { from: 'queue', event },
    move: (position) => ({ ...position, queue: after(position.queue, event) }),
  };
}

function timeOf({ what }: Step): number {
  return what.from === 'gap' ? what.atMs : what.event.atMs;
}

/** False for what cannot pass whatever else is found out about it, so that nothing is. */
function mayPass(what: Happening, filter: EventFilter): boolean {
  if (what.from !== 'queue') return true;
  const { queue, job } = what.event;
  return concerns(filter, queue) && (filter.batch === undefined || batchOfJob(job) === filter.batch);
}

async function describe(
  { db, queues }: JobPlaces,
  wanted: readonly (Happening | undefined)[],
): Promise<(Omit<EventLine, 'cursor'> | undefined)[]> {
  const lines = await describeEvents(
    { db, stream: queues.eventStream },
    wanted.filter((what) => what !== undefined),
  );
  let at = 0;
  return wanted.map((what) => (what === undefined ? undefined : lines[at++]));
}

function passes(line: Omit<EventLine, 'cursor'>, filter: EventFilter): boolean {
  if (line.type === 'gap') return line.queue === null || concerns(filter, line.queue);
  if (filter.types !== undefined && filter.types.length > 0 && !filter.types.includes(line.type))
    return false;
  if (filter.batch !== undefined && line.batch !== filter.batch) return false;
  if (filter.task !== undefined && line.task !== filter.task) return false;
  return concerns(filter, line.queue);
}

function concerns({ queues }: EventFilter, queue: string | null): boolean {
  return queues === undefined || queues.length === 0 || (queue !== null && queues.includes(queue));
}

/** The keys in the order of the command's promise. */
function toLine(line: Omit<EventLine, 'cursor'>, cursor: string): EventLine {
  const { at, type, queue, task, job, batch, row, attempt, worker, durationMs, message } = line;
  return { at, cursor, type, queue, task, job, batch, row, attempt, worker, durationMs, message };
}

/** The queues that are read; those that come to be known meanwhile are among them soon. */
function queueList(places: JobPlaces, { queues }: EventFilter): () => Promise<readonly string[]> {
  if (queues !== undefined && queues.length > 0) return async () => queues;
  let known: { names: readonly string[]; atMs: number } | undefined;
  return async () => {
    if (known === undefined || Date.now() - known.atMs > NAMES_MS) {
      known = { names: await knownQueues(places), atMs: Date.now() };
    }
    return known.names;
  };
}

/** When that is asked for: nothing waits or runs any more, of the batch or on the queues. */
async function hasDrained(
  places: JobPlaces,
  { follow, batch: id }: EventFilter,
  queueNames: () => Promise<readonly string[]>,
): Promise<boolean> {
  if (follow?.until !== 'drained') return false;
  if (id !== undefined) {
    const batch = await patiently(() => findBatch(places.db, id));
    return batch === undefined || batch.state === 'finished' || batch.state === 'cancelled';
  }
  const names = await queueNames();
  const open = await patiently(() => listOpenBatches(places.db));
  if (open.some(({ queue }) => names.includes(queue))) return false;
  const counts = await Promise.all(names.map((name) => places.queues.counts(name)));
  return counts.every((one) => one.waiting + one.active + one.delayed + one.prioritized === 0);
}

async function checkFilter(places: JobPlaces, { queues, batch }: EventFilter): Promise<void> {
  if (queues !== undefined && queues.length > 0) {
    const known = await knownQueues(places);
    for (const queue of queues) if (!known.includes(queue)) throw noQueue(queue, known);
  }
  if (batch !== undefined && (await patiently(() => findBatch(places.db, batch))) === undefined) {
    throw new NotFoundError(`There is no batch ${batch}`, {
      code: 'BATCH_NOT_FOUND',
      hint: 'jobs batch list',
    });
  }
}

function noQueue(queue: string, known: readonly string[]): NotFoundError {
  const nearest = nearestName(queue, known);
  return new NotFoundError(`There is no queue "${queue}"; there are ${known.join(', ')}`, {
    code: 'QUEUE_NOT_FOUND',
    hint: nearest === undefined ? 'jobs queue list' : `did you mean ${nearest}?`,
    details: { queue, known },
  });
}

/** A follower waits longer than a command that answers once. */
async function inPatience<T>({ follow }: EventFilter, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + (follow === undefined ? 0 : AWAY_MS);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isAway(error) || Date.now() > deadline || follow?.signal?.aborted === true) throw error;
      await pause(AWAY_RETRY_MS, { signal: follow?.signal });
    }
  }
}

function isAway(error: unknown): boolean {
  return isLedgerAway(error) || (error instanceof BackendError && error.code === 'QUEUE_LOST');
}
