/** What operators and the config have set on queues, and why; the queue itself obeys, this remembers. */
import type { Session } from '../database/database.js';
import { resetBreakers } from './breakers.js';

export interface QueueSetting {
  queue: string;
  pausedAt: string | null;
  pausedBy: string | null;
  pauseReason: string | null;
  /** Resumed by itself then; null = by hand. */
  pausedUntil: string | null;
  /** `60/m`; `none` = said to have none; null = nobody said. */
  rate: string | null;
  rateSource: 'config' | 'operator' | null;
  concurrency: number | null;
}

export async function listQueueSettings(db: Session): Promise<QueueSetting[]> {
  const { rows } = await db.query<SettingRow>(`select ${COLUMNS} from sluice.queue_setting order by queue`);
  return rows.map(toSetting);
}

export async function findQueueSetting(db: Session, queue: string): Promise<QueueSetting | undefined> {
  const { rows } = await db.query<SettingRow>(
    `select ${COLUMNS} from sluice.queue_setting where queue = $1`,
    [queue],
  );
  return rows[0] && toSetting(rows[0]);
}

/**
 * `forMs` undefined = until resumed by hand. A queue that is paused already takes the new reason and end. Returns what
 * names this very pause.
 */
export async function recordPause(
  db: Session,
  pause: { queue: string; by: string; reason: string | null; forMs: number | undefined },
): Promise<string> {
  const { rows } = await db.query<{ claimed: string }>(
    `insert into sluice.queue_setting (queue, paused_at, paused_by, pause_reason, paused_until)
     values ($1, clock_timestamp(), $2, $3, clock_timestamp() + $4::float8 * interval '1 millisecond')
     on conflict (queue) do update set paused_at = excluded.paused_at, paused_by = excluded.paused_by,
       pause_reason = excluded.pause_reason, paused_until = excluded.paused_until
     returning paused_at::text as claimed`,
    [pause.queue, pause.by, pause.reason, pause.forMs ?? null],
  );
  return rows[0]!.claimed;
}

/** Forgets the pause; with `claimed`, only while it is still the one that was claimed. False when there was none. */
export async function forgetPause(db: Session, queue: string, claimed?: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update sluice.queue_setting set paused_at = null, paused_by = null, pause_reason = null, paused_until = null
     where queue = $1 and paused_at is not null and ($2::text is null or paused_at::text = $2)`,
    [queue, claimed ?? null],
  );
  if (rowCount > 0) await resetBreakers(db, queue);
  return rowCount > 0;
}

export interface DuePause {
  queue: string;
  /** Names this very pause. */
  claimed: string;
  reason: string | null;
}

/** Who claims a pause that is over has this long to resume its queue; then somebody else may. */
const CLAIM_S = 30;

/** Pauses whose time has passed; each is given to one caller. */
export async function claimDuePauses(db: Session): Promise<DuePause[]> {
  const { rows } = await db.query<DuePause>(
    `update sluice.queue_setting set paused_until = clock_timestamp() + ${CLAIM_S} * interval '1 second'
     where paused_at is not null and paused_until <= clock_timestamp()
     returning queue, paused_at::text as claimed, pause_reason as reason`,
  );
  return rows;
}

export async function recordRate(
  db: Session,
  set: { queue: string; rate: string | null; source: 'config' | 'operator' | null; by: string },
): Promise<void> {
  await db.query(
    `insert into sluice.queue_setting (queue, rate, rate_source, set_by, set_at)
     values ($1, $2, $3, $4, clock_timestamp())
     on conflict (queue) do update set rate = excluded.rate, rate_source = excluded.rate_source,
       set_by = excluded.set_by, set_at = excluded.set_at`,
    [set.queue, set.rate, set.source, set.by],
  );
}

/** `concurrency` null = none. */
export async function recordConcurrency(
  db: Session,
  set: { queue: string; concurrency: number | null; by: string },
): Promise<void> {
  await db.query(
    `insert into sluice.queue_setting (queue, concurrency, set_by, set_at) values ($1, $2, $3, clock_timestamp())
     on conflict (queue) do update set concurrency = excluded.concurrency, set_by = excluded.set_by,
       set_at = excluded.set_at`,
    [set.queue, set.concurrency, set.by],
  );
}

const COLUMNS = 'queue, paused_at, paused_by, pause_reason, paused_until, rate, rate_source, concurrency';

interface SettingRow {
  queue: string;
  paused_at: Date | null;
  paused_by: string | null;
  pause_reason: string | null;
  paused_until: Date | null;
  rate: string | null;
  rate_source: 'config' | 'operator' | null;
  concurrency: number | null;
}

function toSetting(row: SettingRow): QueueSetting {
  return {
    queue: row.queue,
    pausedAt: row.paused_at?.toISOString() ?? null,
    pausedBy: row.paused_by,
    pauseReason: row.pause_reason,
    pausedUntil: row.paused_until?.toISOString() ?? null,
    rate: row.rate,
    rateSource: row.rate_source,
    concurrency: row.concurrency,
  };
}
