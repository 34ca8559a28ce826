/** Buckets of rate limits in the database. */
import type { Session } from '../database/database.js';
import type { Buckets } from './limiter.js';

export function sqlBuckets(db: Session): Buckets {
  return {
    async take({ name, spacingMs, slackMs, horizonMs, furthestMs, turnAtMs }) {
      const { rows } = await db.query<{ is_ok: boolean; turn_ms: number | null; wait_ms: number }>(
        'select is_ok, turn_ms, wait_ms from sluice.take_turn($1, $2, $3, $4, $5, $6)',
        [name, spacingMs, slackMs, horizonMs, furthestMs, turnAtMs ?? null],
      );
      const { is_ok, turn_ms, wait_ms } = rows[0]!;
      return { isOk: is_ok, turnAtMs: turn_ms ?? undefined, waitMs: wait_ms };
    },
    async look(name) {
      const { rows } = await db.query<{ ahead: number }>(
        `select greatest(used_ms, promised_ms) - extract(epoch from clock_timestamp())::float8 * 1000 as ahead
         from sluice.rate_bucket where name = $1`,
        [name],
      );
      return rows[0]?.ahead ?? 0;
    },
    async forgetIdle() {
      await db.query(
        `delete from sluice.rate_bucket
         where greatest(used_ms, promised_ms, asked_ms) < extract(epoch from clock_timestamp())::float8 * 1000`,
      );
    },
  };
}
