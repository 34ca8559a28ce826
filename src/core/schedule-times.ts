/**
 * When a schedule is due. Pure: the same schedule has the same times wherever and whenever it is asked.
 *
 * Where clocks are changed, a cron that names hours (`30 2 * * *`) runs once for every day it names: a time that is
 * skipped counts as if the clocks had not been changed yet (02:30 becomes 03:30), one that comes twice runs the first
 * time. A cron of every hour (`0,30 * * * *`) goes by real time: what is skipped does not run, what comes twice runs twice.
 */
import { createHash } from 'node:crypto';
import { type Cron, parseCron } from './cron.js';
import { type ClockChange, clockChangesBetween, formatClock, offsetMsAt } from './time-zone.js';

export interface Timing {
  /** This or {@link everyMs}. */
  cron?: string | undefined;
  /** Counted from `startsAtMs`, or from 1970-01-01 00:00 UTC. */
  everyMs?: number | undefined;
  /** Of cron. */
  tz: string;
  /** Not before; inclusive, epoch ms. */
  startsAtMs?: number | undefined;
  /** Not after; inclusive, epoch ms. */
  endsAtMs?: number | undefined;
}

export interface ScheduleTimes {
  /** The first time after `afterMs`, epoch ms; undefined when there is none any more. */
  next(afterMs: number): number | undefined;
}

/** @throws {InputError} CRON_INVALID */
export function timesOf(timing: Timing): ScheduleTimes {
  const { startsAtMs = Number.NEGATIVE_INFINITY, endsAtMs = Number.POSITIVE_INFINITY } = timing;
  const unbounded =
    timing.cron === undefined
      ? everyTimes(timing.everyMs!, timing.startsAtMs ?? 0)
      : cronTimes(parseCron(timing.cron), timing.tz);
  return {
    next(afterMs) {
      const atMs = unbounded(Math.max(afterMs, startsAtMs - 1));
      return atMs === undefined || atMs > endsAtMs ? undefined : atMs;
    },
  };
}

/** Times from `fromMs` to `toMs`, both included, in order; at most `limit`. */
export function timesBetween(times: ScheduleTimes, fromMs: number, toMs: number, limit: number): number[] {
  const found: number[] = [];
  let atMs = times.next(fromMs - 1);
  while (atMs !== undefined && atMs <= toMs && found.length < limit) {
    found.push(atMs);
    atMs = times.next(atMs);
  }
  return found;
}

const FIRST_LOOK_BACK_MS = 3_600_000;

/** The last times from `fromMs` to `toMs`, both included, in order; at most `limit`. Does not walk through all before them. */
export function lastTimes(times: ScheduleTimes, fromMs: number, toMs: number, limit: number): number[] {
  for (let backMs = FIRST_LOOK_BACK_MS; ; backMs *= 4) {
    const sinceMs = Math.max(fromMs, toMs - backMs);
    const found: number[] = [];
    for (let atMs = times.next(sinceMs - 1); atMs !== undefined && atMs <= toMs; atMs = times.next(atMs)) {
      found.push(atMs);
      if (found.length > limit) found.shift();
    }
    if (found.length === limit || sinceMs === fromMs) return found;
  }
}

/** Times of a cron that one change of the clocks skips or repeats. */
export interface AffectedTimes {
  kind: 'skipped' | 'repeated';
  /** When the clocks are changed, epoch ms. */
  changeAtMs: number;
  /** In order; never empty. `clock` is the time as clocks show it (`2026-03-29 02:30`), `runsAtMs` when it runs. */
  times: { clock: string; runsAtMs: number }[];
}

const MOST_AFFECTED = 10_000;

/** What changes of the clocks after `fromMs` and up to `toMs` do to a schedule; empty for `every` and for a cron of every hour. */
export function affectedTimes(timing: Timing, fromMs: number, toMs: number): AffectedTimes[] {
  if (timing.cron === undefined) return [];
  const cron = parseCron(timing.cron);
  if (cron.isEveryHour) return [];
  const { startsAtMs = Number.NEGATIVE_INFINITY, endsAtMs = Number.POSITIVE_INFINITY } = timing;
  return clockChangesBetween(timing.tz, fromMs, toMs).flatMap(({ atMs, offsetBeforeMs, offsetAfterMs }) => {
    const [low, high] = [offsetBeforeMs, offsetAfterMs].sort((a, b) => a - b) as [number, number];
    const times = timesBetween(cron, atMs + low, atMs + high - 1, MOST_AFFECTED)
      .map((wallMs) => ({ clock: formatClock(wallMs), runsAtMs: wallMs - offsetBeforeMs }))
      .filter(({ runsAtMs }) => runsAtMs >= startsAtMs && runsAtMs <= endsAtMs);
    if (times.length === 0) return [];
    const kind = offsetAfterMs > offsetBeforeMs ? ('skipped' as const) : ('repeated' as const);
    return { kind, changeAtMs: atMs, times };
  });
}

