/** One line of a task's log, with what is known of where it comes from. */
import type { DeliveredJob } from '../queue/consumer.js';
import type { AttemptFacts } from './run-task.js';

export type LogLevel = 'info' | 'warn';

/** Null where there is nothing to say: a batch's finish is no row, a plain job has no batch. */
export interface LogLine {
  level: LogLevel;
  message: string;
  job: string | null;
  task: string | null;
  batch: string | null;
  row: number | null;
  /** As `ctx.attempt` counts. */
  attempt: number | null;
  queue: string | null;
  worker: string;
  requestId: string | null;
}

export type LogSource = Omit<LogLine, 'level' | 'message'>;

export function sourceOfJob(job: DeliveredJob, worker: string): LogSource {
  const { data } = job;
  return {
    job: job.id,
    task: job.task,
    batch: data.kind === 'job' ? null : data.batch,
    row: data.kind === 'row' ? data.number : null,
    attempt: job.attemptsMade + job.leasesLost + 1,
    queue: job.queue,
    worker,
    requestId: data.requestId,
  };
}

export function sourceOfAttempt(facts: AttemptFacts, worker: string): LogSource {
  return {
    job: facts.job.id,
    task: facts.task,
    batch: facts.batch?.id ?? null,
    row: facts.row?.number ?? null,
    attempt: facts.attempt,
    queue: facts.job.queue,
    worker,
    requestId: facts.requestId,
  };
}
