/**
 * What becomes of the times of a schedule that are due: a job now, a wait behind the run before, or nothing. Pure, so
 * that each policy can be read and tested in one place.
 */
import { lastTimes, type ScheduleTimes, timesBetween } from '../core/schedule-times.js';
import type { Claim, NewRun, ScheduleRun } from '../ledger/schedule-runs.js';
import type { ScheduleRecord } from '../ledger/schedules.js';
import { iso, scheduledJobId } from './schedule-timing.js';

/** A time is missed when nobody was there to take it for so long. */
const MISSED_AFTER_MS = 60_000;
/** Of a longer time away the last ones are recorded; the first of them says since when. */
const MOST_MISSED_LINES = 100;
/** Of a longer time away the rest follows a second later. */
const MOST_MADE_UP = 1000;

export interface DueSchedule {
  schedule: ScheduleRecord;
  /** Runs that have not been seen to end, oldest first. */
  open: readonly ScheduleRun[];
  nowMs: number;
}

export function decideDue(times: ScheduleTimes, { schedule, open, nowMs }: DueSchedule): Claim {
  const { missed, madeUp, due, lastMs } = sortTimes(withPromised(times, schedule), schedule, nowMs);
  const left = schedule.maxRuns === null ? Number.POSITIVE_INFINITY : schedule.maxRuns - schedule.runs;
  const placed = placeRuns(schedule, open, { madeUp, due, left });
  const added = placed.runs.filter(({ state }) => state === 'adding' || state === 'waiting').length;
  const isOver = added - placed.replaced.length >= left;
  return {
    runs: [...missedRuns(schedule, missed), ...placed.runs],
    replaced: placed.replaced,
    nextAt: isOver ? null : iso(times.next(lastMs)),
  };
}

/** The time that was said to come next comes, even if the system's time zones have been changed by law since then. */
function withPromised(times: ScheduleTimes, { nextAt }: ScheduleRecord): ScheduleTimes {
  const promisedMs = Date.parse(nextAt!);
  return { next: (afterMs) => (afterMs < promisedMs ? promisedMs : times.next(afterMs)) };
}

interface SortedTimes {
  missed: number[];
  /** Missed times that the policy `all` runs nevertheless. */
  madeUp: number[];
  due: number[];
  /** All up to this are dealt with. */
  lastMs: number;
}

function sortTimes(times: ScheduleTimes, schedule: ScheduleRecord, nowMs: number): SortedTimes {
  const firstMs = Date.parse(schedule.nextAt!);
  const missedToMs = nowMs - MISSED_AFTER_MS - 1;
  const due = timesBetween(times, Math.max(firstMs, missedToMs + 1), nowMs, MOST_MADE_UP);
  const lastMs = due.at(-1) ?? nowMs;
  if (firstMs > missedToMs) return { missed: [], madeUp: [], due, lastMs };
  const windowFromMs = Math.max(firstMs, nowMs - schedule.missedWindowMs);
  if (schedule.missed === 'all' && windowFromMs <= missedToMs) {
    const madeUp = timesBetween(times, windowFromMs, missedToMs, MOST_MADE_UP);
    const missed = lastTimes(times, firstMs, windowFromMs - 1, MOST_MISSED_LINES);
    if (madeUp.length === MOST_MADE_UP) return { missed, madeUp, due: [], lastMs: madeUp.at(-1)! };
    return { missed, madeUp, due, lastMs };
  }
  const missed = lastTimes(times, firstMs, missedToMs, MOST_MISSED_LINES);
  const latest = missed.at(-1);
  // A time that is due now makes up for all before it.
  const runsLatest =
    schedule.missed === 'one' && due.length === 0 && latest !== undefined && latest >= windowFromMs;
  return runsLatest
    ? { missed: missed.slice(0, -1), madeUp: [], due: [latest], lastMs }
    : { missed, madeUp: [], due, lastMs };
}

function missedRuns(schedule: ScheduleRecord, missed: readonly number[]): NewRun[] {
  const isCut = missed.length > 0 && missed[0]! > Date.parse(schedule.nextAt!);
  return missed.map((atMs, index) => ({
    at: iso(atMs)!,
    kind: 'due',
    state: 'missed',
    jobId: scheduledJobId(schedule.name, atMs),
    note: `no worker was there to run it; missed: ${schedule.missed}${index === 0 && isCut ? `; the times before it, from ${schedule.nextAt}, are not listed` : ''}`,
  }));
}

/**
 * One after another, by the policy for overlaps. Times that are made up for are never skipped or cancelled by it: each
 * waits for the one before.
 */
function placeRuns(
  schedule: ScheduleRecord,
  open: readonly ScheduleRun[],
  { madeUp, due, left }: { madeUp: readonly number[]; due: readonly number[]; left: number },
): { runs: NewRun[]; replaced: string[] } {
  const runs: NewRun[] = [];
  const replaced: string[] = [];
  const blocker = open.findLast(({ state }) => state !== 'waiting');
  let busy = blocker?.jobId ?? open[0]?.jobId;
  let waiting = open.filter(({ state, kind }) => state === 'waiting' && kind === 'due').map(({ at }) => at);
  const place = (atMs: number, kind: 'due' | 'made-up'): void => {
    const run = { at: iso(atMs)!, kind, jobId: scheduledJobId(schedule.name, atMs) };
    if (schedule.overlap === 'allow' || busy === undefined) {
      busy = run.jobId;
      runs.push({ ...run, state: 'adding' });
    } else if (kind === 'made-up') {
      runs.push({ ...run, state: 'waiting' });
    } else if (schedule.overlap === 'skip') {
      runs.push({ ...run, state: 'skipped', note: `${busy} had not ended` });
    } else if (schedule.overlap === 'queue' && waiting.length > 0) {
      runs.push({ ...run, state: 'skipped', note: `${busy} had not ended, and one run waits already` });
    } else {
      replaced.push(...waiting);
      waiting = [run.at];
      runs.push({ ...run, state: 'waiting' });
    }
  };
  const taken = [
    ...madeUp.map((atMs) => [atMs, 'made-up'] as const),
    ...due.map((atMs) => [atMs, 'due'] as const),
  ];
  for (const [atMs, kind] of taken) {
    const used =
      runs.filter(({ state }) => state === 'adding' || state === 'waiting').length - replaced.length;
    if (used < left) place(atMs, kind);
  }
  return settleReplaced(runs, replaced);
}

/** Of two runs that are new, the later may have taken the place of the earlier. */
function settleReplaced(
  runs: readonly NewRun[],
  replaced: readonly string[],
): { runs: NewRun[]; replaced: string[] } {
  const isNew = new Set(runs.map(({ at }) => at));
  return {
    runs: runs.map((run) =>
      replaced.includes(run.at) ? { ...run, state: 'skipped', note: 'a later run took its place' } : run,
    ),
    replaced: replaced.filter((at) => !isNew.has(at)),
  };
}
