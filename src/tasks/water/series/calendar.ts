/** Calendar days as whole numbers: days since 1970-01-01, without clocks or time zones. */

/** Days since 1970-01-01 (proleptic Gregorian). */
export type Day = number;

const MS_PER_DAY = 86_400_000;

/** `month` is 1 to 12. */
export function dayOf(year: number, month: number, date: number): Day {
  return Math.round(Date.UTC(year, month - 1, date) / MS_PER_DAY);
}

/** The day of `2017-07-01` or `20170701`; undefined for other text and for dates that do not exist. */
export function parseDay(text: string): Day | undefined {
  const match = /^(\d{4})[-_/.]?(\d{1,2})[-_/.]?(\d{1,2})$/.exec(text.trim());
  if (match === null) return undefined;
  const [year, month, date] = match.slice(1).map(Number) as [number, number, number];
  const day = dayOf(year, month, date);
  const parts = partsOf(day);
  return parts.year === year && parts.month === month && parts.date === date ? day : undefined;
}

/** `2017-07-01`. */
export function isoDay(day: Day): string {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
}

/** `month` is 1 to 12. */
export function partsOf(day: Day): { year: number; month: number; date: number } {
  const at = new Date(day * MS_PER_DAY);
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, date: at.getUTCDate() };
}

/** The same date of another year; 29 February becomes 1 March where there is none. */
export function inYear(day: Day, year: number): Day {
  const { month, date } = partsOf(day);
  return dayOf(year, month, date);
}
