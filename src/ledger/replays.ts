/** Replays in the ledger: a dead letter's job is open again, and its batch with it. The queue hears of it afterwards. */
import type { Session } from '../database/database.js';

export interface ReplayItem {
  id: string;
  /** Instead of the one that failed; already checked. */
  input?: Record<string, unknown> | undefined;
  /** The fields of `input` that differ, before and after. */
  change?: { from: Record<string, unknown>; to: Record<string, unknown> } | undefined;
}

/** A job that is open again, with what the queue needs to run it. */
export interface OpenedLetter {
  id: string;
  kind: 'row' | 'job';
  task: string;
  /** Where it will run, and where its failed job is. */
  queue: string;
  fromQueue: string;
  payload: Record<string, unknown>;
  batchId: string | null;
  row: { id: string; number: number; input: Record<string, unknown>; fence: number } | null;
}

/**
 * Moves letters from open to replayed, their rows from failed to pending, and counts and state of the batches, in one
 * statement: a finished batch runs again, so the last of its rows to end starts its finish anew. Letters that are not
 * open, whose row was replaced or whose batch was cancelled are left alone and not returned. `told` says that the queue
 * hears of it in the same transaction.
 */
export async function reopenLetters(
  db: Session,
  items: readonly ReplayItem[],
  how: { by: string; queue?: string | undefined; told: boolean },
): Promise<OpenedLetter[]> {
  const { rows } = await db.query<StoredOpened>(
    `with wanted as (
       select l.id, l.batch_id, l.queue, w.input, w.change
       from jsonb_to_recordset($1::jsonb) as w(id text, input jsonb, change jsonb)
       join sluice.dead_letter l on l.id = w.id and l.state = 'open'
     ), batches as materialized (
       select b.id from sluice.batch b where b.id in (select batch_id from wanted) and b.state <> 'cancelled'
       order by b.id for update
     ), letters as (
       update sluice.dead_letter l set state = 'replayed', replays = l.replays + 1, replayed_at = now(),
         requeued_at = case when $4::boolean then now() end,
         queue = coalesce($3, l.queue),
         payload = case when w.input is null then l.payload else jsonb_set(l.payload, '{input}', w.input) end,
         changes = case when w.change is null then l.changes
           else l.changes || jsonb_build_array(jsonb_build_object('at', ${ISO_NOW}, 'by', $2::text) || w.change) end,
         history = l.history || jsonb_build_array(jsonb_build_object('at', ${ISO_NOW}, 'by', $2::text, 'from', l.queue,
           'queue', coalesce($3, l.queue), 'code', l.error->>'code', 'message', l.error->>'message',
           'attempts', l.attempts, 'changed', w.change is not null))
       from wanted w
       where l.id = w.id and l.state = 'open' and (l.kind = 'job' or exists (
         select 1 from sluice.row r join batches b on b.id = r.batch_id
         where r.id = l.row_id and r.state = 'failed' and r.replaced_by is null))
       returning l.id, l.kind, l.task, l.queue, w.queue as from_queue, l.payload, l.batch_id, l.row_id, w.input
     ), rows as (
       update sluice.row r set state = 'pending', input = coalesce(l.input, r.input), result = null, reason = null,
         error = null, worker = null, ended_at = null
       from letters l where r.id = l.row_id and r.state = 'failed'
       returning r.id, r.batch_id, r.number, r.input, r.fence
     ), counted as (
       update sluice.batch b set failed = b.failed - c.n, ended_at = null,
         state = case when b.state in ('finishing', 'finished') then 'running' else b.state end,
         -- A finish that runs now has not seen these rows: it must not close the batch.
         finish_runs = b.finish_runs + case when b.state = 'finishing' then 1 else 0 end
       from (select batch_id, count(*)::int as n from rows group by batch_id) c where b.id = c.batch_id
     ), forgotten as (
       delete from sluice.cancellation where job_id in (select id from letters)
     ), told as (
       insert into sluice.event (type, queue, task, job, batch, row)
       select 'replayed', l.queue, l.task, l.id, l.batch_id, r.number from letters l left join rows r on r.id = l.row_id
     )
     select l.id, l.kind, l.task, l.queue, l.from_queue, l.payload, l.batch_id, r.id::text as row_id, r.number, r.input,
       r.fence
     from letters l left join rows r on r.id = l.row_id`,
    [
      JSON.stringify(
        items.map(({ id, input, change }) => ({ id, input: input ?? null, change: change ?? null })),
      ),
      how.by,
      how.queue ?? null,
      how.told,
    ],
  );
  return rows.map(toOpened);
}

