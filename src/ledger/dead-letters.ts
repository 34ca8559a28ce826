/** Dead letters: jobs that failed for good, with everything needed to understand and to replay them. */
import type { ErrorRecord } from '../core/error.js';
import { errorFingerprint } from '../core/fingerprint.js';
import type { Session } from '../database/database.js';

/** Records the dead letter of a job that is not a row; rows record theirs with their last attempt. */
export async function recordDeadLetter(
  db: Session,
  letter: {
    jobId: string;
    task: string;
    queue: string;
    payload: unknown;
    attempts: number;
    error: ErrorRecord;
  },
): Promise<void> {
  await db.query(
    `insert into sluice.dead_letter (id, job_id, task, queue, payload, attempts, fingerprint, error, failed_at)
     values ($1, $1, $2, $3, $4::jsonb, $5, $6, $7::jsonb, now())
     on conflict (id) do update set payload = excluded.payload, attempts = excluded.attempts,
       fingerprint = excluded.fingerprint, error = excluded.error, failed_at = excluded.failed_at`,
    [
      letter.jobId,
      letter.task,
      letter.queue,
      JSON.stringify(letter.payload),
      letter.attempts,
      errorFingerprint(letter.error),
      JSON.stringify(letter.error),
    ],
  );
}
