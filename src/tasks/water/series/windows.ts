/** Spans of days that values are summed over: back to back from a first day, none of them incomplete. */
import { type Day, dayOf, isoDay, parseDay, partsOf } from './calendar.js';

export interface DateWindow {
  /** Name in a layer: the first day, or `2017_2018` for a hydrological year. */
  key: string;
  from: Day;
  /** The day after the last one. */
  to: Day;
}

const FORTNIGHT_DAYS = 14;
/** 26 fortnights: what the original calls a year. It begins a day earlier each year, two after a leap day. */
const ANNUAL_DAYS = 364;
const FIRST_MONTH = 7;

/** Windows of 14 days from `start` on; one that would pass `end` (exclusive) is left out. Both as `2017-07-01`. */
export function fortnightWindows(start: string, end: string): DateWindow[] {
  return windowsOf(FORTNIGHT_DAYS, dayFrom(start), dayFrom(end)).map((span) => ({
    ...span,
    key: isoDay(span.from),
  }));
}

/**
 * Hydrological years: windows of 364 days back to back from `start` as the original's, or with `calendar` from 1 July
 * to 30 June. Keys are `<year of the first day>_<next>`.
 */
export function annualWindows(start: string, end: string, years: '364-days' | 'calendar'): DateWindow[] {
  const [from, to] = [dayFrom(start), dayFrom(end)];
  const spans = years === '364-days' ? windowsOf(ANNUAL_DAYS, from, to) : calendarYears(from, to);
  return spans.map((span) => {
    const { year } = partsOf(span.from);
    return { ...span, key: `${year}_${year + 1}` };
  });
}

/** 1 July of the first year to 1 July after the last: what the windows of hydrological years lie in. */
export function hydrologicalPeriod(startYear: number, endYear: number): { start: string; end: string } {
  return {
    start: isoDay(dayOf(startYear, FIRST_MONTH, 1)),
    end: isoDay(dayOf(endYear + 1, FIRST_MONTH, 1)),
  };
}

/** First calendar year of the hydrological year (1 July to 30 June) that holds the day. */
export function hydrologicalYearOf(day: Day): number {
  const { year, month } = partsOf(day);
  return month >= FIRST_MONTH ? year : year - 1;
}

function windowsOf(days: number, from: Day, to: Day): { from: Day; to: Day }[] {
  const count = Math.max(0, Math.floor((to - from) / days));
  return Array.from({ length: count }, (_, i) => ({ from: from + i * days, to: from + (i + 1) * days }));
}

function calendarYears(from: Day, to: Day): { from: Day; to: Day }[] {
  const first = partsOf(from).year;
  const spans: { from: Day; to: Day }[] = [];
  for (let year = first; dayOf(year + 1, FIRST_MONTH, 1) <= to; year++) {
    const span = { from: dayOf(year, FIRST_MONTH, 1), to: dayOf(year + 1, FIRST_MONTH, 1) };
    if (span.from >= from) spans.push(span);
  }
  return spans;
}

function dayFrom(text: string): Day {
  const day = parseDay(text);
  if (day === undefined) throw new RangeError(`"${text}" is no date; expected one such as 2017-07-01`);
  return day;
}
