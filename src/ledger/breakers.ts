/** Equal failures, counted over all workers: when there are too many in a window, what they happen on is paused. */
import type { Session } from '../database/database.js';

export interface BreakerRule {
  failures: number;
  withinMs: number;
}

/**
 * Counts a failure. True for the one that reaches the rule's number within a window, so that one worker acts on it; those
 * of jobs that were running beside it are only counted. {@link resetBreakers} lets it act again, and so does a new window.
 */
export async function countFailure(
  db: Session,
  { queue, fingerprint }: { queue: string; fingerprint: string },
  rule: BreakerRule,
): Promise<boolean> {
  const { rows } = await db.query<{ failures: number }>(
    `insert into sluice.breaker as b (queue, fingerprint, failures, window_started_at)
     values ($1, $2, 1, clock_timestamp())
     on conflict (queue, fingerprint) do update set (failures, window_started_at) = (
       select case when o.is_over then 1 else b.failures + 1 end,
         case when o.is_over then clock_timestamp() else b.window_started_at end
       from (select b.window_started_at < clock_timestamp() - $3::float8 * interval '1 millisecond' as is_over) o)
     returning failures`,
    [queue, fingerprint, rule.withinMs],
  );
  return rows[0]!.failures === rule.failures;
}

/** The queue goes on: what failed before counts no more. */
export async function resetBreakers(db: Session, queue: string): Promise<void> {
  await db.query('delete from sluice.breaker where queue = $1', [queue]);
}
