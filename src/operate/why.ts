/** Why a job is where it is: what it waits for, where it runs, or how it ended. */
import { formatDuration } from '../core/duration.js';
import { parseRate } from '../core/rate.js';
import { plural } from '../core/text.js';
import { listAttempts } from '../ledger/attempts.js';
import { listJobAttempts } from '../ledger/job-attempts.js';
import { patiently } from '../ledger/patience.js';
import { findQueueSetting } from '../ledger/queue-settings.js';
import { lastHeartbeat, type ServingWorker, workersServing } from '../ledger/serving.js';
import type { QueuedJob } from '../queue/inspect.js';
import { taskBucket } from '../queue/limiter.js';
import { type FoundJob, findJob, type JobPlaces, taskOf } from './find-job.js';
import { whyEnded } from './wait-for-job.js';

export type ReasonKind =
  | 'ended'
  | 'running'
  | 'delay'
  | 'rate-limit'
  | 'paused'
  | 'no-worker'
  | 'slots-busy'
  | 'concurrency'
  | 'children'
  | 'behind'
  | 'duplicate'
  | 'cancelling'
  | 'unqueued'
  | 'expired';

/** `kind` and `message` always; further facts by kind, times as ISO. */
export interface Reason {
  kind: ReasonKind;
  message: string;
  [fact: string]: unknown;
}

export interface Why {
  job: string;
  state: string;
  /** What holds it first comes first; empty when nothing does. */
  reasons: Reason[];
  /** Nothing holds it: a worker that has room for it is about to take it. */
  couldRunNow: boolean;
}

/** @throws {NotFoundError} */
export async function explainJob(places: JobPlaces, id: string): Promise<Why> {
  const found = await findJob(places, id);
  const reasons = await reasonsOf(places, found);
  const couldRunNow = found.state === 'waiting' && reasons.length === 0;
  return { job: id, state: found.state, reasons, couldRunNow };
}

async function reasonsOf(places: JobPlaces, found: FoundJob): Promise<Reason[]> {
  const { job, state } = found;
  if (state === 'completed' || state === 'failed' || state === 'cancelled') return [ended(found)];
  if (state === 'duplicate') return [await duplicate(places, found)];
  if (job === undefined) return [unqueued(found)];
  const before = [...cancelling(found), ...expired(job)];
  switch (job.state) {
    case 'active':
      return [...before, await running(places, job)];
    case 'waiting-children':
      return [...before, await children(places, job)];
    case 'delayed':
      return [...before, await delay(places, found, job), ...(await pausedNow(places, job.queue))];
    default:
      return [...before, ...(await heldBack(places, job))];
  }
}

function ended(found: FoundJob): Reason {
  const { state, row, job, trace } = found;
  const endedAt =
    row?.endedAt ??
    (state === 'cancelled' ? trace.cancellation?.endedAt : undefined) ??
    iso(job?.endedAtMs) ??
    trace.deadLetter?.failedAt ??
    null;
  const because = whyEnded(found);
  const by = state === 'cancelled' ? (trace.cancellation?.askedBy ?? null) : null;
  const tail = because === null ? '' : `: ${because}`;
  const next = state === 'failed' ? ` (to try it again: jobs job retry ${found.id})` : '';
  return {
    kind: 'ended',
    message: `it ${state === 'cancelled' ? 'was cancelled' : state}${by === null ? '' : ` by ${by}`}${at(endedAt)}${tail}${next}`,
    endedAt,
    by,
    reason: because,
  };
}

async function duplicate(places: JobPlaces, { trace }: FoundJob): Promise<Reason> {
  const of = trace.link!.job;
  const other = await places.queues.inspector.job(trace.link!.queue, of);
  return {
    kind: 'duplicate',
    message: `it does not run: an equal job has its place, ${of}${other === undefined ? '' : `, which is ${other.state}`}`,
    of,
    ofState: other?.state ?? null,
  };
}

function unqueued({ batch }: FoundJob): Reason {
  const isOpen = batch?.state === 'submitting';
  return {
    kind: 'unqueued',
    message: isOpen
      ? 'its row is recorded, and its batch is still being submitted: the job is about to be added'
      : 'its row is open, but the queue has no job for it: the sweep of a worker adds it again',
    batch: batch?.id ?? null,
  };
}

function cancelling({ trace }: FoundJob): Reason[] {
  const { cancellation } = trace;
  if (cancellation === undefined || cancellation.endedAt !== null) return [];
  const { askedBy: by, askedAt: since } = cancellation;
  return [
    {
      kind: 'cancelling',
      message: `${by} has cancelled it${at(since)}; its worker stops it within two seconds`,
      by,
      since,
    },
  ];
}

