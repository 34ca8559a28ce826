/**
 * Jobs that somebody cancelled. The worker that runs one reads it here within a second, on whatever machine it is; a job
 * that comes again after it was cancelled is not run. An entry is open until the job has stopped, and stays after that.
 */
import type { Session } from '../database/database.js';
import { currentActor } from './audit.js';

export interface Cancellation {
  job: string;
  queue: string;
  task: string;
  askedBy: string;
  askedAt: string;
  reason: string;
  /** Null while the job has not stopped. */
  endedAt: string | null;
}

/** Asks for a job to be stopped. Of one that was asked for before and has not stopped, the first one stands. */
export async function askCancellation(
  db: Session,
  job: { id: string; queue: string; task: string; reason: string },
): Promise<void> {
  await db.query(
    `insert into sluice.cancellation (job_id, queue, task, asked_by, reason) values ($1, $2, $3, $4, $5)
     on conflict (job_id) do update set queue = excluded.queue, task = excluded.task, asked_by = excluded.asked_by,
       asked_at = now(), reason = excluded.reason, ended_at = null
     where sluice.cancellation.ended_at is not null`,
    [job.id, job.queue, job.task, currentActor(), job.reason],
  );
}

/** The cancelled ones among `jobIds`, stopped or not. */
export async function findCancelled(
  db: Session,
  jobIds: readonly string[],
): Promise<Map<string, Cancellation>> {
  if (jobIds.length === 0) return new Map();
  const { rows } = await db.query<StoredCancellation>(
    `select job_id, queue, task, asked_by, asked_at, reason, ended_at from sluice.cancellation
     where job_id = any($1::text[])`,
    [jobIds],
  );
  return new Map(rows.map((row) => [row.job_id, toCancellation(row)]));
}

/** The job has stopped, or will not begin. */
export async function endCancellation(db: Session, jobId: string): Promise<void> {
  await db.query('update sluice.cancellation set ended_at = now() where job_id = $1 and ended_at is null', [
    jobId,
  ]);
}

/** The job is to run after all: it was retried, or it had ended before it could be stopped. */
export async function forgetCancellation(db: Session, jobIds: readonly string[]): Promise<void> {
  await db.query('delete from sluice.cancellation where job_id = any($1::text[])', [jobIds]);
}

interface StoredCancellation {
  job_id: string;
  queue: string;
  task: string;
  asked_by: string;
  asked_at: Date;
  reason: string;
  ended_at: Date | null;
}

function toCancellation(row: StoredCancellation): Cancellation {
  return {
    job: row.job_id,
    queue: row.queue,
    task: row.task,
    askedBy: row.asked_by,
    askedAt: row.asked_at.toISOString(),
    reason: row.reason,
    endedAt: row.ended_at?.toISOString() ?? null,
  };
}
