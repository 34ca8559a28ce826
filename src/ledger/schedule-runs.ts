/**
 * One line for each time of a schedule. A time is claimed by its line: however many workers look, it is there once. All by
 * the database's clock.
 */
import type { Database, Session, Transaction } from '../database/database.js';
import { type ScheduleRecord, type ScheduleRow, toRecord } from './schedules.js';

export type RunKind = 'due' | 'made-up' | 'by-hand';
export type RunState = 'adding' | 'added' | 'skipped' | 'missed' | 'waiting' | 'failed';

export interface ScheduleRun {
  schedule: string;
  /** Nominal time, ISO. */
  at: string;
  kind: RunKind;
  state: RunState;
  jobId: string;
  queue: string;
  claimedAt: string;
  addedAt: string | null;
  /** Null also when nobody had to look. */
  endedAt: string | null;
  /** From the nominal time to when its job was added, ms. */
  lagMs: number | null;
  note: string | null;
}

export type NewRun = Pick<ScheduleRun, 'at' | 'kind' | 'state' | 'jobId'> & { note?: string | undefined };

/** What is decided about a schedule that is due. */
export interface Claim {
  runs: NewRun[];
  /** Nominal times of waiting runs that one of `runs` takes the place of. */
  replaced: string[];
  nextAt: string | null;
}

/** Whoever has claimed a time adds its job within this; after that another does, under the same job id. */
const LEASE = "interval '30 seconds'";
const OPEN = "(state in ('adding', 'waiting') or (state = 'added' and ended_at is null))";
const MOST_AT_ONCE = 100;

export interface ScheduleWork {
  /** Names of schedules that are due, and whose task is among those asked for. */
  due: string[];
  /** The same of any other task. */
  dueElsewhere: string[];
  /** Names of those with runs that wait. */
  waiting: string[];
  /** A claimed run was left. */
  hasLeft: boolean;
}

/** What there is to do now, for somebody who knows `tasks`. */
export async function scheduleWork(db: Session, tasks: readonly string[]): Promise<ScheduleWork> {
  const { rows } = await db.query<{ due: string[]; elsewhere: string[]; waiting: string[]; left: boolean }>(
    `with known as (select jsonb_array_elements_text($1::jsonb) as task),
       due as (select name, next_at, task in (select task from known) as is_known from sluice.schedule
         where paused_at is null and next_at <= clock_timestamp())
     select
       (select coalesce(jsonb_agg(name order by next_at), '[]') from due where is_known) as due,
       (select coalesce(jsonb_agg(name order by next_at), '[]') from due where not is_known) as elsewhere,
       (select coalesce(jsonb_agg(distinct run.schedule), '[]') from sluice.schedule_run run
        join sluice.schedule on name = run.schedule
        where run.state = 'waiting' and paused_at is null and task in (select task from known)) as waiting,
       exists (select from sluice.schedule_run run join sluice.schedule on name = run.schedule
        where run.state = 'adding' and (run.lease_until is null or run.lease_until < clock_timestamp())
          and task in (select task from known)) as left`,
    [JSON.stringify(tasks)],
  );
  const { due, elsewhere, waiting, left } = rows[0]!;
  return { due, dueElsewhere: elsewhere, waiting, hasLeft: left };
}

/** Runs that may still go on, oldest first: their jobs are being added, wait, or have not been seen to end. */
export async function openRuns(db: Session, schedule: string): Promise<ScheduleRun[]> {
  const { rows } = await db.query<RunRow>(
    `select * from sluice.schedule_run where schedule = $1 and ${OPEN} order by at limit 10000`,
    [schedule],
  );
  return rows.map(toRun);
}

export async function endRun(
  db: Session,
  { schedule, at }: Pick<ScheduleRun, 'schedule' | 'at'>,
): Promise<void> {
  await db.query(
    'update sluice.schedule_run set ended_at = clock_timestamp() where schedule = $1 and at = $2 and ended_at is null',
    [schedule, at],
  );
}

/**
 * Takes the times that are due, in one transaction: what `decide` makes of them is recorded, and the schedule moves on.
 * Returns the runs that are new; undefined when another worker was first, or it is not due any more.
 */
