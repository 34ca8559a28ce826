/** What the ledger knows of the jobs that a page of events is about: read for all of them at once. */
import type { Session } from '../database/database.js';

export interface AttemptOfJob {
  /** Attempts up to this one; a run that only waited (`deferred`), or came too late (`superseded`), is none. */
  count: number;
  worker: string;
  startedAtMs: number | null;
  endedAtMs: number | null;
  outcome: string | null;
  message: string | null;
}

interface StoredAttempt {
  job: string;
  number: number;
  worker: string;
  started_at: Date | null;
  ended_at: Date | null;
  outcome: string | null;
  message: string | null;
}

/** By batch id. */
export async function tasksOfBatches(db: Session, batches: readonly string[]): Promise<Map<string, string>> {
  if (batches.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; task: string }>(
    'select id, task from sluice.batch where id = any($1::text[])',
    [batches],
  );
  return new Map(rows.map(({ id, task }) => [id, task]));
}

/** By job id, first to last; jobs without a recorded attempt are left out. */
export async function attemptsOfJobs(
  db: Session,
  jobs: { rows: readonly { job: string; batch: string; row: number }[]; others: readonly string[] },
): Promise<Map<string, AttemptOfJob[]>> {
  if (jobs.rows.length + jobs.others.length === 0) return new Map();
  const { rows } = await db.query<StoredAttempt>(
    `select w.job, a.number, a.worker, a.started_at, a.ended_at, a.outcome, a.error->>'message' as message
     from unnest($1::text[], $2::text[], $3::int[]) w(job, batch, row)
     join sluice.row r on r.batch_id = w.batch and r.number = w.row
     join sluice.attempt a on a.row_id = r.id
     union all
     select job_id, number, worker, started_at, ended_at, outcome, error->>'message'
     from sluice.job_attempt where job_id = any($4::text[])
     order by 1, 2`,
    [
      jobs.rows.map(({ job }) => job),
      jobs.rows.map(({ batch }) => batch),
      jobs.rows.map(({ row }) => row),
      jobs.others,
    ],
  );
  const byJob = new Map<string, AttemptOfJob[]>();
  for (const stored of rows) {
    const attempts = byJob.get(stored.job) ?? [];
    attempts.push(toAttempt(stored, attempts.at(-1)?.count ?? 0));
    byJob.set(stored.job, attempts);
  }
  return byJob;
}

function toAttempt(stored: StoredAttempt, before: number): AttemptOfJob {
  const isCounted = stored.outcome !== 'deferred' && stored.outcome !== 'superseded';
  return {
    count: isCounted ? before + 1 : before,
    worker: stored.worker,
    startedAtMs: stored.started_at?.getTime() ?? null,
    endedAtMs: stored.ended_at?.getTime() ?? null,
    outcome: stored.outcome,
    message: stored.message,
  };
}
