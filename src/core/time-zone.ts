/** What the clocks of a time zone show, and when they are changed; from the system's own tables, through Intl. */

export interface ClockChange {
  /** The first moment of the new offset, epoch ms. */
  atMs: number;
  offsetBeforeMs: number;
  offsetAfterMs: number;
}

const HOUR_MS = 3_600_000;
/** No zone has ever changed twice in so short a time. */
const SAMPLE_MS = 12 * HOUR_MS;

/** A name of the IANA database, such as `Asia/Kolkata`. Bare offsets are refused: not every Node knows them. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** What is added to UTC to get what clocks show, ms. */
export function offsetMsAt(zone: string, atMs: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(atMs)) parts[type] = Number(value);
  const { year, month, day, hour, minute, second } = parts as Record<string, number>;
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) - Math.floor(atMs / 1000) * 1000;
}

/** Changes after `fromMs` and up to `toMs`, in order. */
export function clockChangesBetween(zone: string, fromMs: number, toMs: number): ClockChange[] {
  const changes: ClockChange[] = [];
  let [lowMs, lowOffsetMs] = [fromMs, offsetMsAt(zone, fromMs)];
  while (lowMs < toMs) {
    const highMs = Math.min(lowMs + SAMPLE_MS, toMs);
    const highOffsetMs = offsetMsAt(zone, highMs);
    if (highOffsetMs !== lowOffsetMs) {
      const atMs = changeWithin(zone, lowMs, highMs, lowOffsetMs);
      changes.push({ atMs, offsetBeforeMs: lowOffsetMs, offsetAfterMs: highOffsetMs });
    }
    [lowMs, lowOffsetMs] = [highMs, highOffsetMs];
  }
  return changes;
}

/** `2026-03-29 03:30 +02:00`, with seconds when there are any. */
export function formatInZone(zone: string, atMs: number): string {
  const offsetMs = offsetMsAt(zone, atMs);
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const offset = `${offsetMs < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
  return `${formatClock(atMs + offsetMs)} ${offset}`;
}

/** `2026-03-29 02:30` of a time as clocks show it, kept as if it were UTC. */
export function formatClock(wallMs: number): string {
  const text = new Date(wallMs).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, wallMs % 60_000 === 0 ? 16 : 19)}`;
}

function changeWithin(zone: string, fromMs: number, toMs: number, offsetBeforeMs: number): number {
  let [before, after] = [fromMs, toMs];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetMsAt(zone, middle) === offsetBeforeMs) before = middle;
    else after = middle;
  }
  return after;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making one costs a hundred times what using it does. */
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
