/** Attempts of a row, as the ledger saw them. */
import type { ErrorRecord } from '../core/error.js';
import type { RowState } from '../core/row.js';
import type { Session } from '../database/database.js';

/** Whoever began such an attempt is not known, nor when, nor whether anybody did. */
const UNRECORDED: ErrorRecord = {
  code: 'UNRECORDED',
  message:
    'its worker was lost, or the ledger was away, before anything of this attempt was recorded; it may or may not have begun',
};

/**
 * A row is delivered again: the attempts before `fence` that never ended have lost their lease. Those that nothing is
 * known of are filled in as lost with the error `UNRECORDED`, so that a second run is always visible; but not those that
 * surely never began (`unbegun`). Returns the row's state, or undefined when there is no such row.
 */
export async function beginRedelivery(
  db: Session,
  redelivery: { rowId: string; fence: number; unbegun: readonly number[]; worker: string },
): Promise<{ state: RowState; fence: number } | undefined> {
  await db.query(
    `insert into sluice.attempt (row_id, number, worker, ended_at, outcome, error)
     select r.id, n, 'unknown', now(), 'lost', $4::jsonb
     from sluice.row r, generate_series(1, $2::int - 1) n where r.id = $1 and not n = any($3::int[])
     on conflict (row_id, number) do update set ended_at = now(), outcome = 'lost' where sluice.attempt.ended_at is null`,
    [redelivery.rowId, redelivery.fence, redelivery.unbegun, JSON.stringify(UNRECORDED)],
  );
  const { rows } = await db.query<{ state: RowState; fence: number }>(
    `update sluice.row set fence = greatest(fence, $2::int),
       state = case when state = 'pending' then 'processing' else state end,
       worker = case when state in ('pending', 'processing') then $3 else worker end
     where id = $1 returning state, fence`,
    [redelivery.rowId, redelivery.fence, redelivery.worker],
  );
  return rows[0];
}

/** Number of the newest attempt that the row's ledger entry knows of; undefined when there is no such row. */
export async function findFence(db: Session, rowId: string): Promise<number | undefined> {
  const { rows } = await db.query<{ fence: number }>('select fence from sluice.row where id = $1', [rowId]);
  return rows[0]?.fence;
}

export interface AttemptRecord {
  number: number;
  worker: string;
  startedAt: string | null;
  endedAt: string | null;
  outcome: string | null;
  error: ErrorRecord | null;
}

/** A line of `sluice.attempt` or `sluice.job_attempt`. */
export interface StoredAttempt {
  number: number;
  worker: string;
  started_at: Date | null;
  ended_at: Date | null;
  outcome: string | null;
  error: ErrorRecord | null;
}

export function toAttempt(row: StoredAttempt): AttemptRecord {
  return {
    number: row.number,
    worker: row.worker,
    startedAt: row.started_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    outcome: row.outcome,
    error: row.error,
  };
}

/** Attempts of one row, first to last. */
export async function listAttempts(
  db: Session,
  batchId: string,
  rowNumber: number,
): Promise<AttemptRecord[]> {
  const { rows } = await db.query<StoredAttempt>(
    `select a.number, a.worker, a.started_at, a.ended_at, a.outcome, a.error
     from sluice.attempt a join sluice.row r on r.id = a.row_id
     where r.batch_id = $1 and r.number = $2 order by a.number`,
    [batchId, rowNumber],
  );
  return rows.map(toAttempt);
}
