/**
 * What happens around jobs: batches, workers, limits, pauses, schedules, cancellations. What happens to a job itself is
 * in the queue's own stream and in the ledger's attempts, and is not written twice.
 */
import type { Session } from '../database/database.js';

export type LedgerEventType =
  | 'batch-started'
  | 'batch-finished'
  | 'worker-up'
  | 'worker-down'
  | 'worker-deaf'
  | 'cancelled'
  | 'rate-limited'
  | 'queue-paused'
  | 'queue-resumed'
  | 'schedule-added'
  | 'schedule-skipped'
  | 'schedule-late'
  | 'replayed';

export interface LedgerEvent {
  type: LedgerEventType;
  queue?: string | undefined;
  task?: string | undefined;
  job?: string | undefined;
  batch?: string | undefined;
  row?: number | undefined;
  attempt?: number | undefined;
  worker?: string | undefined;
  durationMs?: number | undefined;
  message?: string | undefined;
}

export async function recordEvent(db: Session, event: LedgerEvent): Promise<void> {
  await db.query(
    `insert into sluice.event (type, queue, task, job, batch, row, attempt, worker, duration_ms, message)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      event.type,
      event.queue ?? null,
      event.task ?? null,
      event.job ?? null,
      event.batch ?? null,
      event.row ?? null,
      event.attempt ?? null,
      event.worker ?? null,
      event.durationMs ?? null,
      event.message ?? null,
    ],
  );
}
