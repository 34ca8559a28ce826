/** Vegetation index of a place through each hydrological year (core-stack.md 1.8.5 and 3.11). */
import type { DataSource } from '../../../core/task.js';
import { isoDay, parseDay } from './calendar.js';
import { valuesOf, type Watershed } from './dated-values.js';
import { hydrologicalPeriod } from './windows.js';

/**
 * Means by date of the years asked for, 1 July to 30 June each: `NDVI_<year>` to { `YYYY-MM-DD`: mean }; null where no
 * pixel of the date is valid. A date belongs to the year that it begins in.
 */
export async function ndviSeries(
  source: DataSource,
  place: Watershed,
  years: { first: number; last: number },
  identity: string,
): Promise<Record<string, Record<string, number | null>>> {
  const series: Record<string, Record<string, number | null>> = {};
  for (let year = years.first; year <= years.last; year++) {
    const { start, end } = hydrologicalPeriod(year, year);
    const between = { from: parseDay(start)!, to: parseDay(end)! };
    const values = await valuesOf(source, place, between, { identity });
    series[`NDVI_${year}`] = Object.fromEntries(
      values.filter(({ from }) => from >= between.from).map(({ from, value }) => [isoDay(from), value]),
    );
  }
  return series;
}
