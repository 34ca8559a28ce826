/** Batches in the ledger. A batch's counters change only in the statement that changes the rows they count. */
import type { ErrorRecord } from '../core/error.js';
import type { Priority } from '../core/priority.js';
import type { SourceInfo } from '../core/row.js';
import { type Counts, tally } from '../core/tally.js';
import type { Session } from '../database/database.js';

/**
 * submitting → running → finishing → finished, and cancelled from the first two.
 * A batch leaves `running` in the statement that ends its last row, so exactly one process starts its finish.
 */
export type BatchState = 'submitting' | 'running' | 'finishing' | 'finished' | 'cancelled';

/** Which rows of the file were asked for (`rows`, `where`, `limit`, `sample`), and when their jobs may run. */
export interface StoredSelection {
  [part: string]: unknown;
  /** Completed rows run again. */
  force: boolean;
  /** Not run before then (epoch ms). */
  notBeforeMs?: number;
  /** Not started by then (epoch ms): not run. */
  expiresAtMs?: number;
  /** Default normal. */
  priority?: Priority;
}

export interface BatchRecord {
  id: string;
  task: string;
  taskVersion: number;
  queue: string;
  options: Record<string, unknown>;
  prepared: unknown;
  dataIdentity: string;
  source: SourceInfo;
  selection: StoredSelection;
  fingerprint: string;
  requestId: string;
  state: BatchState;
  reason: string | null;
  replaces: string | null;
  counts: Counts;
  finishRuns: number;
  finishError: ErrorRecord | null;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
}

export type NewBatch = Pick<
  BatchRecord,
  | 'id'
  | 'task'
  | 'taskVersion'
  | 'queue'
  | 'options'
  | 'prepared'
  | 'dataIdentity'
  | 'source'
  | 'selection'
  | 'fingerprint'
  | 'requestId'
  | 'replaces'
> & {
  /** As the producer's registry has it; null when it has none. */
  taskHash: string | null;
};

const COLUMNS = `id, task, task_version, queue, options, prepared, data_identity, source, selection, fingerprint, request_id,
  state, reason, replaces, total, completed, failed, invalid, skipped, cancelled, finish_runs, finish_error,
  created_at, started_at, ended_at`;

export async function insertBatch(db: Session, batch: NewBatch): Promise<void> {
  await db.query(
    `insert into sluice.batch (id, task, task_version, queue, options, prepared, data_identity, source, selection,
       fingerprint, request_id, replaces, task_hash, state, started_at)
     values ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7, $8::jsonb, $9::jsonb, $10, $11, $12, $13, 'submitting', now())`,
    [
      batch.id,
      batch.task,
      batch.taskVersion,
      batch.queue,
      JSON.stringify(batch.options),
      JSON.stringify(batch.prepared ?? null),
      batch.dataIdentity,
      JSON.stringify(batch.source),
      JSON.stringify(batch.selection),
      batch.fingerprint,
      batch.requestId,
      batch.replaces,
      batch.taskHash,
    ],
  );
}

export async function findBatch(db: Session, id: string): Promise<BatchRecord | undefined> {
  const { rows } = await db.query<BatchRow>(`select ${COLUMNS} from sluice.batch where id = $1`, [id]);
  return rows[0] && toBatch(rows[0]);
}

/** The newest batch of the same request, when it has not ended. */
export async function findUnfinished(db: Session, fingerprint: string): Promise<BatchRecord | undefined> {
  const { rows } = await db.query<BatchRow>(
    `select ${COLUMNS} from sluice.batch where fingerprint = $1 order by created_at desc limit 1`,
    [fingerprint],
  );
  const newest = rows[0] && toBatch(rows[0]);
  return newest === undefined || newest.state === 'finished' || newest.state === 'cancelled'
    ? undefined
    : newest;
}

/** Newest first. */
export async function listBatches(
  db: Session,
  { limit, task }: { limit: number; task?: string | undefined },
): Promise<BatchRecord[]> {
  const { rows } = await db.query<BatchRow>(
    `select ${COLUMNS} from sluice.batch where $2::text is null or task = $2 order by created_at desc limit $1`,
    [limit, task ?? null],
  );
  return rows.map(toBatch);
}