function expired(job: QueuedJob): Reason[] {
  const { expiresAtMs } = job.data;
  if (expiresAtMs === undefined || expiresAtMs > Date.now() || job.state === 'active') return [];
  const expiredAt = new Date(expiresAtMs).toISOString();
  return [
    {
      kind: 'expired',
      message: `it was to begin before ${expiredAt}: whoever takes it ends it as expired`,
      expiredAt,
    },
  ];
}

async function running(places: JobPlaces, job: QueuedJob): Promise<Reason> {
  const since = job.startedAtMs === null ? null : new Date(job.startedAtMs).toISOString();
  const worker = job.worker;
  const seen = worker === null ? undefined : await patiently(() => lastHeartbeat(places.db, worker));
  const where = seen === undefined ? (worker ?? 'a worker') : `${worker} (${seen.host}, pid ${seen.pid})`;
  const leaseEndsAt = job.leaseEndsAtMs === null ? null : new Date(job.leaseEndsAtMs).toISOString();
  const silent =
    seen === undefined || seen.isAlive
      ? ''
      : `; that worker was last heard of${at(seen.heartbeatAt)}: unless it comes back, the job runs again when its lease has ended`;
  return {
    kind: 'running',
    message: `it runs on ${where}${since === null ? '' : `, for ${formatDuration(Math.max(Date.now() - Date.parse(since), 0))} now`}${silent}`,
    worker,
    host: seen?.host ?? null,
    pid: seen?.pid ?? null,
    since,
    leaseEndsAt,
    isWorkerAlive: seen?.isAlive ?? null,
  };
}

async function children(places: JobPlaces, job: QueuedJob): Promise<Reason> {
  const { inspector } = places.queues;
  const { completed, open, openJobs } = await inspector.children(job.queue, job.id);
  const looked = await Promise.all(
    openJobs.map(async (child) => ({
      job: child.id,
      state: (await inspector.job(child.queue, child.id))?.state ?? 'gone',
    })),
  );
  const failed = looked.filter(({ state }) => state === 'failed');
  const names = (some: typeof looked): string =>
    some.map(({ job: id, state }) => `${id} (${state})`).join(', ');
  const stuck =
    failed.length === 0
      ? ''
      : `; ${names(failed)} has failed for good: retry it (jobs job retry ${failed[0]!.job}) and the rest goes on`;
  return {
    kind: 'children',
    message: `it waits for ${plural(open, 'job')} before it, ${completed} done: ${names(looked.filter(({ state }) => state !== 'failed')) || 'none of them runs'}${stuck}`,
    completed,
    open,
    children: looked,
    failed: failed.map(({ job: id }) => id),
  };
}

async function delay(places: JobPlaces, found: FoundJob, job: QueuedJob): Promise<Reason> {
  const until = job.delayedUntilMs === null ? null : new Date(job.delayedUntilMs).toISOString();
  const limit = limitOf(job);
  if (limit !== undefined) {
    const name = limit === null ? 'its rate limit' : `the rate limit ${limit}`;
    return {
      kind: 'rate-limit',
      message: `${name} has no room; it comes again${untilText(until)}`,
      limit,
      until,
    };
  }
  const { batch, row } = found;
  const attempts = await patiently(() =>
    batch === undefined || row === undefined
      ? listJobAttempts(places.db, job.id)
      : listAttempts(places.db, batch.id, row.number),
  );
  const last = attempts.at(-1);
  const delayed = (why: string, message: string): Reason => ({ kind: 'delay', message, why, until });
  if (last?.outcome === 'failed') {
    const cause = last.error?.message ?? job.failedReason ?? 'it failed';
    const tried = `attempt ${job.attemptsMade} of ${job.maxAttempts} failed (${cause})`;
    return delayed('backoff', `${tried}; it is tried again${untilText(until)}`);
  }
  if (job.starts > 0 || last !== undefined) {
    const asked = last?.error?.message ?? row?.reason ?? 'it asked to be run later';
    return delayed('retry-after', `${asked}; it comes again${untilText(until)}`);
  }
  return delayed('asked', `it was added with a delay: not before ${until ?? 'its time'}`);
}

/** The limit whose turn a delayed job waits for; null when it was promised none yet, undefined when none delays it. */
function limitOf({ data, task }: QueuedJob): string | null | undefined {
  const { turns } = data;
  if (turns === undefined) return undefined;
  const [latest] = Object.entries(turns).sort(([, a], [, b]) => b - a);
  return latest === undefined || latest[1] === 0 ? null : limitName(latest[0], task);
}

/** `key:weatherxm` is the config's limit weatherxm. */
function limitName(bucket: string, task: string): string {
  return bucket === taskBucket(task) ? `of task ${task}` : bucket.replace(/^key:/, '');
}

