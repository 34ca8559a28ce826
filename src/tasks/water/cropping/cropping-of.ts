/** The cropping intensity of one watershed. */
import type { RunContext } from '../../../core/task.js';
import type { LulcOptions } from '../mws/lulc-options.js';
import type { WatershedInput } from '../mws/mws-row.js';
import type { PreparedData } from '../mws/prepare-data.js';
import { outsideRasters, requireLulc } from '../mws/require-lulc.js';
import { missingYears } from '../mws/row-numbers.js';
import { requirePolygon } from '../mws/row-watershed.js';
import { polygonLayer } from '../open-layers.js';
import { type Cropping, croppingOfRasters, croppingOfRow } from './cropping-areas.js';
import { croppingProperties, croppingYears } from './cropping-intensity-properties.js';

/** The result columns, and what the layer is made of. */
export type CroppingResult = {
  first_year: number | null;
  last_year: number | null;
  croppable_ha: number;
  /** Hectares of the last year. */
  single_cropped_ha: number | null;
  doubly_cropped_ha: number | null;
  triply_cropped_ha: number | null;
  cropping_intensity: number | null;
  mean_cropping_intensity: number | null;
  /** Years between the first and the last without data; null when there is none. */
  missing_years: string | null;
  properties: Record<string, number>;
};

type Context = RunContext<LulcOptions, PreparedData>;

/** @throws {FinalError} for a row without a place or outside the rasters; {InputError} without land use to read */
export async function croppingOf(ctx: Context, input: WatershedInput): Promise<CroppingResult> {
  const cropping = croppingOfRow(input) ?? (await ofRasters(ctx, input));
  const years = croppingYears(cropping.areas, cropping.croppableHa);
  const last = years.at(-1);
  const missing = missingYears(years.map(({ year }) => year));
  return {
    first_year: years[0]?.year ?? null,
    last_year: last?.year ?? null,
    croppable_ha: cropping.croppableHa,
    single_cropped_ha: last?.single ?? null,
    doubly_cropped_ha: last?.double ?? null,
    triply_cropped_ha: last?.triple ?? null,
    cropping_intensity: last?.intensity ?? null,
    mean_cropping_intensity:
      years.length === 0 ? null : years.reduce((sum, { intensity }) => sum + intensity, 0) / years.length,
    missing_years: missing.length === 0 ? null : missing.join(', '),
    properties: croppingProperties(years, cropping),
  };
}

async function ofRasters(ctx: Context, input: WatershedInput): Promise<Cropping> {
  const { identity } = ctx.prepared;
  const lulc = await requireLulc(ctx.data.lulc, identity, 'cropping-intensity');
  const polygon = requirePolygon(input, await polygonLayer(ctx.data.mws, identity));
  const cropping = await croppingOfRasters(lulc, polygon, ctx.options);
  if (cropping === null) throw outsideRasters('the land-use rasters');
  return cropping;
}