/** Batches that wait for something, oldest first; what sweeps look at. */
export async function listOpenBatches(db: Session): Promise<BatchRecord[]> {
  const { rows } = await db.query<BatchRow>(
    `select ${COLUMNS} from sluice.batch where state in ('submitting', 'running', 'finishing') order by created_at`,
  );
  return rows.map(toBatch);
}

/** All rows are recorded. Returns the state that follows: `finishing` when nothing is left to run. */
export async function closeSubmission(db: Session, id: string): Promise<BatchState | undefined> {
  const { rows } = await db.query<{ state: BatchState }>(
    `update sluice.batch set state = case
       when total = completed + failed + invalid + skipped + cancelled then 'finishing' else 'running' end
     where id = $1 and state = 'submitting' returning state`,
    [id],
  );
  return rows[0]?.state;
}

/**
 * The finish job has run. `error` is kept when the task's finish failed; the batch has ended all the same. Of a batch whose
 * rows were replayed meanwhile (it has other `finishRuns` then) nothing is recorded: a later finish will see those rows.
 * Returns whether it was.
 */
export async function recordFinished(
  db: Session,
  { id, finishRuns }: Pick<BatchRecord, 'id' | 'finishRuns'>,
  error: ErrorRecord | null,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update sluice.batch set state = 'finished', ended_at = now(), finish_runs = finish_runs + 1, finish_error = $2::jsonb
     where id = $1 and state = 'finishing' and finish_runs = $3`,
    [id, error === null ? null : JSON.stringify(error), finishRuns],
  );
  return rowCount > 0;
}

/** Ends every row that has not ended, and the batch. Returns how many rows were cancelled; undefined when it had ended. */
export async function cancelBatch(db: Session, id: string, reason: string): Promise<number | undefined> {
  const { rows } = await db.query<{ cancelled: number }>(
    `with open as (
       update sluice.batch set state = 'cancelled', reason = $2, ended_at = now()
       where id = $1 and state in ('submitting', 'running') returning id
     ), ended as (
       update sluice.row set state = 'cancelled', reason = $2, ended_at = now()
       where batch_id in (select id from open) and state in ('pending', 'processing') returning 1
     ), counted as (select count(*)::int as n from ended)
     select n as cancelled from counted, open`,
    [id, reason],
  );
  const cancelled = rows[0]?.cancelled;
  if (cancelled !== undefined && cancelled > 0) {
    await db.query('update sluice.batch set cancelled = cancelled + $2 where id = $1', [id, cancelled]);
  }
  return cancelled;
}

/** Mean milliseconds per row of this task's finished batches, or undefined when it has no history. */
export async function meanRowMs(db: Session, task: string): Promise<number | undefined> {
  const { rows } = await db.query<{ ms: number | null }>(
    `select (sum(extract(epoch from ended_at - started_at)) * 1000 / nullif(sum(completed + failed), 0))::float8 as ms
     from (select started_at, ended_at, completed, failed from sluice.batch
           where task = $1 and state = 'finished' order by ended_at desc limit 5) recent`,
    [task],
  );
  return rows[0]?.ms ?? undefined;
}

interface BatchRow {
  id: string;
  task: string;
  task_version: number;
  queue: string;
  options: Record<string, unknown>;
  prepared: unknown;
  data_identity: string;
  source: SourceInfo;
  selection: StoredSelection;
  fingerprint: string;
  request_id: string;
  state: BatchState;
  reason: string | null;
  replaces: string | null;
  total: number;
  completed: number;
  failed: number;
  invalid: number;
  skipped: number;
  cancelled: number;
  finish_runs: number;
  finish_error: ErrorRecord | null;
  created_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
}

function toBatch(row: BatchRow): BatchRecord {
  return {
    id: row.id,
    task: row.task,
    taskVersion: row.task_version,
    queue: row.queue,
    options: row.options,
    prepared: row.prepared,
    dataIdentity: row.data_identity,
    source: row.source,
    selection: row.selection,
    fingerprint: row.fingerprint,
    requestId: row.request_id,
    state: row.state,
    reason: row.reason,
    replaces: row.replaces,
    counts: tally(row.total, row),
    finishRuns: row.finish_runs,
    finishError: row.finish_error,
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
  };
}
