/** What the ledger knows of one job by its id: where it was seen, why it is where it is, and how it ended. */
import type { ErrorRecord } from '../core/error.js';
import type { Session } from '../database/database.js';
import { type Cancellation, findCancelled } from './cancellations.js';

export interface JobTrace {
  /** Queues in which it was seen; the queue itself says whether it still is. */
  queues: string[];
  /** The job that it came from, or that was there in its place. */
  link: { kind: 'child' | 'chain' | 'group' | 'chord' | 'duplicate'; job: string; queue: string } | undefined;
  /** It failed for good. */
  deadLetter: DeadLetterFacts | undefined;
  cancellation: Cancellation | undefined;
}

export interface DeadLetterFacts {
  task: string;
  queue: string;
  cell: string | null;
  attempts: number;
  reason: string;
  error: ErrorRecord;
  payload: { requestId?: string; input?: Record<string, unknown> };
  failedAt: string;
}

export async function traceJob(db: Session, id: string): Promise<JobTrace> {
  const [link, deadLetter, cancelled, queues] = await Promise.all([
    findLink(db, id),
    findDeadLetter(db, id),
    findCancelled(db, [id]),
    seenIn(db, id),
  ]);
  return { queues, link, deadLetter, cancellation: cancelled.get(id) };
}

/** A schedule's jobs are named after it: `nightly@…`. */
async function seenIn(db: Session, id: string): Promise<string[]> {
  const { rows } = await db.query<{ queue: string }>(
    `select queue from sluice.dead_letter where id = $1
     union select queue from sluice.job_attempt where job_id = $1
     union select queue from sluice.cancellation where job_id = $1
     union select queue from sluice.job_link where job_id = $1
     union select of_queue from sluice.job_link where of_job = $1
     union select queue from sluice.schedule where name = $2`,
    [id, id.split('@')[0]],
  );
  return rows.map(({ queue }) => queue);
}

async function findLink(db: Session, id: string): Promise<JobTrace['link']> {
  const { rows } = await db.query<NonNullable<JobTrace['link']>>(
    'select kind, of_job as job, of_queue as queue from sluice.job_link where job_id = $1',
    [id],
  );
  return rows[0];
}

async function findDeadLetter(db: Session, id: string): Promise<DeadLetterFacts | undefined> {
  const { rows } = await db.query<Omit<DeadLetterFacts, 'failedAt'> & { failed_at: Date }>(
    `select task, queue, cell, attempts, reason, error, payload, failed_at from sluice.dead_letter
     where id = $1 and state = 'open'`,
    [id],
  );
  if (rows[0] === undefined) return undefined;
  const { failed_at, ...facts } = rows[0];
  return { ...facts, failedAt: failed_at.toISOString() };
}

/** Queues that batches, workers, schedules and operators have named; a project's own are in its config and tasks. */
export async function seenQueues(db: Session): Promise<string[]> {
  const { rows } = await db.query<{ queue: string }>(
    `select distinct queue from sluice.batch
     union select jsonb_array_elements_text(queues) from sluice.worker
     union select queue from sluice.queue_setting
     union select queue from sluice.schedule
     order by 1`,
  );
  return rows.map(({ queue }) => queue);
}

/** Nothing of the job is left in the ledger. */
export async function forgetJob(db: Session, id: string): Promise<void> {
  await db.query(
    `with logs as (delete from sluice.job_log where job_id = $1),
       attempts as (delete from sluice.job_attempt where job_id = $1),
       cancellations as (delete from sluice.cancellation where job_id = $1),
       links as (delete from sluice.job_link where job_id = $1)
     delete from sluice.dead_letter where id = $1`,
    [id],
  );
}
