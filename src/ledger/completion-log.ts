/**
 * Records how attempts went, before the queue hears of it. Entries are written in groups: a group is written when it
 * has 100 entries, when its first has waited for 5 ms, or when nothing that runs could still join it. An entry whose
 * attempt is older than what the row has seen, or whose row has ended, changes nothing but its own attempt record, and
 * the caller is told.
 */

import { BackendError, type ErrorRecord } from '../core/error.js';
import { errorFingerprint } from '../core/fingerprint.js';
import type { RowResult } from '../core/row.js';
import type { Database, Session } from '../database/database.js';
import { letterReason, REOPEN_LETTER } from './dead-letters.js';

export interface AttemptEntry {
  rowId: string;
  /** The attempt's number: rises with every start of the row. */
  fence: number;
  /** Attempts as people count them. */
  attempts: number;
  worker: string;
  startedAt: Date;
  endedAt: Date | null;
  /** What the row becomes. */
  state: 'processing' | 'pending' | 'completed' | 'failed';
  outcome: 'completed' | 'failed' | 'deferred' | null;
  result?: RowResult | null;
  reason?: string | null;
  error?: ErrorRecord | null;
  /** Set with state `failed`. */
  deadLetter?: { jobId: string; payload: unknown };
}

export type Verdict = 'recorded' | 'superseded';

export interface CompletionLogOptions {
  /** Called when the last open row of a batch has ended; the batch is now `finishing`. */
  onBatchEnded: (batchId: string) => void;
}

interface Waiting {
  sinceMs: number;
  entry: AttemptEntry;
  settle: (verdict: Verdict) => void;
  fail: (error: unknown) => void;
}

const MAX_ENTRIES = 100;
const GATHER_MS = 5;
const LOST_DATABASE_DEADLINE_MS = 120_000;
const LOST_DATABASE_RETRY_MS = 500;

export class CompletionLog {
  readonly #db: Database;
  readonly #options: CompletionLogOptions;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #running = 0;

  constructor(db: Database, options: CompletionLogOptions) {
    this.#db = db;
    this.#options = options;
  }

  /** An attempt begins; its end will be recorded here. */
  begin(): void {
    this.#running += 1;
  }

  /** An attempt that was begun will have no record. */
  forget(): void {
    if (this.#running > 0) this.#running -= 1;
  }

  /** Resolves once the entry is committed. */
  record(entry: AttemptEntry): Promise<Verdict> {
    if (entry.endedAt !== null && this.#running > 0) this.#running -= 1;
    return new Promise((settle, fail) => {
      this.#waiting.push({ sinceMs: performance.now(), entry, settle, fail });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#gather();
      await this.#write(this.#waiting.splice(0, MAX_ENTRIES));
    }
    this.#writing = undefined;
  }

  async #gather(): Promise<void> {
    // Entries of the same turn of the event loop go together.
    await new Promise((turn) => setImmediate(turn));
    const until = this.#waiting[0]!.sinceMs + GATHER_MS;
    while (this.#waiting.length < MAX_ENTRIES && this.#running > 0 && performance.now() < until) {
      await new Promise((turn) => setTimeout(turn, 1));
    }
  }

  async #write(group: Waiting[]): Promise<void> {
    try {
      const written = await this.#commitPatiently(group.map(({ entry }) => entry));
      for (const { entry, settle } of group)
        settle(written.rows.has(entry.rowId) ? 'recorded' : 'superseded');
      for (const batchId of written.endedBatches) this.#options.onBatchEnded(batchId);
    } catch (error) {
      for (const { fail } of group) fail(error);
    }
  }

  /** A database that went away is waited for: the work is done, and its record must not be lost. */
  async #commitPatiently(entries: AttemptEntry[]): Promise<Written> {
    const deadline = Date.now() + LOST_DATABASE_DEADLINE_MS;
    for (let tries = 1; ; tries++) {
      try {
        const before = tries === 1 ? [] : await findWritten(this.#db, entries);
        const written = await this.#commit(entries);
        return { ...written, rows: new Set([...before, ...written.rows]) };
      } catch (error) {
        if (!(error instanceof BackendError) || Date.now() > deadline) throw error;
        await new Promise((retry) => setTimeout(retry, LOST_DATABASE_RETRY_MS));
      }
    }
  }

  /** One row may have two entries in a group (its start and its end): the later one is written. */
  async #commit(entries: AttemptEntry[]): Promise<Written> {
    const newest = [...new Map(entries.map((entry) => [entry.rowId, entry])).values()];
    if (!newest.some((entry) => entry.deadLetter !== undefined)) return writeAttempts(this.#db, newest);
    return this.#db.transaction(async (tx) => {
      const written = await writeAttempts(tx, newest);
      await writeDeadLetters(
        tx,
        newest.filter((entry) => entry.deadLetter !== undefined && written.rows.has(entry.rowId)),
      );
      return written;
    });
  }
}

interface Written {
  rows: Set<string>;
  endedBatches: string[];
}

/** Rows that a first try has written, whose answer was lost. */
async function findWritten(db: Session, entries: AttemptEntry[]): Promise<string[]> {
  const byRow = new Map(entries.map((entry) => [entry.rowId, entry]));
  const { rows } = await db.query<{ id: string; fence: number; state: string; worker: string | null }>(
    'select id::text, fence, state, worker from sluice.row where id = any($1::bigint[])',
    [[...byRow.keys()]],
  );
  return rows
    .filter(({ id, fence, state, worker }) => {
      const entry = byRow.get(id)!;
      return entry.fence === fence && entry.state === state && entry.worker === worker;
    })
    .map(({ id }) => id);
}

