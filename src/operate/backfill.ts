/** Makes up by hand for past times of a schedule. */
import { InputError } from '../core/error.js';
import { timesBetween, timesOf } from '../core/schedule-times.js';
import type { Database } from '../database/database.js';
import { recordAudit } from '../ledger/audit.js';
import { insertBackfill, timesThatRan } from '../ledger/schedule-runs.js';
import { ledgerNow, type ScheduleRecord } from '../ledger/schedules.js';
import { iso, scheduledJobId, timingOf } from './schedule-timing.js';

export interface BackfillRequest {
  /** Epoch ms, both included. */
  fromMs: number;
  toMs: number;
  dryRun: boolean;
}

export interface Backfill {
  schedule: string;
  /** ISO; each gets a job. */
  times: string[];
  /** Times of the window that have had one. */
  hasRun: number;
}

/** More in one call is more likely a slip of the hand. */
const MOST_BACKFILLED = 10_000;

/**
 * Past times that have had no job: with `dryRun` only found, else recorded, to be added by workers, one after another (all
 * at once when they may overlap).
 * @throws {InputError} BACKFILL_WINDOW, BACKFILL_TOO_MANY
 */
export async function backfillSchedule(
  db: Database,
  schedule: ScheduleRecord,
  { fromMs, toMs, dryRun }: BackfillRequest,
): Promise<Backfill> {
  const { name } = schedule;
  const nowMs = await ledgerNow(db);
  checkWindow(name, { fromMs, toMs, nowMs });
  const all = timesBetween(timesOf(timingOf(schedule)), fromMs, toMs, MOST_BACKFILLED + 1);
  if (all.length > MOST_BACKFILLED) throw tooMany(name, all.at(-1)!);
  const ran = new Set(await timesThatRan(db, name, iso(fromMs)!, iso(toMs)!));
  const times = all.map((atMs) => iso(atMs)!).filter((at) => !ran.has(at));
  if (!dryRun && times.length > 0) {
    await insertBackfill(
      db,
      schedule,
      times.map((at) => ({ at, jobId: scheduledJobId(name, Date.parse(at)) })),
    );
    await recordAudit(db, {
      action: 'schedule backfill',
      target: { schedule: name, from: iso(fromMs), to: iso(toMs) },
      count: times.length,
    });
  }
  return { schedule: name, times, hasRun: all.length - times.length };
}

function checkWindow(
  name: string,
  { fromMs, toMs, nowMs }: { fromMs: number; toMs: number; nowMs: number },
): void {
  if (fromMs <= toMs && toMs <= nowMs) return;
  throw new InputError(
    `The window of a backfill of ${name} cannot be used: found ${iso(fromMs)} to ${iso(toMs)}; expected two past times, the earlier one first`,
    { code: 'BACKFILL_WINDOW', details: { from: iso(fromMs), to: iso(toMs) } },
  );
}

function tooMany(name: string, lastMs: number): InputError {
  return new InputError(
    `Schedule ${name} has more than ${MOST_BACKFILLED.toLocaleString('en-US')} times in that window`,
    {
      code: 'BACKFILL_TOO_MANY',
      hint: `do it in parts: the first ends with --to ${iso(lastMs - 1)}`,
      details: { most: MOST_BACKFILLED },
    },
  );
}
