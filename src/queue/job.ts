/** What travels through a queue: small plain JSON. */
import type { JobJson, JobsOptions } from 'bullmq';
import { UsageError } from '../core/error.js';

export type JobData = RowJobData | FinishJobData | PlainJobData;

interface AnyJobData {
  /** Travels from the caller through logs, events and outside calls. */
  requestId: string;
  /** Not started by then (epoch ms): not run. */
  expiresAtMs?: number;
  /** When its turns of rate limits come, by limit, in ms of the limits' clock; kept while the job waits for one. */
  turns?: Record<string, number>;
}

/** One row of a batch. */
export interface RowJobData extends AnyJobData {
  kind: 'row';
  batch: string;
  /** Ledger id. */
  row: string;
  number: number;
  input: Record<string, unknown>;
  /** Starts of this row that happened before this job was added; its attempts are numbered from there. */
  fenceBase: number;
  /** Attempts that never began: a worker that was stopping had fetched them, and put them back. */
  unbegun?: number[];
  /** Added by a sweep: the row may have ended meanwhile, so its state is read before it runs. */
  requeued?: boolean;
}

/** The end of a batch: runs the task's `finish`. */
export interface FinishJobData extends AnyJobData {
  kind: 'finish';
  batch: string;
}

/** A job that belongs to no batch. */
export interface PlainJobData extends AnyJobData {
  kind: 'job';
  input: Record<string, unknown>;
  options: Record<string, unknown>;
  /** What the task's `prepare` returned when the job was added. */
  prepared: unknown;
  /** Jobs of a chain or chord that this one waited for, in the order they were written. */
  after?: { kind: 'chain' | 'chord'; jobs: string[] };
}

export interface NewJob {
  id: string;
  task: string;
  data: JobData;
  attempts: number;
  /** Lower runs first; from `queuePriority`. */
  priority: number;
  delayMs?: number | undefined;
  unique?: UniqueJob | undefined;
}

/** A job that is not added when an equal one is there. */
export interface UniqueJob {
  /** Equal jobs of a queue have the same. */
  key: string;
  /** How long after one was added; undefined = while it has not ended. */
  forMs: number | undefined;
  /** Takes the place of one that has not begun. */
  latestWins: boolean;
}

/** A job as BullMQ's backend stores it; members that a new job has no value for are left out. */
export interface JobEntry {
  job: Omit<JobJson, 'failedReason' | 'returnvalue'>;
  jobId: string;
}

/**
 * What `addBulk` would make of it, without an object of BullMQ's for every job. The wait before a retry is no part of it:
 * the worker computes that from the task's backoff.
 * @throws {UsageError} JOB_ID_INVALID when a plain job's id is one that BullMQ keeps for itself
 */
export function toEntry(job: NewJob, nowMs: number): JobEntry {
  if (job.data.kind === 'job') checkId(job.id);
  const { unique } = job;
  const opts: JobsOptions = { attempts: job.attempts, priority: job.priority };
  // A plain job stays, so that its caller can read the result; the sweep removes it when it is old.
  if (job.data.kind !== 'job') opts.removeOnComplete = true;
  if (job.delayMs !== undefined) opts.delay = job.delayMs;
  if (unique !== undefined) {
    opts.deduplication = {
      id: unique.key,
      ...(unique.forMs === undefined ? {} : { ttl: unique.forMs }),
    };
  }
  return {
    jobId: job.id,
    job: {
      id: job.id,
      name: job.task,
      data: JSON.stringify(job.data),
      opts,
      progress: 0,
      attemptsMade: 0,
      attemptsStarted: 0,
      stalledCounter: 0,
      timestamp: nowMs,
      ...(unique === undefined ? {} : { deduplicationId: unique.key }),
    },
  };
}

/** BullMQ numbers its own jobs, and its keys in Redis are parted by colons. */
function checkId(id: string): void {
  if (!/^\d+$|:/.test(id)) return;
  throw new UsageError(
    `"${id}" cannot be the id of a job; expected text without ":" that is not a whole number`,
    {
      code: 'JOB_ID_INVALID',
      hint: `put a letter before it: job-${id.replaceAll(':', '-')}`,
      details: { found: id },
    },
  );
}

/** What a job carries on after its start number `starts` was put back before it began. Only rows count their attempts. */
export function markUnbegun(data: JobData, starts: number): JobData {
  if (data.kind !== 'row') return data;
  return { ...data, unbegun: [...(data.unbegun ?? []), attemptNumber(data, starts)] };
}

/** The number of a row's attempt: its starts before this job was added, and those of this job. */
export function attemptNumber(data: RowJobData, starts: number): number {
  return data.fenceBase + starts;
}

/** The same row of the same batch is always the same job. */
export function rowJobId(batchId: string, rowNumber: number): string {
  return `${batchId}-${rowNumber}`;
}

export function finishJobId(batchId: string, finishRuns: number): string {
  return `${batchId}-finish-${finishRuns + 1}`;
}

/** The row that a job of this id is of; undefined when it is of none. */
export function rowOfJobId(jobId: string): { batchId: string; number: number } | undefined {
  const match = /^(.+)-(\d{1,9})$/.exec(jobId);
  return match === null ? undefined : { batchId: match[1]!, number: Number(match[2]) };
}
