/** Seasons of the agricultural year (core-stack.md 1.8.4): kharif July to October, rabi November to February, zaid March to June. */
import { parseDay, partsOf } from './calendar.js';

export type Season = 'kharif' | 'rabi' | 'zaid';

export const SEASONS: readonly Season[] = ['kharif', 'rabi', 'zaid'];

/** The season that a month (1 to 12) of a year belongs to, and the first calendar year of its agricultural year. */
export function seasonOf(year: number, month: number): { season: Season; startYear: number } {
  const startYear = month >= 7 ? year : year - 1;
  if (month >= 7 && month <= 10) return { season: 'kharif', startYear };
  if (month >= 3 && month <= 6) return { season: 'zaid', startYear };
  return { season: 'rabi', startYear };
}

/**
 * Sums of values per window by season: each belongs wholly to the season of its first day. Keys are
 * `<kharif|rabi|zaid>_<YYYY-YYYY>`; a season with a missing value is missing.
 */
export function seasonalSums(
  valuesByFirstDay: Readonly<Record<string, number | null>>,
): Record<string, number | null> {
  const sums: Record<string, number | null> = {};
  for (const [text, value] of Object.entries(valuesByFirstDay)) {
    const day = parseDay(text);
    if (day === undefined) continue;
    const { year, month } = partsOf(day);
    const { season, startYear } = seasonOf(year, month);
    const key = `${season}_${startYear}-${startYear + 1}`;
    const before = sums[key];
    sums[key] = before === null || value === null ? null : (before ?? 0) + value;
  }
  return sums;
}
