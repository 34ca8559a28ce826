/** Removing what has been kept long enough, in steps of bounded size; each says whether there may be more. */
import type { Session } from '../database/database.js';

/** Rows of any table that one statement removes at most. */
const STEP = 5_000;

/**
 * A batch whose rows are to go: one that was begun, else one that ended before `endedBefore`. A batch with open dead
 * letters stays whole: a replay needs its rows, and its finish all of them. From now on it is known that rows are missing.
 */
export async function nextToRemove(db: Session, endedBefore: Date): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string }>(
    `update sluice.batch set removal = 'begun' where id = (
       select b.id from sluice.batch b
       where b.state in ('finished', 'cancelled') and b.removal is distinct from 'done'
         and (b.removal = 'begun' or (b.ended_at < $1
           and not exists (select 1 from sluice.dead_letter d where d.batch_id = b.id and d.state = 'open')))
       order by b.ended_at limit 1 for update skip locked
     ) returning id`,
    [endedBefore],
  );
  return rows[0]?.id;
}

/** Rows of a batch with their attempts, and what was done once for them. */
export async function removeRows(db: Session, batchId: string): Promise<boolean> {
  const { rows } = await db.query<{ removed: number }>(
    `with gone as (
       delete from sluice.row where id in (
         select id from sluice.row where batch_id = $1 order by number limit ${STEP}
       ) returning id
     ), attempts as (delete from sluice.attempt a using gone where a.row_id = gone.id),
       effects as (delete from sluice.effect e using gone where e.scope = 'row:' || gone.id)
     select count(*)::int as removed from gone`,
    [batchId],
  );
  return rows[0]!.removed > 0;
}

/** The files of the batch are gone. Its line stays, with its counts; until its last row is gone it is not done. */
export async function endRemoval(db: Session, batchId: string): Promise<void> {
  await db.query(
    `with letters as (delete from sluice.dead_letter where batch_id = $1)
     update sluice.batch set removal = 'done'
     where id = $1 and not exists (select 1 from sluice.row where batch_id = $1)`,
    [batchId],
  );
}

/** True once rows of the batch have begun to go. */
export async function areRowsRemoved(db: Session, batchId: string): Promise<boolean> {
  const { rows } = await db.query('select 1 from sluice.batch where id = $1 and removal is not null', [
    batchId,
  ]);
  return rows.length > 0;
}

/** Attempts of jobs of no batch; not those that an open dead letter tells of. */
export function removeJobAttempts(db: Session, before: Date): Promise<boolean> {
  return remove(
    db,
    `delete from sluice.job_attempt where (job_id, number) in (
       select a.job_id, a.number from sluice.job_attempt a where coalesce(a.ended_at, a.started_at) < $1
         and not exists (select 1 from sluice.dead_letter d where d.id = a.job_id and d.state = 'open')
       order by coalesce(a.ended_at, a.started_at) limit ${STEP})`,
    [before],
  );
}

/** Letters of single jobs that were tried again; those of batches go with their batch. */
export function removeReplayedLetters(db: Session, before: Date): Promise<boolean> {
  return remove(
    db,
    `delete from sluice.dead_letter where id in (
       select id from sluice.dead_letter where state <> 'open' and batch_id is null
         and greatest(failed_at, replayed_at) < $1 limit ${STEP})`,
    [before],
  );
}

/** What single jobs did once (`ctx.once`), unless an open dead letter may run the job again. */
export function removeJobEffects(db: Session, before: Date): Promise<boolean> {
  return remove(
    db,
    `delete from sluice.effect where (scope, key) in (
       select e.scope, e.key from sluice.effect e where e.scope like 'job:%' and e.done_at < $1
         and not exists (select 1 from sluice.dead_letter d where d.id = substr(e.scope, 5) and d.state = 'open')
       limit ${STEP})`,
    [before],
  );
}

/** Lines of ctx.log, of whatever job. The oldest have the lowest ids: only those are looked at. */
export function removeLogLines(db: Session, before: Date): Promise<boolean> {
  return remove(
    db,
    `delete from sluice.job_log where id in (
       select id from (select id, at from sluice.job_log order by id limit ${STEP}) oldest where at < $1)`,
    [before],
  );
}

/** Events around jobs that are older, or beyond the newest `count`. */
export function removeEvents(
  db: Session,
  { before, count }: { before: Date; count: number },
): Promise<boolean> {
  return remove(
    db,
    `delete from sluice.event where id in (
       select id from (select id, at from sluice.event order by id limit ${STEP}) oldest
       where at < $1 or id <= (select max(id) from sluice.event) - $2::bigint)`,
    [before, count],
  );
}

async function remove(db: Session, sql: string, params: unknown[]): Promise<boolean> {
  const { rowCount } = await db.query(sql, params);
  return rowCount > 0;
}