/** 0 to `mostMs`: the same for the same time of the same schedule, whoever asks. */
export function jitterOf(schedule: string, atMs: number, mostMs: number): number {
  if (mostMs <= 0) return 0;
  const hash = createHash('sha256').update(`${schedule}@${atMs}`).digest();
  return Math.floor((hash.readUInt32BE(0) / 2 ** 32) * (mostMs + 1));
}

function everyTimes(everyMs: number, anchorMs: number): (afterMs: number) => number {
  return (afterMs) => anchorMs + (Math.floor((afterMs - anchorMs) / everyMs) + 1) * everyMs;
}

const DAY_MS = 86_400_000;
/** How far one look goes; offsets are at most 26 hours apart, so what lies this far off cannot be missed by a jump. */
const LOOK_MS = 5 * DAY_MS;
const MARGIN_MS = 3 * DAY_MS;
const KNOWN_MS = 60 * DAY_MS;
/** A jump ends at a time that the cron names; only one that the clocks skip calls for another. */
const MOST_JUMPS = 20;

function cronTimes(cron: Cron, zone: string): (afterMs: number) => number | undefined {
  const stretchesFrom = stretchesOf(zone);
  return (afterMs) => {
    let sinceMs = afterMs;
    for (let jump = 0; jump < MOST_JUMPS; jump++) {
      const stretches = stretchesFrom(sinceMs);
      for (const stretch of stretches) {
        const found = nextWithin(cron, stretch, sinceMs);
        if (found !== undefined) return found;
      }
      const farWallMs = cron.next(sinceMs + offsetMsAt(zone, sinceMs));
      if (farWallMs === undefined) return undefined;
      sinceMs = Math.max(stretches.at(-1)!.toMs - 1, farWallMs - offsetMsAt(zone, sinceMs) - MARGIN_MS);
    }
    return undefined;
  };
}

/** A time between two changes of the clocks. */
interface Stretch {
  fromMs: number;
  /** Exclusive. */
  toMs: number;
  offsetMs: number;
  /** Before `fromMs`. */
  offsetBeforeMs: number;
}

function nextWithin(cron: Cron, stretch: Stretch, afterMs: number): number | undefined {
  const { fromMs, toMs, offsetMs, offsetBeforeMs } = stretch;
  const goneForwardMs = cron.isEveryHour ? 0 : Math.max(0, offsetMs - offsetBeforeMs);
  const goneBackMs = cron.isEveryHour ? 0 : Math.max(0, offsetBeforeMs - offsetMs);
  // What the clocks show twice has been named before the change.
  const shown = nextAtOffset(cron, offsetMs, Math.max(afterMs, fromMs + goneBackMs - 1), toMs);
  if (goneForwardMs === 0) return shown;
  const skipped = nextAtOffset(cron, offsetBeforeMs, Math.max(afterMs, fromMs - 1), fromMs + goneForwardMs);
  if (shown === undefined || skipped === undefined) return shown ?? skipped;
  return Math.min(shown, skipped);
}

/** The first time after `afterMs` and before `beforeMs` that the cron names, by clocks of this offset. */
function nextAtOffset(cron: Cron, offsetMs: number, afterMs: number, beforeMs: number): number | undefined {
  if (afterMs + 1 >= beforeMs) return undefined;
  const wallMs = cron.next(afterMs + offsetMs);
  return wallMs === undefined || wallMs - offsetMs >= beforeMs ? undefined : wallMs - offsetMs;
}

/** Gives the stretches that hold `sinceMs` and the {@link LOOK_MS} after it; remembers the changes it has found. */
function stretchesOf(zone: string): (sinceMs: number) => Stretch[] {
  let known: { fromMs: number; toMs: number; changes: ClockChange[] } | undefined;
  return (sinceMs) => {
    const [fromMs, toMs] = [sinceMs - MARGIN_MS, sinceMs + LOOK_MS];
    if (known === undefined || fromMs < known.fromMs || toMs > known.toMs) {
      known = {
        fromMs,
        toMs: fromMs + KNOWN_MS,
        changes: clockChangesBetween(zone, fromMs, fromMs + KNOWN_MS),
      };
    }
    const changes = known.changes.filter(({ atMs }) => atMs > fromMs && atMs <= toMs);
    const first = changes[0]?.offsetBeforeMs ?? offsetMsAt(zone, sinceMs);
    const starts = [{ atMs: fromMs, offsetBeforeMs: first, offsetAfterMs: first }, ...changes];
    return starts
      .map(({ atMs, offsetBeforeMs, offsetAfterMs }, index) => ({
        fromMs: atMs,
        toMs: starts[index + 1]?.atMs ?? toMs + 1,
        offsetMs: offsetAfterMs,
        offsetBeforeMs,
      }))
      .filter((stretch) => stretch.toMs > sinceMs + 1);
  };
}
