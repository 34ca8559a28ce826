/** One row of a batch: looked at, or cancelled by itself. */
import type { ErrorRecord } from '../core/error.js';
import type { CellValue, RowResult, RowState } from '../core/row.js';
import type { Session } from '../database/database.js';
import type { BatchState } from './batches.js';

export interface RowFacts {
  /** Ledger id. */
  id: string;
  number: number;
  state: RowState;
  cells: Record<string, CellValue>;
  input: Record<string, unknown> | null;
  result: RowResult | null;
  reason: string | null;
  error: ErrorRecord | null;
  attempts: number;
  worker: string | null;
  startedAt: string | null;
  endedAt: string | null;
}

export async function findRow(db: Session, batchId: string, number: number): Promise<RowFacts | undefined> {
  const { rows } = await db.query<
    Omit<RowFacts, 'startedAt' | 'endedAt'> & { started_at: Date | null; ended_at: Date | null }
  >(
    `select id::text, number, state, cells, input, result, reason, error, attempts, worker, started_at, ended_at
     from sluice.row where batch_id = $1 and number = $2`,
    [batchId, number],
  );
  if (rows[0] === undefined) return undefined;
  const { started_at, ended_at, ...facts } = rows[0];
  return {
    ...facts,
    startedAt: started_at?.toISOString() ?? null,
    endedAt: ended_at?.toISOString() ?? null,
  };
}

/**
 * Ends a row that has not ended, and counts it. Returns the state of its batch, `finishing` when it was the last one;
 * undefined when the row had ended. What an attempt that still runs records later is refused.
 */
export async function cancelRow(
  db: Session,
  row: { batchId: string; number: number; reason: string },
): Promise<BatchState | undefined> {
  const { rows } = await db.query<{ state: BatchState }>(
    `with ended as (
       update sluice.row set state = 'cancelled', reason = $3, ended_at = now()
       where batch_id = $1 and number = $2 and state in ('pending', 'processing')
       returning batch_id
     )
     update sluice.batch b set cancelled = b.cancelled + 1,
       state = case when b.state = 'running' and b.total
         = b.completed + b.failed + b.invalid + b.skipped + b.cancelled + 1 then 'finishing' else b.state end
     from ended where b.id = ended.batch_id
     returning b.state`,
    [row.batchId, row.number, row.reason],
  );
  return rows[0]?.state;
}
