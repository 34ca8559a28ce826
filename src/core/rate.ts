/** Rates as people write them: `60/m`, `10/s`, `100/10m`, or `none`. */
import { parseDuration } from './duration.js';
import { UsageError } from './error.js';

export interface Rate {
  /** Jobs per {@link perMs}. */
  count: number;
  perMs: number;
}

export const RATE_PATTERN = /^(?:none|[1-9]\d*\/\d*(?:ms|s|m|h|d))$/;

/** Undefined for `none`. @throws {UsageError} when `text` is not a rate */
export function parseRate(text: string): Rate | undefined {
  const trimmed = text.trim();
  if (!RATE_PATTERN.test(trimmed)) {
    throw new UsageError(`"${text}" is not a rate; expected jobs per duration, such as 60/m, 10/s or none`, {
      code: 'RATE_INVALID',
      details: { found: text },
    });
  }
  if (trimmed === 'none') return undefined;
  const [count, per] = trimmed.split('/') as [string, string];
  return { count: Number(count), perMs: parseDuration(/^\d/.test(per) ? per : `1${per}`) };
}

/** `60/m`, `100/10m`. */
export function formatRate({ count, perMs }: Rate): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
    ['ms', 1],
  ] as const;
  const [unit, unitMs] = units.find(([, ms]) => perMs % ms === 0)!;
  const times = perMs / unitMs;
  return `${count}/${times === 1 ? '' : times}${unit}`;
}
