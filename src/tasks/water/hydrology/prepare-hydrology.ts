/** Checks what the water balance reads, and finds out which windows there are, before any row is submitted. */
import { InputError } from '../../../core/error.js';
import type { PrepareContext } from '../../../core/task.js';
import { type PreparedData, prepareData } from '../mws/prepare-data.js';
import { isoDay, parseDay } from '../series/calendar.js';
import { extentOf } from '../series/dated-values.js';
import { hydrologicalPeriod, hydrologicalYearOf } from '../series/windows.js';
import type { HydrologyOptions } from './hydrology-options.js';

/** Plain JSON; every row is given it. */
export interface PreparedHydrology extends PreparedData {
  /** First day and the day after the last; null when there is no rain to tell. */
  period: { start: string; end: string } | null;
}

const NAMES = ['precipitation', 'et', 'soil', 'landcover', 'dem', 'aquifers', 'mws'];

/** @throws {InputError} naming the entry or file that cannot be used; YEARS_REVERSED */
export async function prepareHydrology(ctx: PrepareContext<HydrologyOptions>): Promise<PreparedHydrology> {
  const { startYear, endYear } = ctx.options;
  if (startYear !== undefined && endYear !== undefined && endYear < startYear) {
    throw new InputError(
      `startYear is ${startYear} and endYear ${endYear}; expected the first before the last`,
      {
        code: 'YEARS_REVERSED',
        hint: `--set startYear=${endYear} --set endYear=${startYear}`,
      },
    );
  }
  const prepared = await prepareData(ctx.data, NAMES);
  return { ...prepared, period: await periodOf(ctx, prepared.identity) };
}

/** The years asked for; else from the first 1 July that the rain has to where it ends. */
async function periodOf(
  { data, options }: PrepareContext<HydrologyOptions>,
  identity: string,
): Promise<PreparedHydrology['period']> {
  const rain = data.precipitation === undefined ? undefined : await extentOf(data.precipitation, identity);
  const known = rain !== undefined && Number.isFinite(rain.from) ? rain : undefined;
  const { startYear, endYear } = options;
  if (known === undefined) {
    return startYear === undefined || endYear === undefined ? null : hydrologicalPeriod(startYear, endYear);
  }
  const firstYear = startYear ?? hydrologicalYearOf(known.from - 1) + 1;
  const asked = endYear === undefined ? undefined : hydrologicalPeriod(firstYear, endYear).end;
  const { start } = hydrologicalPeriod(firstYear, firstYear);
  const end = asked ?? isoDay(Math.max(known.to, parseDay(start)!));
  return { start, end };
}