async function writeAttempts(db: Session, entries: AttemptEntry[]): Promise<Written> {
  const { rows } = await db.query<{ superseded: string | null; ended_batch: string | null }>(
    `with input as (
       select i as row_id, f as fence, a as attempts, w as worker, to_timestamp(s / 1000.0) as started_at,
         to_timestamp(e / 1000.0) as ended_at, t as state, o as outcome, r as result, m as reason, x as error
       from jsonb_to_recordset($1::jsonb) as e(i bigint, f int, a int, w text, s float8, e float8, t text, o text,
         r jsonb, m text, x jsonb)
     ), changed as (
       update sluice.row r set state = i.state, fence = i.fence, attempts = i.attempts, worker = i.worker,
         result = coalesce(i.result, r.result), reason = i.reason, error = i.error,
         started_at = coalesce(r.started_at, i.started_at),
         ended_at = case when i.state in ('completed', 'failed') then i.ended_at end
       from input i
       where r.id = i.row_id and r.fence <= i.fence
         -- Said so that the planner looks rows up by id: it would read the index of open rows whole.
         and r.state not in ('completed', 'failed', 'invalid', 'skipped', 'cancelled')
       returning r.id, r.batch_id, r.state
     ), attempted as (
       insert into sluice.attempt (row_id, number, worker, started_at, ended_at, outcome, error)
       select row_id, fence, worker, started_at, ended_at,
         case when outcome is not null and not exists (select 1 from changed c where c.id = input.row_id)
           then 'superseded' else outcome end, error
       from input
       on conflict (row_id, number) do update set
         ended_at = excluded.ended_at, outcome = excluded.outcome, error = excluded.error
         where sluice.attempt.ended_at is null
     ), counted as (
       update sluice.batch b set completed = b.completed + c.completed, failed = b.failed + c.failed,
         state = case when b.state = 'running' and b.total
           = b.completed + c.completed + b.failed + c.failed + b.invalid + b.skipped + b.cancelled
           then 'finishing' else b.state end
       from (select batch_id, count(*) filter (where state = 'completed')::int as completed,
               count(*) filter (where state = 'failed')::int as failed
             from changed where state in ('completed', 'failed') group by batch_id) c
       where b.id = c.batch_id
       returning b.id, b.state
     )
     select row_id::text as superseded, null as ended_batch from input i
       where not exists (select 1 from changed c where c.id = i.row_id)
     union all select null, id from counted where state = 'finishing'`,
    [JSON.stringify(entries.map(toRecord))],
  );
  const superseded = new Set(rows.map((row) => row.superseded));
  return {
    rows: new Set(entries.map(({ rowId }) => rowId).filter((rowId) => !superseded.has(rowId))),
    endedBatches: rows.flatMap((row) => (row.ended_batch === null ? [] : [row.ended_batch])),
  };
}

/** Short names and nothing that is null: this crosses to the database for every attempt. */
function toRecord(entry: AttemptEntry): Record<string, unknown> {
  return {
    i: entry.rowId,
    f: entry.fence,
    a: entry.attempts,
    w: entry.worker,
    s: entry.startedAt.getTime(),
    e: entry.endedAt?.getTime(),
    t: entry.state,
    o: entry.outcome ?? undefined,
    r: entry.result ?? undefined,
    m: entry.reason ?? undefined,
    x: entry.error ?? undefined,
  };
}

/** The provenance of a dead letter is read from its row and batch, so that it names file, sheet, row and cell. */
async function writeDeadLetters(db: Session, entries: AttemptEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const payload = JSON.stringify(
    entries.map((entry) => ({
      row_id: entry.rowId,
      job_id: entry.deadLetter!.jobId,
      payload: entry.deadLetter!.payload,
      attempts: entry.attempts,
      fingerprint: entry.error ? errorFingerprint(entry.error) : '',
      error: entry.error ?? {},
      reason: letterReason(entry.error),
      field: entry.error?.field ?? null,
      failed_at: entry.endedAt,
    })),
  );
  await db.query(
    `insert into sluice.dead_letter (id, job_id, task, queue, batch_id, row_id, row_number, file, sheet, cell, payload,
       attempts, fingerprint, error, reason, failed_at)
     select d.job_id, d.job_id, b.task, b.queue, b.id, r.id, r.number, b.source->>'file', b.source->>'sheet',
       (select (c->>'letter') || case when b.source->>'format' in ('xlsx', 'csv') then r.number::text else '' end from jsonb_array_elements(b.source->'columns') c
         where c->>'field' = d.field limit 1),
       d.payload, d.attempts, d.fingerprint, d.error, d.reason, d.failed_at
     from jsonb_to_recordset($1::jsonb) as d(row_id bigint, job_id text, payload jsonb, attempts int, fingerprint text,
       error jsonb, reason text, field text, failed_at timestamptz)
     join sluice.row r on r.id = d.row_id join sluice.batch b on b.id = r.batch_id
     ${REOPEN_LETTER}`,
    [payload],
  );
}