/** Of a waiting job: everything between it and a worker. */
async function heldBack(places: JobPlaces, job: QueuedJob): Promise<Reason[]> {
  const { queue } = job;
  const [brakes, workers, ahead] = await Promise.all([
    places.queues.inspector.brakes(queue),
    patiently(() => workersServing(places.db, queue)),
    places.queues.inspector.ahead(queue, job.id),
  ]);
  const reasons = brakes.isPaused ? [await paused(places, queue)] : [];
  if (brakes.rateLimitedMs > 0) reasons.push(queueLimited(queue, brakes.rateLimitedMs));
  reasons.push(...(await taskLimited(places, job)));
  const room = roomOf(workers, brakes);
  if (room.reason !== undefined) reasons.push({ ...room.reason, queue });
  if (ahead.jobs >= Math.max(room.free, 1)) reasons.push(behind(ahead));
  return reasons;
}

async function pausedNow(places: JobPlaces, queue: string): Promise<Reason[]> {
  const { isPaused } = await places.queues.inspector.brakes(queue);
  return isPaused ? [await paused(places, queue)] : [];
}

async function paused(places: JobPlaces, queue: string): Promise<Reason> {
  const setting = await patiently(() => findQueueSetting(places.db, queue));
  const { pausedBy: by = null, pausedAt: since = null, pauseReason: reason = null } = setting ?? {};
  const until = setting?.pausedUntil ?? null;
  const who = by === null ? '' : ` by ${by}`;
  const end = until === null ? `; to go on: jobs queue resume ${queue}` : `; until ${until}`;
  const message = `queue ${queue} is paused${who}${at(since)}${reason === null ? '' : ` (${reason})`}${end}`;
  return { kind: 'paused', message, queue, by, since, reason, until };
}

function queueLimited(queue: string, forMs: number): Reason {
  return {
    kind: 'rate-limit',
    message: `queue ${queue} has reached its rate limit; the next job may begin in ${formatDuration(forMs)}`,
    limit: `of queue ${queue}`,
    until: new Date(Date.now() + forMs).toISOString(),
  };
}

/** A job that came now would be put off until then. */
async function taskLimited(places: JobPlaces, { task: name }: QueuedJob): Promise<Reason[]> {
  const task = await taskOf(places, name);
  const rate = task?.rateLimit === undefined ? undefined : parseRate(task.rateLimit);
  if (rate === undefined) return [];
  const { nextAtMs } = await places.queues.limiter.look(taskBucket(name), rate);
  if (nextAtMs <= Date.now()) return [];
  const limit = limitName(taskBucket(name), name);
  const until = new Date(nextAtMs).toISOString();
  const message = `the rate limit ${limit} (${task!.rateLimit}) has no room; a job that comes now begins${untilText(until)}`;
  return [{ kind: 'rate-limit', message, limit, until }];
}

/** What the queue's workers and its own concurrency leave free, and the reason when that is nothing. */
function roomOf(
  workers: readonly ServingWorker[],
  { concurrency, active }: { concurrency: number | null; active: number },
): { free: number; reason?: Reason } {
  const fetching = workers.filter(({ state }) => state === 'running');
  const slots = fetching.reduce((sum, worker) => sum + worker.slots, 0);
  if (fetching.length === 0) return { free: 0, reason: noWorker(workers) };
  if (concurrency !== null && active >= concurrency) {
    return {
      free: 0,
      reason: {
        kind: 'concurrency',
        message: `the queue runs at most ${plural(concurrency, 'job')} at once over all workers, and ${active} run`,
        limit: concurrency,
        active,
      },
    };
  }
  const free = Math.min(slots, concurrency ?? slots) - active;
  if (free > 0) return { free };
  return {
    free: 0,
    reason: {
      kind: 'slots-busy',
      message: `all ${plural(slots, 'slot')} of ${plural(fetching.length, 'worker')} are busy`,
      workers: fetching.map(({ id }) => id),
      slots,
      active,
    },
  };
}

function noWorker(workers: readonly ServingWorker[]): Reason {
  const held = workers.map(({ id, state }) => `${id} is ${state}`).join(', ');
  return {
    kind: 'no-worker',
    message: `no worker takes jobs of its queue${held === '' ? '' : ` (${held})`}; to start one: jobs worker`,
    workers: workers.map(({ id, state }) => ({ worker: id, state })),
  };
}

function behind({ jobs, isAtLeast }: { jobs: number; isAtLeast: boolean }): Reason {
  const count = `${isAtLeast ? 'at least ' : ''}${plural(jobs, 'job')}`;
  return { kind: 'behind', message: `${count} of its queue come before it`, ahead: jobs };
}

function iso(atMs: number | null | undefined): string | undefined {
  return atMs === null || atMs === undefined ? undefined : new Date(atMs).toISOString();
}

function at(time: string | null): string {
  return time === null ? '' : ` at ${time}`;
}

function untilText(until: string | null): string {
  if (until === null) return '';
  const leftMs = Date.parse(until) - Date.now();
  return leftMs > 0 ? ` at ${until}, in ${formatDuration(leftMs)}` : ` now (its time was ${until})`;
}