/** The queue has heard of these replays. */
export async function markRequeued(db: Session, ids: readonly string[]): Promise<void> {
  await db.query(
    "update sluice.dead_letter set requeued_at = now() where id = any($1::text[]) and state = 'replayed' and requeued_at is null",
    [ids],
  );
}

/** Replays of more than ten seconds ago that the queue may not have heard of, oldest first, and whose job has not ended. */
export async function listUnheardReplays(db: Session, limit: number): Promise<OpenedLetter[]> {
  const { rows } = await db.query<StoredOpened>(
    `select l.id, l.kind, l.task, l.queue, coalesce(l.history->-1->>'from', l.queue) as from_queue, l.payload, l.batch_id,
       r.id::text as row_id, r.number, r.input, r.fence
     from sluice.dead_letter l left join sluice.row r on r.id = l.row_id
     where l.state = 'replayed' and l.requeued_at is null and l.replayed_at < now() - interval '10 s'
       and (l.kind = 'job' or r.state in ('pending', 'processing'))
     order by l.replayed_at limit $1`,
    [limit],
  );
  return rows.map(toOpened);
}

/** Cancelled rows of a batch are open again, and the batch runs. Returns how many. */
export async function reopenCancelledRows(db: Session, batchId: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `with rows as (
       update sluice.row set state = 'pending', reason = null, ended_at = null, worker = null
       where batch_id = $1 and state = 'cancelled' and input is not null returning number
     ), forgotten as (
       delete from sluice.cancellation where job_id in (select $1 || '-' || number from rows)
     ), counted as (
       update sluice.batch b set cancelled = b.cancelled - c.n, state = 'running', reason = null, ended_at = null,
         finish_runs = b.finish_runs + case when b.state = 'finishing' then 1 else 0 end
       from (select count(*)::int as n from rows) c where b.id = $1 and c.n > 0
     )
     select count(*)::int as n from rows`,
    [batchId],
  );
  return rows[0]!.n;
}

/** open: it has not ended · failed: for good, again · other: it ended otherwise. */
export type TrialEnd = 'open' | 'failed' | 'other';

/** What became of replayed letters, as far as the ledger knows: of a job without a row it hears only when it fails. */
export async function readTrial(
  db: Session,
  ids: readonly string[],
): Promise<Map<string, { end: TrialEnd; fingerprint: string; queue: string }>> {
  const { rows } = await db.query<{ id: string; end: TrialEnd; fingerprint: string; queue: string }>(
    `select l.id, l.fingerprint, l.queue, case when l.state = 'open' then 'failed'
         when l.kind = 'job' or r.state in ('pending', 'processing') then 'open' else 'other' end as end
     from sluice.dead_letter l left join sluice.row r on r.id = l.row_id where l.id = any($1::text[])`,
    [ids],
  );
  return new Map(rows.map(({ id, ...rest }) => [id, rest]));
}

/** Queues that open rows of this batch may be in: its own, and those that replays sent rows to. */
export async function queuesOfBatch(db: Session, batch: { id: string; queue: string }): Promise<string[]> {
  const { rows } = await db.query<{ queue: string }>(
    "select distinct queue from sluice.dead_letter where batch_id = $1 and state = 'replayed'",
    [batch.id],
  );
  return [...new Set([batch.queue, ...rows.map(({ queue }) => queue)])];
}

const ISO_NOW = `to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

interface StoredOpened {
  id: string;
  kind: 'row' | 'job';
  task: string;
  queue: string;
  from_queue: string;
  payload: Record<string, unknown>;
  batch_id: string | null;
  row_id: string | null;
  number: number;
  input: Record<string, unknown>;
  fence: number;
}

function toOpened(row: StoredOpened): OpenedLetter {
  return {
    id: row.id,
    kind: row.kind,
    task: row.task,
    queue: row.queue,
    fromQueue: row.from_queue,
    payload: row.payload,
    batchId: row.batch_id,
    row:
      row.row_id === null ? null : { id: row.row_id, number: row.number, input: row.input, fence: row.fence },
  };
}
