/** What travels through a queue: small plain JSON. */
import type { BulkJobOptions } from 'bullmq';

export type JobData = RowJobData | FinishJobData | PlainJobData;

interface AnyJobData {
  /** Travels from the caller through logs, events and outside calls. */
  requestId: string;
  /** Not started by then (epoch ms): not run. */
  expiresAtMs?: number;
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
}

export interface NewJob {
  id: string;
  task: string;
  data: JobData;
  attempts: number;
  delayMs?: number | undefined;
}

/** Marks jobs whose wait is computed by the worker from the task's backoff. */
const TASK_BACKOFF = 'task';

export function toBulkJob(job: NewJob): { name: string; data: JobData; opts: BulkJobOptions } {
  return {
    name: job.task,
    data: job.data,
    opts: {
      jobId: job.id,
      attempts: job.attempts,
      backoff: { type: TASK_BACKOFF },
      // A plain job stays, so that its caller can read the result; the sweep removes it when it is old.
      removeOnComplete: job.data.kind !== 'job',
      removeOnFail: false,
      ...(job.delayMs === undefined ? {} : { delay: job.delayMs }),
    },
  };
}

/** The same row of the same batch is always the same job. */
export function rowJobId(batchId: string, rowNumber: number): string {
  return `${batchId}-${rowNumber}`;
}

export function finishJobId(batchId: string, finishRuns: number): string {
  return `${batchId}-finish-${finishRuns + 1}`;
}
