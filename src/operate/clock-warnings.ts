/** What changes of the clocks do to a schedule, in sentences. */
import { type AffectedTimes, affectedTimes, type Timing } from '../core/schedule-times.js';
import { formatInZone } from '../core/time-zone.js';

const DAY_MS = 86_400_000;
/** How far ahead people are warned: over every change of a year. */
export const WARNED_MS = 366 * DAY_MS;

/** One sentence for each change after `fromMs` and up to `toMs` that touches the schedule. */
export function clockWarnings(timing: Timing, fromMs: number, toMs: number): string[] {
  return affectedTimes(timing, fromMs, toMs).map((change) => sentence(change, timing.tz));
}

/** For single times: by when they run, epoch ms. */
export function warningsByTime(timing: Timing, fromMs: number, toMs: number): Map<number, string> {
  const changes = affectedTimes(timing, fromMs - DAY_MS, toMs + DAY_MS);
  return new Map(
    changes.flatMap(({ kind, times }) =>
      times.map(({ clock, runsAtMs }) => [
        runsAtMs,
        kind === 'skipped'
          ? `${clock} is skipped by a change of the clocks; it runs at ${clockOf(timing.tz, runsAtMs)}`
          : `${clock} comes twice by a change of the clocks; it runs the first time`,
      ]),
    ),
  );
}

function sentence({ kind, times }: AffectedTimes, tz: string): string {
  const [first] = times;
  const what =
    times.length === 1
      ? first!.clock
      : `${times.length} times from ${first!.clock} to ${times.at(-1)!.clock}`;
  const verb =
    times.length === 1 ? (kind === 'skipped' ? 'is' : 'comes') : kind === 'skipped' ? 'are' : 'come';
  return kind === 'skipped'
    ? `${what} ${verb} skipped by a change of the clocks in ${tz}; runs at ${clockOf(tz, first!.runsAtMs)}${times.length === 1 ? '' : ' and after'}`
    : `${what} ${verb} twice by a change of the clocks in ${tz}; runs the first time only`;
}

/** `03:30 +02:00`. */
function clockOf(tz: string, atMs: number): string {
  return formatInZone(tz, atMs).slice('2026-03-29 '.length);
}
