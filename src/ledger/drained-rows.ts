/** Rows whose jobs an operator takes out of a queue. */
import type { Session } from '../database/database.js';
import type { BatchState } from './batches.js';

export interface DrainedRows {
  cancelled: number;
  /** Batches whose last open row this was: their finish is to be run. */
  finishing: string[];
}

/** Ends those of the rows that have not ended, and counts them in their batches, in one statement. */
export async function cancelDrainedRows(
  db: Session,
  rows: readonly { batchId: string; number: number }[],
  reason: string,
): Promise<DrainedRows> {
  if (rows.length === 0) return { cancelled: 0, finishing: [] };
  const { rows: batches } = await db.query<{ id: string; state: BatchState; cancelled: number }>(
    `with ended as (
       update sluice.row r set state = 'cancelled', reason = $2, ended_at = now()
       from jsonb_to_recordset($1::jsonb) as j("batchId" text, number int)
       where r.batch_id = j."batchId" and r.number = j.number
         -- Said so that the planner looks rows up by number: it would read the index of open rows whole.
         and r.state not in ('completed', 'failed', 'invalid', 'skipped', 'cancelled')
       returning r.batch_id
     ), counted as (select batch_id, count(*)::int as cancelled from ended group by batch_id)
     update sluice.batch b set cancelled = b.cancelled + c.cancelled,
       state = case when b.state = 'running' and b.total
         = b.completed + b.failed + b.invalid + b.skipped + b.cancelled + c.cancelled then 'finishing' else b.state end
     from counted c where b.id = c.batch_id
     returning b.id, b.state, c.cancelled`,
    [JSON.stringify(rows), reason],
  );
  return {
    cancelled: batches.reduce((sum, batch) => sum + batch.cancelled, 0),
    finishing: batches.filter(({ state }) => state === 'finishing').map(({ id }) => id),
  };
}
