/** What flows through one watershed, or through all of a layer. */
import { FinalError } from '../../../core/error.js';
import type { RowResult } from '../../../core/row.js';
import type { RunContext } from '../../../core/task.js';
import { requirePolygon } from '../mws/row-watershed.js';
import { polygonLayer } from '../open-layers.js';
import type { Watershed } from '../series/dated-values.js';
import type { DateWindow } from '../series/windows.js';
import type { HydrologyOptions } from './hydrology-options.js';
import type { LayerOrWatershed } from './layer-input.js';
import type { PreparedHydrology } from './prepare-hydrology.js';
import { seVariablesOf } from './se-variables-of.js';
import type { Fluxes } from './water-balance.js';
import { windowsOf } from './windows-of.js';

/** The result columns: of the last windows that have rain, and what the layers are made of. */
export type SeResult = {
  last_fortnight: string | null;
  fortnight_precipitation_mm: number | null;
  fortnight_runoff_mm: number | null;
  fortnight_et_mm: number | null;
  last_year: string | null;
  precipitation_mm: number | null;
  runoff_mm: number | null;
  et_mm: number | null;
  /** Windows in which one of the three is not known. */
  missing_windows: number;
  /** What was not known or taken otherwise; null when everything was. */
  notes: string | null;
  fortnight: Record<string, Fluxes>;
  annual: Record<string, Fluxes>;
};

type Context = RunContext<HydrologyOptions, PreparedHydrology>;

/** @throws {FinalError} for a row without a place, or without any rain; {InputError} when a file cannot be read */
export async function runSeVariables(ctx: Context, input: LayerOrWatershed): Promise<RowResult> {
  if (input.layer === 'mws') return (await import('./se-of-layer.js')).seVariablesOfLayer(ctx);
  const polygon = requirePolygon(input, await polygonLayer(ctx.data.mws, ctx.prepared.identity));
  return seResult(ctx, { uid: input.uid, polygon });
}

/** @throws {FinalError} NO_RAIN when the rain data do not reach the watershed */
export async function seResult(ctx: Context, watershed: Watershed): Promise<SeResult> {
  const windows = windowsOf(ctx.prepared, ctx.options);
  const all = [...windows.fortnight, ...windows.annual];
  const { fluxes, notes } = await seVariablesOf(ctx.data, watershed, all, {
    options: ctx.options,
    identity: ctx.prepared.identity,
  });
  if (fluxes.every(({ precipitation }) => precipitation === null)) throw noRain(ctx, all.length);
  const fortnight = byKey(windows.fortnight, fluxes);
  const annual = byKey(windows.annual, fluxes.slice(windows.fortnight.length));
  const [lastFortnight, ofFortnight] = lastWithRain(fortnight);
  const [lastYear, ofYear] = lastWithRain(annual);
  return {
    last_fortnight: lastFortnight,
    fortnight_precipitation_mm: ofFortnight.precipitation,
    fortnight_runoff_mm: ofFortnight.runoff,
    fortnight_et_mm: ofFortnight.et,
    last_year: lastYear,
    precipitation_mm: ofYear.precipitation,
    runoff_mm: ofYear.runoff,
    et_mm: ofYear.et,
    missing_windows: fluxes.filter(({ precipitation, runoff, et }) =>
      [precipitation, runoff, et].includes(null),
    ).length,
    notes: notes.length === 0 ? null : notes.join('; '),
    fortnight,
    annual,
  };
}

function byKey(windows: readonly DateWindow[], fluxes: readonly Fluxes[]): Record<string, Fluxes> {
  return Object.fromEntries(windows.map(({ key }, i) => [key, fluxes[i]!]));
}

function lastWithRain(byWindow: Record<string, Fluxes>): [key: string | null, fluxes: Fluxes] {
  const last = Object.entries(byWindow).findLast(([, { precipitation }]) => precipitation !== null);
  return last ?? [null, { precipitation: null, runoff: null, et: null }];
}

function noRain({ data, prepared }: Context, windows: number): FinalError {
  const why =
    data.precipitation === undefined
      ? 'the config has no data.precipitation'
      : windows === 0
        ? 'no window lies in the years asked for'
        : `no rain value falls on it from ${prepared.period?.start} to ${prepared.period?.end}`;
  return new FinalError(`There is no rain for this watershed: ${why}`, {
    code: 'NO_RAIN',
    field: 'uid',
    hint: 'check data.precipitation, that it reaches the watershed, and the options startYear and endYear',
  });
}
