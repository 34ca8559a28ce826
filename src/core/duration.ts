/** Durations as people write them: `250ms`, `90s`, `10m`, `2h`, `7d`. */
import { UsageError } from './error.js';

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds in `text`. @throws {UsageError} when it is not a duration */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text.trim());
  if (match === null) {
    throw new UsageError(
      `"${text}" is not a duration; expected a number and a unit, such as 90s, 10m or 2h`,
      {
        code: 'DURATION_INVALID',
        details: { found: text },
      },
    );
  }
  return Math.round(Number(match[1]) * UNIT_MS[match[2] as string]!);
}

/** `durationMs` in words short enough for a progress line: `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 10 min`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  const seconds = durationMs / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