export async function claimDue(
  db: Database,
  name: string,
  decide: (due: { schedule: ScheduleRecord; open: ScheduleRun[]; nowMs: number }) => Claim,
): Promise<{ schedule: ScheduleRecord; runs: ScheduleRun[] } | undefined> {
  return db.transaction(async (tx) => {
    const { rows } = await tx.query<ScheduleRow & { now: Date }>(
      `select *, clock_timestamp() as now from sluice.schedule
       where name = $1 and paused_at is null and next_at <= clock_timestamp() for update skip locked`,
      [name],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    const schedule = toRecord(row);
    const claim = decide({ schedule, open: await openRuns(tx, name), nowMs: row.now.getTime() });
    const runs = await insertRuns(tx, schedule, claim.runs);
    await replaceWaiting(tx, name, claim.replaced);
    const counted = runs.filter(({ state }) => state === 'adding' || state === 'waiting').length;
    await tx.query('update sluice.schedule set next_at = $2, runs = runs + $3 where name = $1', [
      name,
      claim.nextAt,
      counted - claim.replaced.length,
    ]);
    return { schedule, runs };
  });
}

/** Of `runs`, those whose time has no line yet. Ones to be added are the caller's for {@link LEASE}. */
export async function insertRuns(
  db: Session,
  { name, queue }: Pick<ScheduleRecord, 'name' | 'queue'>,
  runs: readonly NewRun[],
): Promise<ScheduleRun[]> {
  if (runs.length === 0) return [];
  const { rows } = await db.query<RunRow>(
    `insert into sluice.schedule_run (schedule, at, kind, state, job_id, queue, note, lease_until)
     select $1, at, kind, state, job_id, $2, note, case when state = 'adding' then clock_timestamp() + ${LEASE} end
     from jsonb_to_recordset($3::jsonb) as run (at timestamptz, kind text, state text, job_id text, note text)
     on conflict (schedule, at) do nothing returning *`,
    [
      name,
      queue,
      JSON.stringify(
        runs.map(({ at, kind, state, jobId, note }) => ({ at, kind, state, job_id: jobId, note })),
      ),
    ],
  );
  return rows.map(toRun).sort(byTime);
}

/** Past times that are to be made up for: they wait, and a time that has come to nothing before gets another chance. */
export async function insertBackfill(
  db: Session,
  { name, queue }: Pick<ScheduleRecord, 'name' | 'queue'>,
  runs: readonly Pick<ScheduleRun, 'at' | 'jobId'>[],
): Promise<number> {
  const { rowCount } = await db.query(
    `insert into sluice.schedule_run (schedule, at, kind, state, job_id, queue)
     select $1, at, 'made-up', 'waiting', job_id, $2
     from jsonb_to_recordset($3::jsonb) as run (at timestamptz, job_id text)
     on conflict (schedule, at) do update set kind = 'made-up', state = 'waiting', note = null, queue = excluded.queue,
       claimed_at = clock_timestamp() where schedule_run.state in ('skipped', 'missed', 'failed')`,
    [name, queue, JSON.stringify(runs.map(({ at, jobId }) => ({ at, job_id: jobId })))],
  );
  return rowCount;
}

/** Nominal times from `from` to `to` that have become a job, or are about to. */
export async function timesThatRan(
  db: Session,
  schedule: string,
  from: string,
  to: string,
): Promise<string[]> {
  const { rows } = await db.query<{ at: Date }>(
    `select at from sluice.schedule_run where schedule = $1 and at between $2 and $3
     and state in ('adding', 'added', 'waiting')`,
    [schedule, from, to],
  );
  return rows.map(({ at }) => at.toISOString());
}

/** Runs of these tasks that somebody claimed and did not add in time; they are the caller's for {@link LEASE}. */
export async function takeLeftRuns(db: Session, tasks: readonly string[]): Promise<ScheduleRun[]> {
  const { rows } = await db.query<RunRow>(
    `update sluice.schedule_run as run set lease_until = clock_timestamp() + ${LEASE}
     from (select run.schedule, run.at from sluice.schedule_run run join sluice.schedule on name = run.schedule
       where run.state = 'adding' and (run.lease_until is null or run.lease_until < clock_timestamp())
         and task in (select jsonb_array_elements_text($1::jsonb))
       order by run.at limit ${MOST_AT_ONCE} for update of run skip locked) as left_over
     where run.schedule = left_over.schedule and run.at = left_over.at returning run.*`,
    [JSON.stringify(tasks)],
  );
  return rows.map(toRun).sort(byTime);
}

/** The next runs that need wait no longer: the oldest one when none is open, all when they may overlap. */
export async function takeWaitingRuns(db: Database, name: string): Promise<ScheduleRun[]> {
  return db.transaction(async (tx) => {
    // In a statement of its own: the next one then sees what the holder before has done.
    const { rows: found } = await tx.query<{ overlap: string }>(
      'select overlap from sluice.schedule where name = $1 and paused_at is null for update skip locked',
      [name],
    );
    if (found[0] === undefined) return [];
    const mayOverlap = found[0].overlap === 'allow';
    const { rows } = await tx.query<RunRow>(
      `update sluice.schedule_run as run set state = 'adding', lease_until = clock_timestamp() + ${LEASE}
       from (select schedule, at from sluice.schedule_run where schedule = $1 and state = 'waiting'
         and ($2 or not exists (select from sluice.schedule_run where schedule = $1 and state <> 'waiting' and ${OPEN}))
         order by at limit case when $2 then ${MOST_AT_ONCE} else 1 end) as next
       where run.schedule = next.schedule and run.at = next.at returning run.*`,
      [name, mayOverlap],
    );
    return rows.map(toRun).sort(byTime);
  });
}

/** The job is in the queue, as `jobId`. */
export async function markAdded(
  db: Session,
  { schedule, at }: Pick<ScheduleRun, 'schedule' | 'at'>,
  jobId: string,
): Promise<void> {
  const { rows } = await db.query<{ lag_ms: string }>(
    `update sluice.schedule_run set state = 'added', job_id = $3, note = null, lease_until = null,
       added_at = clock_timestamp(), lag_ms = greatest(0, round(extract(epoch from clock_timestamp() - at) * 1000))
     where schedule = $1 and at = $2 and state <> 'added' returning lag_ms`,
    [schedule, at, jobId],
  );
  if (rows[0] === undefined) return;
  await db.query(
    `update sluice.schedule set last_at = $2, last_job = $3, last_lag_ms = $4
     where name = $1 and (last_at is null or last_at <= $2)`,
    [schedule, at, jobId, rows[0].lag_ms],
  );
}

/** The job could not be added; for good when `isFinal`, else it is tried again when the lease is over. */
export async function markNotAdded(
  db: Session,
  { schedule, at }: Pick<ScheduleRun, 'schedule' | 'at'>,
  { note, isFinal }: { note: string; isFinal: boolean },
): Promise<void> {
  await db.query(
    `update sluice.schedule_run set note = $3, state = case when $4 then 'failed' else state end
     where schedule = $1 and at = $2 and state = 'adding'`,
    [schedule, at, note, isFinal],
  );
}

/** True for the first who tells of this time, or of any after it. */
export async function tellLateOnce(db: Session, name: string, at: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update sluice.schedule set late_told_at = $2 where name = $1 and (late_told_at is null or late_told_at < $2)`,
    [name, at],
  );
  return rowCount === 1;
}

/** Newest first. */
export async function listRuns(db: Session, schedule: string, limit: number): Promise<ScheduleRun[]> {
  const { rows } = await db.query<RunRow>(
    'select * from sluice.schedule_run where schedule = $1 order by at desc limit $2',
    [schedule, limit],
  );
  return rows.map(toRun);
}

/** Forgets runs that were claimed more than `ageMs` ago; those that wait, or are being added, stay. */
export async function forgetRuns(db: Session, ageMs: number): Promise<void> {
  await db.query(
    `delete from sluice.schedule_run where claimed_at < clock_timestamp() - $1 * interval '1 millisecond'
     and state not in ('adding', 'waiting')`,
    [ageMs],
  );
}

async function replaceWaiting(tx: Transaction, schedule: string, times: readonly string[]): Promise<void> {
  if (times.length === 0) return;
  await tx.query(
    `update sluice.schedule_run set state = 'skipped', note = 'a later run took its place'
     where schedule = $1 and state = 'waiting' and at in (select jsonb_array_elements_text($2::jsonb)::timestamptz)`,
    [schedule, JSON.stringify(times)],
  );
}

function byTime(a: ScheduleRun, b: ScheduleRun): number {
  return a.at < b.at ? -1 : 1;
}

interface RunRow {
  schedule: string;
  at: Date;
  kind: RunKind;
  state: RunState;
  job_id: string;
  queue: string;
  claimed_at: Date;
  added_at: Date | null;
  ended_at: Date | null;
  lag_ms: string | null;
  note: string | null;
}

function toRun(row: RunRow): ScheduleRun {
  return {
    schedule: row.schedule,
    at: row.at.toISOString(),
    kind: row.kind,
    state: row.state,
    jobId: row.job_id,
    queue: row.queue,
    claimedAt: row.claimed_at.toISOString(),
    addedAt: row.added_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    lagMs: row.lag_ms === null ? null : Number(row.lag_ms),
    note: row.note,
  };
}
