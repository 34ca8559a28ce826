/** ctx.lock: one holder per key, on any worker. A lock that is not renewed ends by itself, by the database's clock. */
import type { Session } from '../database/database.js';

export interface LockClaim {
  key: string;
  holder: string;
  ttlMs: number;
}

/** Takes or renews a lock. False when another holds it. */
export async function takeLock(db: Session, { key, holder, ttlMs }: LockClaim): Promise<boolean> {
  const { rows } = await db.query(
    `insert into sluice.lock as held (key, holder, expires_at)
     values ($1, $2, clock_timestamp() + $3::float8 * interval '1 millisecond')
     on conflict (key) do update set holder = excluded.holder, expires_at = excluded.expires_at
       where held.holder = excluded.holder or held.expires_at < clock_timestamp()
     returning 1`,
    [key, holder, ttlMs],
  );
  return rows.length > 0;
}

/** Lets go of a lock, when it is still held by `holder`. */
export async function releaseLock(db: Session, { key, holder }: Omit<LockClaim, 'ttlMs'>): Promise<void> {
  await db.query('delete from sluice.lock where key = $1 and holder = $2', [key, holder]);
}
