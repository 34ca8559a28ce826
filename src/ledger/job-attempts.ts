/** Attempts of jobs that belong to no batch. A first attempt that succeeds is not recorded: the queue has its result. */
import type { ErrorRecord } from '../core/error.js';
import type { Session } from '../database/database.js';
import { type AttemptRecord, type StoredAttempt, toAttempt } from './attempts.js';

export interface JobAttempt {
  jobId: string;
  /** Starts of the job so far, this one included. */
  number: number;
  queue: string;
  worker: string;
  startedAt: Date;
  outcome: 'completed' | 'failed' | 'deferred' | 'lost';
  error: ErrorRecord | null;
}

export async function recordJobAttempt(db: Session, attempt: JobAttempt): Promise<void> {
  await db.query(
    `insert into sluice.job_attempt (job_id, number, queue, worker, started_at, ended_at, outcome, error)
     values ($1, $2, $3, $4, $5, now(), $6, $7::jsonb)
     on conflict (job_id, number) do update set worker = excluded.worker, started_at = excluded.started_at,
       ended_at = excluded.ended_at, outcome = excluded.outcome, error = excluded.error`,
    [
      attempt.jobId,
      attempt.number,
      attempt.queue,
      attempt.worker,
      attempt.startedAt,
      attempt.outcome,
      attempt.error === null ? null : JSON.stringify(attempt.error),
    ],
  );
}

/** Starts before `number` that left no record: their worker went away under them. */
export async function recordLostJobAttempts(
  db: Session,
  job: { jobId: string; queue: string; number: number },
): Promise<void> {
  await db.query(
    `insert into sluice.job_attempt (job_id, number, queue, worker, ended_at, outcome)
     select $1, n, $2, 'unknown', now(), 'lost' from generate_series(1, $3::int - 1) n
     on conflict (job_id, number) do nothing`,
    [job.jobId, job.queue, job.number],
  );
}

/** First to last. */
export async function listJobAttempts(db: Session, jobId: string): Promise<AttemptRecord[]> {
  const { rows } = await db.query<StoredAttempt>(
    `select number, worker, started_at, ended_at, outcome, error from sluice.job_attempt
     where job_id = $1 order by number`,
    [jobId],
  );
  return rows.map(toAttempt);
}
