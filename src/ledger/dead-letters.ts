/** Dead letters: jobs that failed for good, with everything needed to understand and to replay them. */
import type { ErrorRecord } from '../core/error.js';
import { errorFingerprint } from '../core/fingerprint.js';
import type { Session } from '../database/database.js';
import type { AuditEntry } from './audit.js';

/**
 * open: waits for a person · replayed: its job was given another try (a new failure opens it again) · replaced: its row was
 * corrected in a workbook and run as a row of another batch.
 */
export type LetterState = 'open' | 'replayed' | 'replaced';

/** How a job ended, apart from its error's own code. */
export type LetterReason = 'failed' | 'stalled' | 'expired' | 'timed-out';

const REASONS: readonly LetterReason[] = ['stalled', 'expired', 'timed-out'];

export function letterReason(error: Pick<ErrorRecord, 'code'> | null | undefined): LetterReason {
  return REASONS.find((reason) => reason === error?.code) ?? 'failed';
}

/**
 * What a new failure of the same job does to the letter that is there: it is open again, and keeps what was done about
 * it before. The queue is kept too: the job may have been replayed to another one.
 */
export const REOPEN_LETTER = `on conflict (id) do update set state = 'open', payload = excluded.payload,
  attempts = excluded.attempts, fingerprint = excluded.fingerprint, error = excluded.error, reason = excluded.reason,
  cell = excluded.cell, failed_at = excluded.failed_at`;

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
    `insert into sluice.dead_letter (id, job_id, kind, task, queue, payload, attempts, fingerprint, error, reason, failed_at)
     values ($1, $1, 'job', $2, $3, $4::jsonb, $5, $6, $7::jsonb, $8, now()) ${REOPEN_LETTER}`,
    [
      letter.jobId,
      letter.task,
      letter.queue,
      JSON.stringify(letter.payload),
      letter.attempts,
      errorFingerprint(letter.error),
      JSON.stringify(letter.error),
      letterReason(letter.error),
    ],
  );
}

/** Which open letters are meant; members that are absent ask nothing. */
export interface LetterFilter {
  ids?: readonly string[] | undefined;
  task?: string | undefined;
  batch?: string | undefined;
  fingerprint?: string | undefined;
  /** Failed at or after, and before: ISO times. */
  since?: string | undefined;
  before?: string | undefined;
}

/** A letter without its payload: one line of a list. */
export interface LetterLine {
  id: string;
  job: string;
  task: string;
  queue: string;
  batch: string | null;
  file: string | null;
  sheet: string | null;
  row: number | null;
  cell: string | null;
  attempts: number;
  failedAt: string;
  fingerprint: string;
  code: string;
  message: string;
}

export interface Letter extends LetterLine {
  kind: 'row' | 'job';
  reason: LetterReason;
  state: LetterState;
  error: ErrorRecord;
  input: Record<string, unknown>;
}

const PAGE = 1000;

