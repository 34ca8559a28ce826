/** The water balance of one watershed, from what its row brings or from the data of the config. */
import { FinalError } from '../../../core/error.js';
import type { RunContext } from '../../../core/task.js';
import type { Polygon } from '../../../geo/polygon.js';
import type { WatershedInput } from '../mws/mws-row.js';
import { numberOf } from '../mws/row-numbers.js';
import { requirePolygon, watershedPolygon } from '../mws/row-watershed.js';
import { polygonLayer } from '../open-layers.js';
import { aquiferYield } from './aquifer-yield.js';
import { fluxesOfRow, type RowFluxes } from './balance-input.js';
import { type BalanceWindow, balanceOf, netsOf } from './balance-properties.js';
import type { HydrologyOptions } from './hydrology-options.js';
import type { PreparedHydrology } from './prepare-hydrology.js';
import { seResult } from './run-se-variables.js';

/** The result columns: of the last hydrological year (of the last fortnight without one), and what the layers are made of. */
export type DeltaGResult = {
  last_year: string | null;
  precipitation_mm: number | null;
  runoff_mm: number | null;
  et_mm: number | null;
  delta_g_mm: number | null;
  /** Sum of all windows so far. */
  g_mm: number | null;
  well_depth_m: number | null;
  /** Sum of the last five years' well depths. */
  net_m: number | null;
  specific_yield: number | null;
  /** Windows that the series lacks between the first and the last; null when it lacks none. */
  missing_windows: string | null;
  notes: string | null;
  annual: BalanceWindow[];
  fortnight: BalanceWindow[];
};

type Context = RunContext<HydrologyOptions, PreparedHydrology>;

/** As the original names it in full, and as a shapefile cuts it. */
const YIELD_COLUMNS = ['weighted_a', 'weighted_avg_yeild', 'weighted_avg_yield', 'specific_yield'];

/** @throws {FinalError} for a row that neither brings a balance nor has a place; {InputError} when a file cannot be read */
export async function runDeltaG(ctx: Context, input: WatershedInput): Promise<DeltaGResult> {
  const layer = await polygonLayer(ctx.data.mws, ctx.prepared.identity);
  const polygon = watershedPolygon(input, layer);
  const own = fluxesOfRow(input);
  const isOwn = own.annual.size + own.fortnight.size > 0;
  const { fluxes, notes } = isOwn
    ? { fluxes: own, notes: [] as string[] }
    : await computed(ctx, input.uid, polygon ?? requirePolygon(input, layer));
  const specificYield = await yieldOf(ctx, input, polygon);
  const annual = balanceOf(fluxes.annual, specificYield);
  const fortnight = balanceOf(fluxes.fortnight, specificYield);
  const last = lastKnown(annual.windows) ?? lastKnown(fortnight.windows);
  const missing = [...annual.missing, ...fortnight.missing];
  if (specificYield === null) notes.push('no well depth: the specific yield is not known');
  return {
    last_year: last?.key ?? null,
    precipitation_mm: last?.precipitation ?? null,
    runoff_mm: last?.runoff ?? null,
    et_mm: last?.et ?? null,
    delta_g_mm: last?.deltaG ?? null,
    g_mm: last?.g ?? null,
    well_depth_m: last?.wellDepth ?? null,
    net_m: Object.values(netsOf(annual.windows)).at(-1) ?? null,
    specific_yield: specificYield,
    missing_windows: missing.length === 0 ? null : missing.join(', '),
    notes: notes.length === 0 ? null : notes.join('; '),
    annual: annual.windows,
    fortnight: fortnight.windows,
  };
}

/** The last window with a balance, else the last one. */
function lastKnown(windows: readonly BalanceWindow[]): BalanceWindow | undefined {
  return windows.findLast(({ deltaG }) => deltaG !== null) ?? windows.at(-1);
}

async function computed(
  ctx: Context,
  uid: string | null,
  polygon: Polygon,
): Promise<{ fluxes: RowFluxes; notes: string[] }> {
  if (ctx.data.precipitation === undefined) {
    throw new FinalError('The row brings no water balance, and the config has no data.precipitation', {
      code: 'BALANCE_MISSING',
      field: 'uid',
      hint: 'give properties such as 2017_2018 with {"Precipitation","RunOff","ET"}, or data.precipitation, et, soil and landcover',
    });
  }
  const { annual, fortnight, notes } = await seResult(ctx, { uid, polygon });
  return {
    fluxes: { annual: new Map(Object.entries(annual)), fortnight: new Map(Object.entries(fortnight)) },
    notes: notes === null ? [] : [notes],
  };
}

/** Of the row, else of the aquifers below it; null when neither is known. */
async function yieldOf(ctx: Context, input: WatershedInput, polygon: Polygon | null): Promise<number | null> {
  for (const name of YIELD_COLUMNS) {
    const own = numberOf(input, name);
    if (own !== null) return own;
  }
  return polygon === null ? null : aquiferYield(ctx.data.aquifers, polygon, ctx.prepared.identity);
}
