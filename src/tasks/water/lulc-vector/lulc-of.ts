/** The land use of one watershed. */
import type { RunContext } from '../../../core/task.js';
import { classAreas } from '../class-areas.js';
import type { LulcOptions } from '../mws/lulc-options.js';
import type { WatershedInput } from '../mws/mws-row.js';
import type { PreparedData } from '../mws/prepare-data.js';
import { outsideRasters, requireLulc } from '../mws/require-lulc.js';
import { missingYears } from '../mws/row-numbers.js';
import { requirePolygon } from '../mws/row-watershed.js';
import { polygonLayer } from '../open-layers.js';
import { lulcProperties, M2_PER_HA } from './lulc-properties.js';

/** The result columns: hectares of the last year, and what the layer is made of. */
export type LulcResult = {
  first_year: number | null;
  last_year: number | null;
  built_up_ha: number;
  water_ha: number;
  cropped_ha: number;
  tree_ha: number;
  other_ha: number;
  missing_years: string | null;
  properties: Record<string, number>;
};

const BUILT_UP = [1];
const WATER = [2, 3, 4];
const CROPPED = [5, 8, 9, 10, 11];
const TREES = [6];

type Context = RunContext<LulcOptions, PreparedData>;

/** @throws {FinalError} for a row without a place or outside the rasters; {InputError} without land use to read */
export async function lulcOf(ctx: Context, input: WatershedInput): Promise<LulcResult> {
  const { identity } = ctx.prepared;
  const { startYear = -Infinity, endYear = Infinity, rule } = ctx.options;
  const lulc = await requireLulc(ctx.data.lulc, identity, 'lulc-vector');
  const polygon = requirePolygon(input, await polygonLayer(ctx.data.mws, identity));
  const years = lulc.years.filter((year) => year >= startYear && year <= endYear);
  const rasters = lulc.rasters.filter((_, i) => years.includes(lulc.years[i]!));
  const areas = await classAreas(rasters, polygon, { rule, union: [] });
  if (areas === null) throw outsideRasters('the land-use rasters');
  const last = areas.byRaster.at(-1)!;
  const hectares = (classes: readonly number[]) =>
    classes.reduce((sum, value) => sum + (last.get(value) ?? 0), 0) / M2_PER_HA;
  const named = [...BUILT_UP, ...WATER, ...CROPPED, ...TREES];
  const missing = missingYears(years);
  return {
    first_year: years[0] ?? null,
    last_year: years.at(-1) ?? null,
    built_up_ha: hectares(BUILT_UP),
    water_ha: hectares(WATER),
    cropped_ha: hectares(CROPPED),
    tree_ha: hectares(TREES),
    other_ha: hectares([...last.keys()].filter((value) => !named.includes(value))),
    missing_years: missing.length === 0 ? null : missing.join(', '),
    properties: lulcProperties(years, areas.byRaster),
  };
}
