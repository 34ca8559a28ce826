/**
 * Reads a table in the order of its ids while others write to it. Ids are given out before their transactions commit, so
 * an id may become visible after a higher one; whoever has gone past it would miss it. A page is therefore cut before the
 * first id that is missing, until it has come or cannot come any more:
 *
 * - every transaction that ran when the id was found missing has ended (`pg_snapshot_xmin` has reached the
 *   `pg_snapshot_xmax` of then), and that was a second ago: between taking an id and being counted as running lies an instant;
 * - or the entry behind it is so old that no transaction of ours is still at it.
 *
 * After ten seconds it is gone past all the same, and the caller is told, so that it can say so.
 */
export interface Snapshot {
  /** Oldest transaction that still runs. */
  xmin: bigint;
  /** First transaction that had not begun. */
  xmax: bigint;
  /** Highest id of the table that is visible; 0 for none. */
  topId: number;
}

export interface Settled {
  /** So many entries of the page, from its beginning, may be taken. */
  count: number;
  /** Missing ids that were gone past: the first of each run of them. Sorted. */
  holes: number[];
  /** A missing id was gone past although it may still come. */
  gaveUp: boolean;
}

const SETTLE_MS = 1_000;
/** An idle transaction is ended after this, and none of ours works for so long. */
const LONGEST_TRANSACTION_MS = 60_000;
const GIVE_UP_MS = 10_000;

export class SettledIds {
  readonly #isSerial: boolean;
  #seen: { xmax: bigint; topId: number; atMs: number } | undefined;

  /** `isSerial`: transactions run one after another, as those of the embedded database do, and nothing comes late. */
  constructor({ isSerial }: { isSerial: boolean }) {
    this.#isSerial = isSerial;
  }

  /** `page` holds the visible entries behind the id `after`, ascending. */
  settle(
    after: number,
    page: readonly { id: number; atMs: number }[],
    snapshot: Snapshot,
    nowMs: number,
  ): Settled {
    const settled: Settled = { count: 0, holes: [], gaveUp: false };
    let expected = after + 1;
    for (const { id, atMs } of page) {
      if (id !== expected) {
        const verdict = atMs < nowMs - LONGEST_TRANSACTION_MS ? 'never' : this.#verdict(id, snapshot, nowMs);
        if (verdict === 'wait') return settled;
        settled.holes.push(expected);
        settled.gaveUp ||= verdict === 'give up';
      }
      expected = id + 1;
      settled.count += 1;
    }
    return settled;
  }

  /** Whether the ids missing below `id` are waited for. */
  #verdict(id: number, snapshot: Snapshot, nowMs: number): 'wait' | 'never' | 'give up' {
    if (this.#isSerial) return 'never';
    const seen = this.#seen;
    if (seen === undefined || id > seen.topId) {
      this.#seen = { xmax: snapshot.xmax, topId: snapshot.topId, atMs: nowMs };
      return 'wait';
    }
    const waitedMs = nowMs - seen.atMs;
    if (waitedMs >= SETTLE_MS && snapshot.xmin >= seen.xmax) return 'never';
    return waitedMs >= GIVE_UP_MS ? 'give up' : 'wait';
  }
}

/** Columns for a statement that reads a page: {@link Snapshot.xmin} and {@link Snapshot.xmax} as text. */
export const SNAPSHOT_COLUMNS =
  'pg_snapshot_xmin(pg_current_snapshot())::text as xmin, pg_snapshot_xmax(pg_current_snapshot())::text as xmax';
