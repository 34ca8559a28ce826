/** Which days the bands of a raster are of, from its settings, its bands' names, a file beside it, or its own name. */
import { type Day, dayOf, parseDay, partsOf } from './calendar.js';

/** What one value lasts. */
export const PERIODS = ['day', '8-day', 'fortnight', '16-day', 'month', 'year', 'hydrological-year'] as const;
export type Period = (typeof PERIODS)[number];

export interface Span {
  from: Day;
  /** The day after the last one. */
  to: Day;
}

const DAYS: Partial<Record<Period, number>> = { day: 1, '8-day': 8, fortnight: 14, '16-day': 16 };
const MONTHS: Partial<Record<Period, number>> = { month: 1, year: 12, 'hydrological-year': 12 };
const FULL_DATE = /(?<!\d)(\d{4})([-_.]?)(\d{2})\2(\d{2})(?!\d)/g;
const MONTH_DATE = /(?<!\d)((?:19|20)\d{2})[-_.]?(0[1-9]|1[0-2])(?!\d)/;
const YEAR_DATE = /(?<!\d)((?:19|20)\d{2})(?:[-_]((?:19|20)?\d{2}))?(?!\d)/;

/** The span that begins on `day` and lasts `period`. */
export function spanFrom(day: Day, period: Period): Span {
  const days = DAYS[period];
  if (days !== undefined) return { from: day, to: day + days };
  const { year, month, date } = partsOf(day);
  return { from: day, to: dayOf(year, month + MONTHS[period]!, date) };
}

/**
 * Spans of a file's bands from its name, or undefined when the name has no date: `rain_20170701.tif` one day,
 * `et_20170701_20170714.tif` both days and what is between, `pet_2017-07.tif` a month, `rain_2017.tif` a year from
 * 1 January, `rain_2017_2018.tif` one from 1 July. A file with several bands is cut into as many days or months where
 * that fits its span; `period` says what a value lasts where the name does not.
 */
export function spansOfName(name: string, bands: number, period: Period | undefined): Span[] | undefined {
  const whole = spanOfName(name, period);
  if (whole === undefined) return undefined;
  if (bands === 1) return [whole.given && period !== undefined ? spanFrom(whole.from, period) : whole];
  if (period !== undefined) return follow(whole.from, period, bands);
  if (bands === whole.to - whole.from) return follow(whole.from, 'day', bands);
  if (bands === monthsBetween(whole)) return follow(whole.from, 'month', bands);
  return whole.given ? follow(whole.from, 'day', bands) : undefined;
}

/** Spans of a list of first days: each lasts `period`, else to the next one, the last as long as the one before it. */
export function spansOfDays(days: readonly Day[], period: Period | undefined): Span[] {
  if (period !== undefined) return days.map((day) => spanFrom(day, period));
  return days.map((from, i) => {
    const next = days[i + 1] ?? (i > 0 ? from + (from - days[i - 1]!) : from + 1);
    return { from, to: Math.max(next, from + 1) };
  });
}

/** `given`: the name has one full date, so its span is a day unless something else is said. */
function spanOfName(name: string, period: Period | undefined): (Span & { given: boolean }) | undefined {
  const days = [...name.matchAll(FULL_DATE)].flatMap(([, y, , m, d]) => parseDay(`${y}-${m}-${d}`) ?? []);
  const [first, second] = days;
  if (first !== undefined && second !== undefined && second > first) {
    return { from: first, to: second + 1, given: false };
  }
  if (first !== undefined) return { from: first, to: first + 1, given: true };
  const month = MONTH_DATE.exec(name);
  const year = YEAR_DATE.exec(name);
  const isYears = year?.[2] !== undefined && Number(year[2].slice(-2)) === (Number(year[1]) + 1) % 100;
  if (month !== null && !isYears) {
    return { ...spanFrom(dayOf(Number(month[1]), Number(month[2]), 1), 'month'), given: false };
  }
  if (year === null) return undefined;
  const hydrological = isYears || period === 'hydrological-year';
  const from = dayOf(Number(year[1]), hydrological ? 7 : 1, 1);
  return { ...spanFrom(from, 'year'), given: false };
}

function follow(from: Day, period: Period, bands: number): Span[] {
  const spans: Span[] = [];
  for (let i = 0, at = from; i < bands; i++) {
    const span = spanFrom(at, period);
    spans.push(span);
    at = span.to;
  }
  return spans;
}

function monthsBetween({ from, to }: Span): number {
  const [a, b] = [partsOf(from), partsOf(to)];
  return (b.year - a.year) * 12 + b.month - a.month;
}
