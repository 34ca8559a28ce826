/** Rows in the ledger: recorded in chunks when a batch is submitted, read in order when it has ended. */
import type { ErrorRecord } from '../core/error.js';
import type { CellIssue, CellValue, LedgerRow, RowResult, RowState } from '../core/row.js';
import type { Session } from '../database/database.js';
import { patiently } from './patience.js';

export interface NewRow {
  number: number;
  rowKey: string;
  state: Extract<RowState, 'pending' | 'invalid' | 'skipped'>;
  cells: Record<string, CellValue>;
  input: Record<string, unknown> | null;
  geometry?: unknown;
  issues: CellIssue[];
  /** Of the earlier run, for a skipped row. */
  result: RowResult | null;
  reason: string | null;
  replacesRow?: number | undefined;
}

export interface RecordedRow {
  id: string;
  number: number;
}

/**
 * Records rows and counts them in one statement. Rows that are already recorded are left alone, so that a
 * submission can be repeated after a crash. Returns the rows that are new.
 */
export async function insertRows(
  db: Session,
  batchId: string,
  rows: readonly NewRow[],
): Promise<RecordedRow[]> {
  const { rows: recorded } = await db.query<{ id: string; number: number }>(
    `with input as (
       select * from jsonb_to_recordset($2::jsonb) as r(number int, "rowKey" text, state text, cells jsonb, input jsonb,
         geometry jsonb, issues jsonb, result jsonb, reason text, "replacesRow" int)
     ), recorded as (
       insert into sluice.row (batch_id, number, row_key, state, cells, input, geometry, issues, result, reason,
         replaces_row, ended_at)
       select $1, number, "rowKey", state, cells, input, geometry, nullif(issues, '[]'), result, reason, "replacesRow",
         case when state = 'pending' then null else now() end
       from input order by number
       on conflict (batch_id, number) do nothing
       returning id, number, state
     ), counted as (
       update sluice.batch b set total = b.total + c.total, invalid = b.invalid + c.invalid, skipped = b.skipped + c.skipped
       from (select count(*) as total, count(*) filter (where state = 'invalid') as invalid,
               count(*) filter (where state = 'skipped') as skipped from recorded) c
       where b.id = $1
     )
     select id::text, number from recorded order by number`,
    [batchId, JSON.stringify(rows)],
  );
  return recorded;
}

export interface EarlierRow {
  rowKey: string;
  batchId: string;
  number: number;
  result: RowResult | null;
}

/** For each key, the newest completed row that has it. */
export async function findCompleted(
  db: Session,
  rowKeys: readonly string[],
): Promise<Map<string, EarlierRow>> {
  const { rows } = await db.query<{
    row_key: string;
    batch_id: string;
    number: number;
    result: RowResult | null;
  }>(
    `select distinct on (row_key) row_key, batch_id, number, result from sluice.row
     where row_key = any($1::text[]) and state = 'completed' order by row_key, id desc`,
    [rowKeys],
  );
  return new Map(
    rows.map((row) => [
      row.row_key,
      { rowKey: row.row_key, batchId: row.batch_id, number: row.number, result: row.result },
    ]),
  );
}

/** Marks failed or invalid rows of an earlier batch as taken over by corrected ones; their dead letters wait no longer. */
export async function markReplaced(db: Session, earlierBatchId: string, byBatchId: string): Promise<void> {
  await db.query(
    `with replaced as (
       update sluice.row earlier set replaced_by = $2
       from sluice.row later
       where later.batch_id = $2 and later.replaces_row is not null and earlier.batch_id = $1
         and earlier.number = later.replaces_row and earlier.state in ('failed', 'invalid')
       returning earlier.id
     )
     update sluice.dead_letter l set state = 'replaced' from replaced r where l.row_id = r.id and l.batch_id = $1`,
    [earlierBatchId, byBatchId],
  );
}

export interface OpenRow {
  id: string;
  number: number;
  input: Record<string, unknown>;
  fence: number;
  attempts: number;
  /** Where its job is when a replay sent it there; null = its batch's queue. */
  queue: string | null;
  /** Opened by a replay that the queue may not have heard of yet. */
  unheard: boolean;
}

/** Rows that have not ended, in order, after row `after`. */
export async function listOpenRows(
  db: Session,
  batchId: string,
  after: number,
  limit: number,
): Promise<OpenRow[]> {
  const { rows } = await db.query<OpenRow>(
    `select r.id::text, r.number, r.input, r.fence, r.attempts, l.queue, coalesce(l.requeued_at is null and l.id is not null, false) as unheard
     from sluice.row r
     left join sluice.dead_letter l on l.id = r.batch_id || '-' || r.number and l.state = 'replayed'
     where r.batch_id = $1 and r.number > $2 and r.state in ('pending', 'processing') order by r.number limit $3`,
    [batchId, after, limit],
  );
  return rows;
}

export interface RowFilter {
  states?: readonly RowState[] | undefined;
}

const PAGE = 500;

/** Rows of a batch in the order of the file, a page at a time. */
export async function* readRows(
  db: Session,
  batchId: string,
  filter: RowFilter = {},
): AsyncGenerator<LedgerRow> {
  let after = -1;
  for (;;) {
    const page = await patiently(() => readRowPage(db, batchId, after, PAGE, filter));
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.number;
  }
}

/** The rows after row number `after`, at most `limit`, in the order of the file. */
export async function readRowPage(
  db: Session,
  batchId: string,
  after: number,
  limit: number,
  filter: RowFilter = {},
): Promise<LedgerRow[]> {
  const { rows } = await db.query<StoredRow>(
    `select number, state, cells, input, geometry, issues, result, reason, error, attempts, replaced_by, started_at, ended_at
     from sluice.row where batch_id = $1 and number > $2 and ($4::text[] is null or state = any($4::text[]))
     order by number limit $3`,
    [batchId, after, limit, filter.states ?? null],
  );
  return rows.map(toLedgerRow);
}

/** The rows that failed last, newest first. */
export async function latestFailures(db: Session, batchId: string, limit: number): Promise<LedgerRow[]> {
  const { rows } = await db.query<StoredRow>(
    `select number, state, cells, input, geometry, issues, result, reason, error, attempts, replaced_by, started_at, ended_at
     from sluice.row where batch_id = $1 and state in ('failed', 'invalid') order by ended_at desc, number desc limit $2`,
    [batchId, limit],
  );
  return rows.map(toLedgerRow);
}

interface StoredRow {
  number: number;
  state: RowState;
  cells: Record<string, CellValue>;
  input: Record<string, unknown> | null;
  geometry: unknown;
  issues: CellIssue[] | null;
  result: RowResult | null;
  reason: string | null;
  error: ErrorRecord | null;
  attempts: number;
  replaced_by: string | null;
  started_at: Date | null;
  ended_at: Date | null;
}

function toLedgerRow(row: StoredRow): LedgerRow {
  return {
    number: row.number,
    state: row.state,
    cells: row.cells,
    input: row.input,
    ...(row.geometry === null ? {} : { geometry: row.geometry }),
    result: row.result,
    reason:
      row.replaced_by === null
        ? row.reason
        : `${row.reason ?? ''} (replaced by a row of ${row.replaced_by})`.trim(),
    error: row.error,
    issues: row.issues ?? [],
    attempts: row.attempts,
    startedAt: row.started_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
  };
}
