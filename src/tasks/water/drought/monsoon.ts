/** When the monsoon comes to a place: the week by the climate, the day by the year (core-stack.md 3.9, points 1 and 2). */
import type { LonLatBounds } from '../../../geo/grid.js';
import { type Day, dayOf, parseDay } from '../series/calendar.js';

/** Daily rain in mm from `from` on; NaN where nothing was measured. */
export interface DailyRain {
  from: Day;
  rain: Float64Array;
}

/** Boxes of degrees, in the order they are asked, and the percentile of weekly rain that begins the monsoon there. */
const REGIONS: readonly { box: LonLatBounds; percentile: number }[] = [
  { box: [69.1761, 26.1325, 82.096, 37.5069], percentile: 75 },
  { box: [67.6819, 18.368, 76.0096, 26.1485], percentile: 75 },
  { box: [76.0413, 18.3469, 82.0399, 26.0891], percentile: 69 },
  { box: [82.1503, 18.3909, 99.3329, 30.7842], percentile: 65 },
  { box: [72.282, 7.5963, 84.4329, 18.349], percentile: 50 },
];
const ELSEWHERE_PERCENTILE = 75;
const WEEKS = 52;
const WEEK_DAYS = 7;
const FIRST_WEEK = 18;
/** Days of the onset week that are looked at for a rise. */
const RISE_DAYS = 6;
const CESSATION = { month: 10, date: 31 };

/** Of the first region that the bounds meet, 75 outside all of them. */
export function onsetPercentile([west, south, east, north]: LonLatBounds): number {
  const region = REGIONS.find(({ box: [w, s, e, n] }) => west < e && w < east && south < n && s < north);
  return region?.percentile ?? ELSEWHERE_PERCENTILE;
}

/**
 * First day of the monsoon of a year: from the 18th week on, the first whose mean rain over the years up to this one
 * reaches the percentile of all weeks; in it, the day before rain first rises. Null without rain of any year.
 */
export function monsoonOnset(rain: DailyRain, year: number, percentile: number): Day | null {
  const weeks = weeklyMeans(rain, year);
  const known = weeks.filter((mean) => !Number.isNaN(mean));
  if (known.length === 0) return null;
  const threshold = percentileOf(known, percentile);
  const week = weeks.findIndex((mean, index) => index >= FIRST_WEEK && mean >= threshold);
  const start = dayOf(year, 1, 1) + Math.max(week, FIRST_WEEK) * WEEK_DAYS;
  for (let day = 0; day + 1 < RISE_DAYS; day++) {
    if (rainOn(rain, start + day + 1) > rainOn(rain, start + day)) return start + day;
  }
  return start;
}

/** First days of the weeks from the onset to 31 October. */
export function weekStarts(onset: Day, year: number): Day[] {
  const end = dayOf(year, CESSATION.month, CESSATION.date);
  const count = Math.max(0, Math.floor((end - onset) / WEEK_DAYS) + 1);
  return Array.from({ length: count }, (_, week) => onset + week * WEEK_DAYS);
}

/** The day of `06-20` in a year; null for other text. */
export function onsetFromText(text: string, year: number): Day | null {
  return parseDay(`${year}-${text}`) ?? null;
}

/** Rain of a day; NaN outside the series. */
export function rainOn({ from, rain }: DailyRain, day: Day): number {
  return rain[day - from] ?? Number.NaN;
}

/** Mean of each week's total over the years that have all of its days, up to and with `until`. */
function weeklyMeans(rain: DailyRain, until: number): number[] {
  const firstYear = new Date(rain.from * 86_400_000).getUTCFullYear();
  return Array.from({ length: WEEKS }, (_, week) => {
    let sum = 0;
    let years = 0;
    for (let year = firstYear; year <= until; year++) {
      const start = dayOf(year, 1, 1) + week * WEEK_DAYS;
      let total = 0;
      for (let day = start; day < start + WEEK_DAYS; day++) total += rainOn(rain, day);
      if (Number.isNaN(total)) continue;
      sum += total;
      years++;
    }
    return years === 0 ? Number.NaN : sum / years;
  });
}

/** Linear between ranks. */
function percentileOf(values: readonly number[], percentile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = ((sorted.length - 1) * percentile) / 100;
  const below = sorted[Math.floor(rank)]!;
  return below + (sorted[Math.ceil(rank)]! - below) * (rank - Math.floor(rank));
}
