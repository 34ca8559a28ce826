/** Jobs that were not added, or gave way, because of an equal one. */
import type { Session } from '../database/database.js';

/** `job` is not in the queue, because `of` is. */
export async function recordDuplicate(
  db: Session,
  { job, of, queue }: { job: string; of: string; queue: string },
): Promise<void> {
  await db.query(
    `insert into sluice.job_link (job_id, queue, kind, of_job, of_queue) values ($1, $2, 'duplicate', $3, $2)
     on conflict (job_id) do update set kind = excluded.kind, of_job = excluded.of_job, of_queue = excluded.of_queue`,
    [job, queue, of],
  );
}

export interface JobLink {
  job: string;
  queue: string;
  kind: 'child' | 'chain' | 'group' | 'chord';
  /** The job that added it. */
  of: { id: string; queue: string };
}

/** Where jobs came from. */
export async function recordJobLinks(db: Session, links: readonly JobLink[]): Promise<void> {
  await db.query(
    `insert into sluice.job_link (job_id, queue, kind, of_job, of_queue)
     select job_id, queue, kind, of_job, of_queue
     from jsonb_to_recordset($1::jsonb) as l(job_id text, queue text, kind text, of_job text, of_queue text)
     on conflict (job_id) do nothing`,
    [
      JSON.stringify(
        links.map(({ job, queue, kind, of }) => ({
          job_id: job,
          queue,
          kind,
          of_job: of.id,
          of_queue: of.queue,
        })),
      ),
    ],
  );
}
