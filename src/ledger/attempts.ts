/** Attempts of a row, as the ledger saw them. */
import type { ErrorRecord } from '../core/error.js';
import type { RowState } from '../core/row.js';
import type { Session } from '../database/database.js';

/**
 * A row is delivered again: the attempts before `fence` that never ended have lost their lease. Attempts that died
 * before they were recorded are filled in, so that a second run is always visible. Returns the row's state, or
 * undefined when there is no such row.
 */
export async function beginRedelivery(
  db: Session,
  redelivery: { rowId: string; fence: number; worker: string },
): Promise<{ state: RowState; fence: number } | undefined> {
  await db.query(
    `insert into sluice.attempt (row_id, number, worker, ended_at, outcome)
     select r.id, n, coalesce(r.worker, 'unknown'), now(), 'lost'
     from sluice.row r, generate_series(1, $2::int - 1) n where r.id = $1 and n > 0
     on conflict (row_id, number) do update set ended_at = now(), outcome = 'lost' where sluice.attempt.ended_at is null`,
    [redelivery.rowId, redelivery.fence],
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

export interface AttemptRecord {
  number: number;
  worker: string;
  startedAt: string | null;
  endedAt: string | null;
  outcome: string | null;
  error: ErrorRecord | null;
}

/** Attempts of one row, first to last. */
export async function listAttempts(
  db: Session,
  batchId: string,
  rowNumber: number,
): Promise<AttemptRecord[]> {
  const { rows } = await db.query<{
    number: number;
    worker: string;
    started_at: Date | null;
    ended_at: Date | null;
    outcome: string | null;
    error: ErrorRecord | null;
  }>(
    `select a.number, a.worker, a.started_at, a.ended_at, a.outcome, a.error
     from sluice.attempt a join sluice.row r on r.id = a.row_id
     where r.batch_id = $1 and r.number = $2 order by a.number`,
    [batchId, rowNumber],
  );
  return rows.map((row) => ({
    number: row.number,
    worker: row.worker,
    startedAt: row.started_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    outcome: row.outcome,
    error: row.error,
  }));
}
