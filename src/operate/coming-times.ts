/** The times that come next, of one schedule or of many together. */
import { timesBetween, timesOf } from '../core/schedule-times.js';
import { clockWarnings, WARNED_MS, warningsByTime } from './clock-warnings.js';
import type { ScheduleFacts } from './schedule-facts.js';
import { iso, timingOf } from './schedule-timing.js';

export interface ComingTime {
  name: string;
  /** ISO. */
  at: string;
  tz: string;
  /** What a change of the clocks does to it. */
  warning: string | null;
}

export interface ComingTimes {
  times: ComingTime[];
  /** Changes of the clocks within {@link WARNED_MS} that touch one of the schedules. */
  warnings: { name: string; message: string }[];
  /** Why a schedule has fewer times than were asked for: it is paused, has ended, or is not applied. */
  notes: { name: string; message: string }[];
}

/** The next `count` of all of them, in order. */
export function comingTimes(
  schedules: readonly ScheduleFacts[],
  { count, nowMs }: { count: number; nowMs: number },
): ComingTimes {
  const coming: ComingTimes = { times: [], warnings: [], notes: [] };
  for (const schedule of schedules) {
    const timing = timingOf(schedule);
    const note = noteOf(schedule);
    if (note !== undefined) coming.notes.push({ name: schedule.name, message: note });
    if (schedule.state === 'ended') continue;
    const fromMs = schedule.state === 'active' ? Date.parse(schedule.nextAt!) : nowMs;
    const left = schedule.maxRuns === null ? count : Math.min(count, schedule.maxRuns - schedule.runs);
    const times = timesBetween(timesOf(timing), fromMs, Number.POSITIVE_INFINITY, left);
    const warned = times.length === 0 ? new Map() : warningsByTime(timing, times[0]!, times.at(-1)!);
    coming.times.push(
      ...times.map((atMs) => ({
        name: schedule.name,
        at: iso(atMs)!,
        tz: schedule.tz,
        warning: warned.get(atMs) ?? null,
      })),
    );
    const messages = clockWarnings(timing, nowMs, nowMs + WARNED_MS);
    coming.warnings.push(...messages.map((message) => ({ name: schedule.name, message })));
  }
  coming.times.sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || (a.name < b.name ? -1 : 1));
  coming.times.length = Math.min(coming.times.length, count);
  return coming;
}

function noteOf({ state, config, pausedBy, pausedAt, pauseReason }: ScheduleFacts): string | undefined {
  if (state === 'paused') {
    return `paused by ${pausedBy} at ${pausedAt}${pauseReason === null ? '' : `: ${pauseReason}`}; these times pass until it is resumed`;
  }
  if (state === 'ended') return 'has ended: no time comes any more';
  if (state === 'not-applied') return 'is in the config, but was not applied';
  return config === 'changed' ? 'is as it was applied; the config has changed since' : undefined;
}
