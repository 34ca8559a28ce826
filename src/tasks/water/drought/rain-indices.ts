/** Rain of the weeks of a monsoon against the same days of other years (core-stack.md 3.9, point 3). */
import { type Day, inYear, partsOf } from '../series/calendar.js';
import { type DailyRain, rainOn } from './monsoon.js';

export interface RainRules {
  /** Years that the long-term mean is of: those before, as in the original, or all others of the series. */
  baseline: 'earlier' | 'other';
  /** With fewer of them nothing is said. */
  minBaselineYears: number;
  /** Total rain against totals; the original puts the mean of a day against totals. */
  spiUnits: 'total' | 'original';
  /** Windows of 28 and 7 days; the original's have a day more. */
  droughtWindows: 'exact' | 'original';
}

export interface RainIndices {
  rainDeviation: number | null;
  spi: number | null;
  drySpell: boolean | null;
}

const SPELL_WEEKS = 4;
const WEEK_DAYS = 7;
const DRY_PERCENT = -50;

/** Days of the window of four weeks that begins on a date. */
export function windowDays({ droughtWindows }: Pick<RainRules, 'droughtWindows'>): number {
  return SPELL_WEEKS * WEEK_DAYS + extraDays(droughtWindows);
}

/** Null is what has no rain value, or too few years to compare with. */
export function rainIndices(rain: DailyRain, start: Day, rules: RainRules): RainIndices {
  const days = windowDays(rules);
  const current = totalOf(rain, start, days);
  const others = baselineTotals(rain, start, days, rules);
  const week = WEEK_DAYS + extraDays(rules.droughtWindows);
  const weeks = Array.from({ length: SPELL_WEEKS }, (_, i) => start + i * WEEK_DAYS).map((day) =>
    deviationOf(totalOf(rain, day, week), baselineTotals(rain, day, week, rules)),
  );
  return {
    rainDeviation: deviationOf(current, others),
    spi: spiOf(rules.spiUnits === 'total' || current === null ? current : current / days, others),
    drySpell: allDry(weeks),
  };
}

function extraDays(droughtWindows: RainRules['droughtWindows']): number {
  return droughtWindows === 'original' ? 1 : 0;
}

function allDry(deviations: readonly (number | null)[]): boolean | null {
  if (deviations.some((deviation) => deviation !== null && deviation > DRY_PERCENT)) return false;
  return deviations.includes(null) ? null : true;
}

/** Percent of the mean; where no rain is expected none can be missing, and it is 0. */
function deviationOf(current: number | null, others: readonly number[] | null): number | null {
  if (current === null || others === null) return null;
  const mean = meanOf(others);
  return mean === 0 ? 0 : ((current - mean) / mean) * 100;
}

/** Population standard deviations from the mean; 0 where all years are the same. */
function spiOf(current: number | null, others: readonly number[] | null): number | null {
  if (current === null || others === null) return null;
  const mean = meanOf(others);
  const deviation = Math.sqrt(meanOf(others.map((value) => (value - mean) ** 2)));
  return deviation === 0 ? 0 : (current - mean) / deviation;
}

/** Totals of the same calendar days in the years to compare with; null when they are too few. */
function baselineTotals(rain: DailyRain, start: Day, days: number, rules: RainRules): number[] | null {
  const { year } = partsOf(start);
  const first = partsOf(rain.from).year;
  const last = partsOf(rain.from + rain.rain.length - 1).year;
  const totals: number[] = [];
  for (let other = first; other <= (rules.baseline === 'earlier' ? year - 1 : last); other++) {
    const total = other === year ? null : totalOf(rain, inYear(start, other), days);
    if (total !== null) totals.push(total);
  }
  return totals.length < rules.minBaselineYears ? null : totals;
}

function totalOf(rain: DailyRain, start: Day, days: number): number | null {
  let total = 0;
  for (let day = start; day < start + days; day++) total += rainOn(rain, day);
  return Number.isNaN(total) ? null : total;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
