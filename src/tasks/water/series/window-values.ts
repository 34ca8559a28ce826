/** Values of days, months or composites, summed or averaged over windows; what is missing stays missing. */
import type { DateWindow } from './windows.js';

/** One measurement and the days it is of. */
export interface DatedValue {
  from: number;
  /** The day after the last one. */
  to: number;
  /** Null: measured nowhere. */
  value: number | null;
}

/**
 * Sum over each window: a value that reaches beyond it counts by its share of days. Null where a day of the window has no
 * value. Where two values share a day the earlier one of the list counts.
 */
export function sumsByWindow(
  values: readonly DatedValue[],
  windows: readonly DateWindow[],
): (number | null)[] {
  const byDay = dailyShares(values);
  return windows.map(({ from, to }) => {
    let sum = 0;
    for (let day = from; day < to; day++) {
      const share = byDay.get(day);
      if (share === undefined) return null;
      sum += share;
    }
    return sum;
  });
}

/** The value of each day that has one: a longer value's total, spread evenly over its days. */
export function dailyShares(values: readonly DatedValue[]): Map<number, number> {
  const byDay = new Map<number, number>();
  for (const { from, to, value } of values) {
    if (value === null) continue;
    for (let day = from; day < to; day++) if (!byDay.has(day)) byDay.set(day, value / (to - from));
  }
  return byDay;
}
