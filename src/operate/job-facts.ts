/** Everything that is known of one job, from the ledger and the queue together. */

import type { ErrorRecord } from '../core/error.js';
import type { Priority } from '../core/priority.js';
import type { CellValue, SourceInfo } from '../core/row.js';
import type { AnyTask } from '../core/task.js';
import { type AttemptRecord, listAttempts } from '../ledger/attempts.js';
import { listJobAttempts } from '../ledger/job-attempts.js';
import { patiently } from '../ledger/patience.js';
import type { JobRef } from '../queue/inspect.js';
import { type FoundJob, findJob, type JobPlaces, taskOf } from './find-job.js';
import { type AttemptToCome, attemptsToCome } from './retry-times.js';
import { hasEnded, whyEnded } from './wait-for-job.js';

/** Times are ISO; null where there is nothing to say. */
export interface JobFacts {
  job: string;
  task: string;
  queue: string;
  state: string;
  /** Why it failed or was cancelled. */
  reason: string | null;
  batch: string | null;
  file: string | null;
  sheet: string | null;
  row: number | null;
  /** The cell to blame. */
  cell: string | null;
  /** The row as the file has it, by header. */
  cells: Record<string, CellValue> | null;
  input: Record<string, unknown> | null;
  priority: Priority | null;
  addedAt: string | null;
  delayedUntil: string | null;
  expiresAt: string | null;
  startedAt: string | null;
  endedAt: string | null;
  worker: string | null;
  /** The worker's lease ends then, unless it is renewed. */
  leaseEndsAt: string | null;
  leasesLost: number;
  attemptsMade: number;
  maxAttempts: number | null;
  attempts: AttemptRecord[];
  /** Null when its task is not one of this project, or the job has ended. */
  retries: AttemptToCome[] | null;
  /** No retry begins later. */
  retryUntil: string | null;
  progress: unknown;
  requestId: string | null;
  /** The job that waits for this one. */
  parent: JobRef | null;
  /** The job that it came from, or that was there in its place. */
  from: { kind: string; job: string } | null;
  children: { completed: number; open: string[] } | null;
  /** Jobs that are equal to it are not added. */
  unique: string | null;
  cancelled: { by: string; at: string; reason: string } | null;
  result: unknown;
  error: ErrorRecord | null;
}

/** @throws {NotFoundError} */
export async function readJobFacts(places: JobPlaces, id: string): Promise<JobFacts> {
  const found = await findJob(places, id);
  const { batch, row, job, trace } = found;
  const attempts = await patiently(() =>
    batch === undefined || row === undefined
      ? listJobAttempts(places.db, id)
      : listAttempts(places.db, batch.id, row.number),
  );
  const task = await taskOf(places, found.task);
  const error = row?.error ?? trace.deadLetter?.error ?? lastError(attempts, found);
  const { cancellation } = trace;
  return {
    job: id,
    task: found.task,
    queue: found.queue,
    state: found.state,
    reason: found.state === 'failed' || found.state === 'cancelled' ? whyEnded(found) : null,
    batch: batch?.id ?? (job?.data.kind === 'finish' ? job.data.batch : null),
    file: batch?.source.file ?? null,
    sheet: batch?.source.sheet ?? null,
    row: row?.number ?? null,
    cell: trace.deadLetter?.cell ?? cellOf(batch?.source, row?.number, error),
    cells: row?.cells ?? null,
    input: row?.input ?? inputOf(found),
    priority: job?.priority ?? null,
    addedAt: iso(job?.addedAtMs) ?? batch?.createdAt ?? null,
    delayedUntil: iso(job?.delayedUntilMs),
    expiresAt: iso(job?.data.expiresAtMs),
    startedAt: row?.startedAt ?? iso(job?.startedAtMs),
    endedAt:
      row?.endedAt ?? cancellation?.endedAt ?? iso(job?.endedAtMs) ?? trace.deadLetter?.failedAt ?? null,
    worker: job?.state === 'active' ? job.worker : (row?.worker ?? job?.worker ?? null),
    leaseEndsAt: iso(job?.leaseEndsAtMs),
    leasesLost: job?.leasesLost ?? 0,
    attemptsMade:
      hasEnded(found) && row !== undefined ? row.attempts : (job?.attemptsMade ?? row?.attempts ?? 0),
    maxAttempts: job?.maxAttempts ?? task?.attempts ?? null,
    attempts,
    ...retriesOf(found, task, attempts),
    progress: job?.progress ?? null,
    requestId: job?.data.requestId ?? batch?.requestId ?? trace.deadLetter?.payload.requestId ?? null,
    parent: job?.parent ?? null,
    from: trace.link === undefined ? null : { kind: trace.link.kind, job: trace.link.job },
    children: await childrenOf(places, found),
    unique: job?.deduplicationId ?? null,
    cancelled:
      cancellation === undefined
        ? null
        : { by: cancellation.askedBy, at: cancellation.askedAt, reason: cancellation.reason },
    result: row?.result ?? (found.state === 'completed' ? (job?.value ?? null) : null),
    error,
  };
}

/** What an attempt left behind is the job's error while it has not completed. */
function lastError(attempts: readonly AttemptRecord[], found: FoundJob): ErrorRecord | null {
  if (found.state === 'completed') return null;
  return attempts.findLast(({ outcome, error }) => outcome === 'failed' && error !== null)?.error ?? null;
}

function cellOf(
  source: SourceInfo | undefined,
  row: number | undefined,
  error: ErrorRecord | null,
): string | null {
  if (source === undefined || row === undefined || error?.field === undefined) return null;
  const column = source.columns.find(({ field }) => field === error.field);
  return column === undefined ? null : `${column.letter}${row}`;
}

function inputOf({ job, trace }: FoundJob): Record<string, unknown> | null {
  const { data } = job ?? {};
  if (data !== undefined && 'input' in data) return data.input;
  return trace.deadLetter?.payload.input ?? null;
}

function retriesOf(
  found: FoundJob,
  task: AnyTask | undefined,
  attempts: readonly AttemptRecord[],
): Pick<JobFacts, 'retries' | 'retryUntil'> {
  const { job } = found;
  if (job === undefined || task === undefined || hasEnded(found)) return { retries: null, retryUntil: null };
  const firstStart = attempts[0]?.startedAt ?? iso(job.startedAtMs);
  const untilMs =
    task.retryForMs === undefined || firstStart === null
      ? undefined
      : Date.parse(firstStart) + task.retryForMs;
  const { attemptsMade, maxAttempts } = job;
  const nextAtMs = Math.max(job.delayedUntilMs ?? 0, Date.now());
  return {
    retries: attemptsToCome(task, { attemptsMade, maxAttempts, nextAtMs, untilMs }),
    retryUntil: iso(untilMs),
  };
}

async function childrenOf(places: JobPlaces, { job }: FoundJob): Promise<JobFacts['children']> {
  if (job === undefined || job.state !== 'waiting-children') return null;
  const { completed, openJobs } = await places.queues.inspector.children(job.queue, job.id);
  return { completed, open: openJobs.map(({ id }) => id) };
}

function iso(atMs: number | null | undefined): string | null {
  return atMs === null || atMs === undefined ? null : new Date(atMs).toISOString();
}
