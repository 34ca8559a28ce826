/** Reads what {@link recordEvent} wrote, in order and from a position; see {@link SettledIds} for how nothing is missed. */
import type { Database } from '../database/database.js';
import { SettledIds, SNAPSHOT_COLUMNS } from '../database/settled-ids.js';
import type { LedgerEventType } from './events.js';

export interface RecordedEvent {
  id: number;
  atMs: number;
  type: LedgerEventType;
  queue: string | null;
  task: string | null;
  job: string | null;
  batch: string | null;
  row: number | null;
  attempt: number | null;
  worker: string | null;
  durationMs: number | null;
  message: string | null;
}

export interface EventPage {
  events: RecordedEvent[];
  /** There is more behind these. */
  isCut: boolean;
  /** Events before the first of the page are gone unread: removed because they were old. */
  isGap: boolean;
  /** Events are being written before those that could be read: look again soon. */
  isPending: boolean;
}

const PAGE = 1_000;

/**
 * The id to read on from for what happened since then: that of the last event that is older, so that one that is still
 * being written is waited for.
 */
export async function startOfEvents(db: Database, sinceMs: number): Promise<number> {
  const { rows } = await db.query<{ after: string | null }>(
    'select max(id) as after from sluice.event where at < to_timestamp($1::float8 / 1000)',
    [sinceMs],
  );
  return Number(rows[0]?.after ?? 0);
}

/** A reader is for one pass over the events, as it remembers what it waits for. */
export function eventReader(db: Database): (after: number) => Promise<EventPage> {
  const settled = new SettledIds({ isSerial: db.kind === 'embedded' });
  return async (after) => {
    const { rows } = await db.query<{
      page: RecordedEvent[];
      is_kept: boolean;
      top: string | null;
      xmin: string;
      xmax: string;
    }>(
      `with page as (
         select id, floor(extract(epoch from at) * 1000)::bigint as "atMs", type, queue, task, job, batch, row, attempt,
           worker, duration_ms as "durationMs", message
         from sluice.event where id > $1::bigint order by id limit ${PAGE}
       )
       select (select coalesce(json_agg(p order by p.id), '[]') from page p) as page,
         exists (select 1 from sluice.event where id = $1::bigint) as is_kept,
         (select max(id) from sluice.event) as top, ${SNAPSHOT_COLUMNS}`,
      [after],
    );
    const { page, is_kept, top, xmin, xmax } = rows[0]!;
    const snapshot = { xmin: BigInt(xmin), xmax: BigInt(xmax), topId: Number(top ?? 0) };
    const { count, holes, gaveUp } = settled.settle(after, page, snapshot, Date.now());
    return {
      events: page.slice(0, count),
      isCut: page.length === PAGE || count < page.length,
      isGap: gaveUp || (after > 0 && !is_kept && holes[0] === after + 1),
      isPending: count < page.length,
    };
  };
}
