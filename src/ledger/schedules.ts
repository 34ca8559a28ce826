/** Schedules as they are applied: what each is, whether it is paused, and its next time. */
import type { Priority } from '../core/priority.js';
import type { Session, Transaction } from '../database/database.js';

/** What a config says of a schedule, resolved. Plain JSON; null for what is not set. */
export interface ScheduleSpec {
  name: string;
  task: string;
  queue: string;
  input: Record<string, unknown>;
  options: Record<string, unknown>;
  /** This or {@link everyMs}. */
  cron: string | null;
  everyMs: number | null;
  tz: string;
  /** ISO. */
  startsAt: string | null;
  /** ISO. */
  endsAt: string | null;
  maxRuns: number | null;
  jitterMs: number;
  overlap: 'skip' | 'queue' | 'cancel' | 'allow';
  missed: 'none' | 'one' | 'all';
  missedWindowMs: number;
  /** Null: the task's. */
  priority: Priority | null;
}

export interface ScheduleRecord extends ScheduleSpec {
  /** The config that applied it. */
  owner: string;
  /** The same for people. */
  source: string;
  specHash: string;
  pausedAt: string | null;
  pausedBy: string | null;
  pauseReason: string | null;
  /** Jobs that came of its own times; those by hand are not counted. */
  runs: number;
  /** The nominal time that comes next; null = it has ended. */
  nextAt: string | null;
  /** Nominal time of the last job that was added. */
  lastAt: string | null;
  lastJob: string | null;
  lastLagMs: number | null;
}

export async function listSchedules(db: Session): Promise<ScheduleRecord[]> {
  const { rows } = await db.query<ScheduleRow>('select * from sluice.schedule order by name');
  return rows.map(toRecord);
}

export async function findSchedule(db: Session, name: string): Promise<ScheduleRecord | undefined> {
  const { rows } = await db.query<ScheduleRow>('select * from sluice.schedule where name = $1', [name]);
  return rows[0] === undefined ? undefined : toRecord(rows[0]);
}

/** Epoch ms. */
export async function ledgerNow(db: Session): Promise<number> {
  const { rows } = await db.query<{ now: Date }>('select clock_timestamp() as now');
  return rows[0]!.now.getTime();
}

/** Makes a schedule what `spec` says; pause, runs and history stay. */
export async function putSchedule(
  tx: Transaction,
  spec: ScheduleSpec,
  { owner, source, specHash, nextAt }: Pick<ScheduleRecord, 'owner' | 'source' | 'specHash' | 'nextAt'>,
): Promise<void> {
  await tx.query(
    `insert into sluice.schedule (name, task, queue, input, options, cron, every_ms, tz, starts_at, ends_at, max_runs,
       jitter_ms, overlap, missed, missed_window_ms, priority, owner, source, spec_hash, next_at)
     values ($1, $2, $3, $4::jsonb, $5::jsonb, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
     on conflict (name) do update set task = excluded.task, queue = excluded.queue, input = excluded.input,
       options = excluded.options, cron = excluded.cron, every_ms = excluded.every_ms, tz = excluded.tz,
       starts_at = excluded.starts_at, ends_at = excluded.ends_at, max_runs = excluded.max_runs,
       jitter_ms = excluded.jitter_ms, overlap = excluded.overlap, missed = excluded.missed,
       missed_window_ms = excluded.missed_window_ms, priority = excluded.priority, owner = excluded.owner,
       source = excluded.source, spec_hash = excluded.spec_hash, next_at = excluded.next_at, updated_at = now()`,
    [
      spec.name,
      spec.task,
      spec.queue,
      JSON.stringify(spec.input),
      JSON.stringify(spec.options),
      spec.cron,
      spec.everyMs,
      spec.tz,
      spec.startsAt,
      spec.endsAt,
      spec.maxRuns,
      spec.jitterMs,
      spec.overlap,
      spec.missed,
      spec.missedWindowMs,
      spec.priority,
      owner,
      source,
      specHash,
      nextAt,
    ],
  );
}

/** Removes schedules that `owner` owns, and what of theirs has not become a job. Returns the names of those removed. */
export async function removeSchedules(
  tx: Transaction,
  names: readonly string[],
  owner: string,
): Promise<string[]> {
  const { rows } = await tx.query<{ name: string }>(
    `delete from sluice.schedule where owner = $2 and name in (select jsonb_array_elements_text($1::jsonb)) returning name`,
    [JSON.stringify(names), owner],
  );
  const removed = rows.map(({ name }) => name);
  await tx.query(
    `update sluice.schedule_run set state = 'skipped', note = 'the schedule was removed', lease_until = null
     where state in ('adding', 'waiting') and schedule in (select jsonb_array_elements_text($1::jsonb))`,
    [JSON.stringify(removed)],
  );
  return removed;
}

export async function pauseSchedule(
  db: Session,
  name: string,
  { by, reason }: { by: string; reason: string | null },
): Promise<void> {
  await db.query(
    `update sluice.schedule set paused_at = coalesce(paused_at, clock_timestamp()), paused_by = $2, pause_reason = $3
     where name = $1`,
    [name, by, reason],
  );
}

export async function resumeSchedule(db: Session, name: string, nextAt: string | null): Promise<void> {
  await db.query(
    `update sluice.schedule set paused_at = null, paused_by = null, pause_reason = null, next_at = $2
     where name = $1 and paused_at is not null`,
    [name, nextAt],
  );
}

export interface ScheduleRow {
  name: string;
  task: string;
  queue: string;
  input: Record<string, unknown>;
  options: Record<string, unknown>;
  cron: string | null;
  every_ms: string | null;
  tz: string;
  starts_at: Date | null;
  ends_at: Date | null;
  max_runs: number | null;
  jitter_ms: string;
  overlap: ScheduleSpec['overlap'];
  missed: ScheduleSpec['missed'];
  missed_window_ms: string;
  priority: Priority | null;
  owner: string;
  source: string;
  spec_hash: string;
  paused_at: Date | null;
  paused_by: string | null;
  pause_reason: string | null;
  runs: number;
  next_at: Date | null;
  last_at: Date | null;
  last_job: string | null;
  last_lag_ms: string | null;
}

export function toRecord(row: ScheduleRow): ScheduleRecord {
  return {
    name: row.name,
    task: row.task,
    queue: row.queue,
    input: row.input,
    options: row.options,
    cron: row.cron,
    everyMs: row.every_ms === null ? null : Number(row.every_ms),
    tz: row.tz,
    startsAt: row.starts_at?.toISOString() ?? null,
    endsAt: row.ends_at?.toISOString() ?? null,
    maxRuns: row.max_runs,
    jitterMs: Number(row.jitter_ms),
    overlap: row.overlap,
    missed: row.missed,
    missedWindowMs: Number(row.missed_window_ms),
    priority: row.priority,
    owner: row.owner,
    source: row.source,
    specHash: row.spec_hash,
    pausedAt: row.paused_at?.toISOString() ?? null,
    pausedBy: row.paused_by,
    pauseReason: row.pause_reason,
    runs: row.runs,
    nextAt: row.next_at?.toISOString() ?? null,
    lastAt: row.last_at?.toISOString() ?? null,
    lastJob: row.last_job,
    lastLagMs: row.last_lag_ms === null ? null : Number(row.last_lag_ms),
  };
}
