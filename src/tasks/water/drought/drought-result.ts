/** The drought of one watershed, from its row or from the data of the config. */
import type { z } from 'zod';
import { FinalError, InputError } from '../../../core/error.js';
import type { RunContext } from '../../../core/task.js';
import type { WatershedInput } from '../mws/mws-row.js';
import type { PreparedData } from '../mws/prepare-data.js';
import { missingYears } from '../mws/row-numbers.js';
import { requirePolygon } from '../mws/row-watershed.js';
import { polygonLayer } from '../open-layers.js';
import { droughtOf } from './drought-of.js';
import type { droughtOptions } from './drought-options.js';
import { type DroughtYear, droughtProperties } from './drought-properties.js';
import { droughtYearsOfRow } from './drought-row.js';
import { countWeeks } from './week-labels.js';

/** The result columns, and what the layer is made of. */
export type DroughtResult = {
  first_year: number | null;
  last_year: number | null;
  /** Years with more than five weeks of moderate or severe drought. */
  drought_years: number;
  worst_year: number | null;
  /** Weeks of all years. */
  no_drought_weeks: number;
  mild_weeks: number;
  moderate_weeks: number;
  severe_weeks: number;
  longest_dry_spell_weeks: number | null;
  avg_dryspell: number | null;
  /** Years between the first and the last without data; null when there is none. */
  missing_years: string | null;
  /** What was not known; null when everything was. */
  notes: string | null;
  properties: Record<string, unknown>;
};

type Context = RunContext<z.output<typeof droughtOptions>, PreparedData>;

/** More weeks than this of moderate or severe drought make a drought year (core-stack.md 2.4). */
const DROUGHT_YEAR_WEEKS = 5;

/** @throws {FinalError} for a row without a place or without rain; {InputError} when there is no data to read */
export async function droughtResult(ctx: Context, input: WatershedInput): Promise<DroughtResult> {
  const own = droughtYearsOfRow(input);
  const { years, notes } = own.length > 0 ? { years: own, notes: [] } : await ofData(ctx, input);
  const counts = years.map(({ year, labels }) => ({ year, ...countWeeks(labels) }));
  const total = (pick: (one: (typeof counts)[number]) => number) =>
    counts.reduce((sum, one) => sum + pick(one), 0);
  const worst = counts.reduce<(typeof counts)[number] | undefined>(
    (most, one) => (most === undefined || score(one) > score(most) ? one : most),
    undefined,
  );
  const missing = missingYears(years.map(({ year }) => year));
  const properties = droughtProperties(years);
  return {
    first_year: years[0]?.year ?? null,
    last_year: years.at(-1)?.year ?? null,
    drought_years: counts.filter(({ moderate, severe }) => moderate + severe > DROUGHT_YEAR_WEEKS).length,
    worst_year: worst === undefined || score(worst) === 0 ? null : worst.year,
    no_drought_weeks: total(({ none }) => none),
    mild_weeks: total(({ mild }) => mild),
    moderate_weeks: total(({ moderate }) => moderate),
    severe_weeks: total(({ severe }) => severe),
    longest_dry_spell_weeks: longestOf(years),
    avg_dryspell: properties.avg_dryspell as number | null,
    missing_years: missing.length === 0 ? null : missing.join(', '),
    notes: notes.length === 0 ? null : notes.join('; '),
    properties,
  };
}

async function ofData(
  ctx: Context,
  input: WatershedInput,
): Promise<{ years: DroughtYear[]; notes: string[] }> {
  const { identity } = ctx.prepared;
  if (ctx.data.precipitation === undefined) {
    throw new InputError('drought needs daily rain; the config has no data.precipitation', {
      code: 'DATA_MISSING',
      hint: "data: { precipitation: 'data/rain/*.tif' }, one file a day, or a CSV of uid,date,mm",
      details: { data: 'precipitation' },
    });
  }
  const polygon = requirePolygon(input, await polygonLayer(ctx.data.mws, identity));
  const watershed = { uid: input.uid, polygon };
  const { years, notes } = await droughtOf(ctx.data, watershed, { options: ctx.options, identity });
  if (years.length > 0) return { years, notes };
  throw new FinalError('There is no rain for this watershed in the years asked for', {
    code: 'NO_RAIN',
    field: 'uid',
    hint: 'check that data.precipitation reaches it, and the options startYear and endYear',
  });
}

/** Weeks weighted by their severity. */
function score({ mild, moderate, severe }: { mild: number; moderate: number; severe: number }): number {
  return mild + 2 * moderate + 3 * severe;
}

function longestOf(years: readonly DroughtYear[]): number | null {
  const known = years.flatMap(({ drySpellWeeks }) => drySpellWeeks ?? []);
  return known.length === 0 ? null : Math.max(...known);
}