/** Open letters, the newest first, a page at a time; at most `limit`. */
export async function* readLetters(
  db: Session,
  filter: LetterFilter,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<Letter[]> {
  let after: { at: string; id: string } | undefined;
  for (let left = limit; left > 0; ) {
    const size = Math.min(PAGE, left);
    const page: (Letter & { sortedAt: string })[] = await readPage(db, filter, after, size);
    if (page.length > 0) yield page.map(({ sortedAt: _, ...letter }) => letter);
    if (page.length < size) return;
    left -= page.length;
    after = { at: page.at(-1)!.sortedAt, id: page.at(-1)!.id };
  }
}

async function readPage(
  db: Session,
  filter: LetterFilter,
  after: { at: string; id: string } | undefined,
  limit: number,
): Promise<(Letter & { sortedAt: string })[]> {
  const { where, params } = conditions(filter);
  if (after !== undefined) {
    where.push(`(l.failed_at, l.id) < ($${params.length + 1}::timestamptz, $${params.length + 2})`);
    params.push(after.at, after.id);
  }
  const { rows } = await db.query<StoredLetter & { sorted_at: string }>(
    // The time as text keeps the microseconds that a Date would lose, and with them the place in the list.
    `select ${COLUMNS}, l.failed_at::text as sorted_at from sluice.dead_letter l where ${where.join(' and ')}
     order by l.failed_at desc, l.id desc limit ${limit}`,
    params,
  );
  return rows.map((row) => ({ ...toLetter(row), sortedAt: row.sorted_at }));
}

export async function countLetters(db: Session, filter: LetterFilter): Promise<number> {
  const { where, params } = conditions(filter);
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from sluice.dead_letter l where ${where.join(' and ')}`,
    params,
  );
  return rows[0]!.n;
}

/** True when a letter has this fingerprint, in whatever state. */
export async function isKnownGroup(db: Session, fingerprint: string): Promise<boolean> {
  const { rows } = await db.query(
    // The open ones first: only they have an index.
    `select 1 from sluice.dead_letter where fingerprint = $1 and state = 'open'
     union all select 1 from sluice.dead_letter where fingerprint = $1 limit 1`,
    [fingerprint],
  );
  return rows.length > 0;
}

/** Names of the input fields that these letters have, sorted. */
export async function inputFields(db: Session, filter: LetterFilter): Promise<string[]> {
  const { where, params } = conditions(filter);
  const { rows } = await db.query<{ name: string }>(
    `select distinct k as name from sluice.dead_letter l, jsonb_object_keys(l.payload->'input') k
     where ${where.join(' and ')} and jsonb_typeof(l.payload->'input') = 'object' order by k`,
    params,
  );
  return rows.map(({ name }) => name);
}

export interface LetterGroup {
  fingerprint: string;
  /** Of the newest letter. */
  code: string;
  message: string;
  count: number;
  tasks: string[];
  firstAt: string;
  lastAt: string;
  /** The newest, at most three. */
  sampleIds: string[];
}

/** Letters with the same error together, the largest group first. */
export async function groupLetters(db: Session, filter: LetterFilter, limit: number): Promise<LetterGroup[]> {
  const { where, params } = conditions(filter);
  const meant = where.join(' and ');
  const { rows } = await db.query<{
    fingerprint: string;
    count: number;
    tasks: string[];
    first_at: Date;
    last_at: Date;
    sample: { id: string; code: string | null; message: string | null }[];
  }>(
    // By task first: two small hash tables, where array_agg(distinct task) would sort every letter.
    `with by_task as (
       select l.fingerprint, l.task, count(*) as n, min(l.failed_at) as first_at, max(l.failed_at) as last_at
       from sluice.dead_letter l where ${meant} group by l.fingerprint, l.task
     ), groups as (
       select fingerprint, sum(n)::int as count, array_agg(task order by task) as tasks, min(first_at) as first_at,
         max(last_at) as last_at
       from by_task group by fingerprint order by sum(n) desc, fingerprint limit ${limit}
     )
     select g.*, s.sample from groups g cross join lateral (
       select jsonb_agg(jsonb_build_object('id', n.id, 'code', n.error->>'code', 'message', n.error->>'message')) as sample
       from (select l.id, l.error from sluice.dead_letter l where ${meant} and l.fingerprint = g.fingerprint
             order by l.failed_at desc, l.id desc limit 3) n
     ) s order by g.count desc, g.fingerprint`,
    params,
  );
  return rows.map((row) => ({
    fingerprint: row.fingerprint,
    code: row.sample[0]?.code ?? '',
    message: row.sample[0]?.message ?? '',
    count: row.count,
    tasks: row.tasks,
    firstAt: row.first_at.toISOString(),
    lastAt: row.last_at.toISOString(),
    sampleIds: row.sample.map(({ id }) => id),
  }));
}

/** One change that an operator made to an input before a replay: the fields that differ. */
export interface LetterChange {
  at: string;
  by: string;
  from: Record<string, unknown>;
  to: Record<string, unknown>;
}

/** One replay, and the error that it was to mend. */
export interface LetterReplay {
  at: string;
  by: string;
  from: string;
  queue: string;
  code: string;
  message: string;
  attempts: number;
  changed: boolean;
}

export interface WholeLetter extends Letter {
  payload: Record<string, unknown>;
  rowId: string | null;
  replays: number;
  replayedAt: string | null;
  changes: LetterChange[];
  history: LetterReplay[];
}

/** In any state. */
export async function findLetter(db: Session, id: string): Promise<WholeLetter | undefined> {
  const { rows } = await db.query<
    StoredLetter & {
      payload: Record<string, unknown>;
      row_id: string | null;
      replays: number;
      replayed_at: Date | null;
      changes: LetterChange[];
      history: LetterReplay[];
    }
  >(
    `select ${COLUMNS}, l.payload, l.row_id::text, l.replays, l.replayed_at, l.changes, l.history
     from sluice.dead_letter l where l.id = $1`,
    [id],
  );
  return (
    rows[0] && {
      ...toLetter(rows[0]),
      payload: rows[0].payload,
      rowId: rows[0].row_id,
      replays: rows[0].replays,
      replayedAt: rows[0].replayed_at?.toISOString() ?? null,
      changes: rows[0].changes,
      history: rows[0].history,
    }
  );
}

/** State of each of these letters; those that are not there are left out. */
export async function letterStates(
  db: Session,
  ids: readonly string[],
): Promise<Map<string, { state: LetterState; fingerprint: string }>> {
  const { rows } = await db.query<{ id: string; state: LetterState; fingerprint: string }>(
    'select id, state, fingerprint from sluice.dead_letter where id = any($1::text[])',
    [ids],
  );
  return new Map(rows.map(({ id, ...rest }) => [id, rest]));
}

/** Whether the queue has heard of a letter's newest replay, and how many there were; open letters count as not heard. */
export async function letterMarks(
  db: Session,
  ids: readonly string[],
): Promise<Map<string, { isHeard: boolean; replays: number }>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; is_heard: boolean; replays: number }>(
    `select id, replays, state <> 'open' and requeued_at is not null as is_heard
     from sluice.dead_letter where id = any($1::text[])`,
    [ids],
  );
  return new Map(rows.map(({ id, replays, is_heard }) => [id, { replays, isHeard: is_heard }]));
}

/** Gives each failed row of a batch whose letter was purged one again, so that it can be replayed. */
export async function restoreLetters(db: Session, batchId: string): Promise<void> {
  await db.query(
    `insert into sluice.dead_letter (id, job_id, task, queue, batch_id, row_id, row_number, file, sheet, payload, attempts,
       fingerprint, error, failed_at)
     select b.id || '-' || r.number, b.id || '-' || r.number, b.task, b.queue, b.id, r.id, r.number, b.source->>'file',
       b.source->>'sheet', jsonb_build_object('kind', 'row', 'batch', b.id, 'row', r.id::text, 'number', r.number,
         'input', r.input, 'fenceBase', r.fence, 'requestId', b.request_id),
       r.attempts, '', coalesce(r.error, '{}'), coalesce(r.ended_at, now())
     from sluice.row r join sluice.batch b on b.id = r.batch_id
     where b.id = $1 and r.state = 'failed' and r.replaced_by is null
     on conflict (id) do nothing`,
    [batchId],
  );
}

/** Ids like `id`, for a hint. */
export async function lettersLike(db: Session, id: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    "select id from sluice.dead_letter where state = 'open' and (batch_id = $1 or id like $2 escape '!') order by failed_at desc limit 200",
    [id, `${id.slice(0, 8).replace(/[!%_]/g, '!$&')}%`],
  );
  return rows.map((row) => row.id);
}

/** What operators did that names this letter, oldest first. */
export async function auditOfLetter(db: Session, id: string): Promise<AuditEntry[]> {
  const { rows } = await db.query<Omit<AuditEntry, 'at'> & { at: Date }>(
    `select at, actor, action, target, count, details from sluice.audit
     where action like 'dlq %' and target->'ids' @> jsonb_build_array($1::text) order by at, id limit 100`,
    [id],
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

/** Removes open letters. Returns how many. */
export async function deleteLetters(db: Session, ids: readonly string[]): Promise<number> {
  const { rowCount } = await db.query(
    "delete from sluice.dead_letter where id = any($1::text[]) and state = 'open'",
    [ids],
  );
  return rowCount;
}

function conditions(filter: LetterFilter): { where: string[]; params: unknown[] } {
  const where = ["l.state = 'open'"];
  const params: unknown[] = [];
  const add = (condition: string, value: unknown): void => {
    if (value === undefined) return;
    params.push(value);
    where.push(condition.replace('?', `$${params.length}`));
  };
  add('l.id = any(?::text[])', filter.ids);
  add('l.task = ?', filter.task);
  add('l.batch_id = ?', filter.batch);
  add('l.fingerprint = ?', filter.fingerprint);
  add('l.failed_at >= ?::timestamptz', filter.since);
  add('l.failed_at < ?::timestamptz', filter.before);
  return { where, params };
}

const COLUMNS = `l.id, l.job_id, l.kind, l.task, l.queue, l.batch_id, l.file, l.sheet, l.row_number, l.cell, l.attempts,
  l.failed_at, l.fingerprint, l.error, l.reason, l.state, l.payload->'input' as input`;

interface StoredLetter {
  id: string;
  job_id: string;
  kind: 'row' | 'job';
  task: string;
  queue: string;
  batch_id: string | null;
  file: string | null;
  sheet: string | null;
  row_number: number | null;
  cell: string | null;
  attempts: number;
  failed_at: Date;
  fingerprint: string;
  error: ErrorRecord;
  reason: LetterReason;
  state: LetterState;
  input: Record<string, unknown> | null;
}

function toLetter(row: StoredLetter): Letter {
  return {
    id: row.id,
    job: row.job_id,
    task: row.task,
    queue: row.queue,
    batch: row.batch_id,
    file: row.file,
    sheet: row.sheet,
    row: row.row_number,
    cell: row.cell,
    attempts: row.attempts,
    failedAt: row.failed_at.toISOString(),
    fingerprint: row.fingerprint,
    code: row.error.code ?? '',
    message: row.error.message ?? '',
    kind: row.kind,
    reason: row.reason,
    state: row.state,
    error: row.error,
    input: row.input ?? {},
  };
}
