/** One desilting point: its water pixel, the micro-watersheds around that pixel, its water body. */
import { FinalError } from '../../core/error.js';
import type { RunContext } from '../../core/task.js';
import type { LonLat } from '../../geo/geodesic.js';
import { roundDegrees } from '../../geo/geojson.js';
import { COORDINATES_MISSING, type DesiltingInput } from './desilting-input.js';
import type { DesiltingOptions } from './desilting-options.js';
import { findWater, type WaterPixel } from './find-water.js';
import { matchWaterbody, type WaterbodyMatch } from './match-waterbody.js';
import { type DesiltingLayers, openLayers } from './open-layers.js';
import type { PreparedDesilting } from './prepared.js';

/** The result columns. A type, not an interface, so that it is a record. */
export type DesiltingResult = {
  /** Degrees to 7 decimals; the surveyed point itself with `closestWaterPixel` off. */
  water_latitude: number;
  water_longitude: number;
  /** Whole metres, the fraction cut off, as the original's column. */
  distance_m: number;
  /** Metres to 3 decimals. */
  distance_exact_m: number;
  /** Null when the point is taken as it is and lies outside the rasters. */
  water_years: number | null;
  /** `uid`s joined by a comma and a space; null when no micro-watershed is near or none is configured. */
  mws_uids: string | null;
  waterbody_id: string | null;
  match: 'intersect' | 'near' | 'none';
  match_distance_m: number | null;
};

type Context = RunContext<DesiltingOptions, PreparedDesilting>;

/**
 * @throws {FinalError} with the original's reasons: no water within the radius, no water body within its radius (the
 * water pixel found is then in `details.result`), a point outside the rasters
 */
export async function locateWater(ctx: Context, input: DesiltingInput): Promise<DesiltingResult> {
  const point = pointOf(input);
  const layers = await openLayers(ctx.data, ctx.prepared);
  const water = await findWater(layers, point, ctx.options);
  const { matchRadiusM: radiusM, waterbodyMatch: choice } = ctx.options;
  const match = layers.waterbodies && matchWaterbody(layers.waterbodies, water.position, { radiusM, choice });
  const result = resultOf(water, await watershedsNear(ctx, layers, water.position), match);
  if (layers.waterbodies !== null && match === null) {
    throw new FinalError(`No waterbody found within ${radiusM}m`, {
      code: 'NO_WATERBODY',
      field: 'latitude',
      hint: 'its water pixel was found; a larger --set matchRadiusM=… may reach a water body',
      details: { result },
    });
  }
  return result;
}

function pointOf({ latitude, longitude }: DesiltingInput): LonLat {
  if (latitude !== null && longitude !== null) return { lon: longitude, lat: latitude };
  throw new FinalError(COORDINATES_MISSING, {
    code: 'COORDINATES_MISSING',
    field: latitude === null ? 'latitude' : 'longitude',
  });
}

/** As in the original, a layer that cannot be read costs the row its watersheds, not its result. */
async function watershedsNear(ctx: Context, layers: DesiltingLayers, around: LonLat): Promise<string | null> {
  try {
    const layer = await layers.watersheds();
    if (layer === null) return null;
    const near = layer.index.within(around, ctx.options.searchRadiusM);
    const uids = near.map(({ index }) => layer.features[index]!.uid).filter((uid) => uid !== null);
    return uids.length === 0 ? null : [...new Set(uids)].join(', ');
  } catch (error) {
    ctx.log.warn(`Watershed failure for row ${ctx.row?.number ?? '-'}: ${(error as Error).message}`);
    return null;
  }
}

function resultOf(water: WaterPixel, mwsUids: string | null, match: WaterbodyMatch | null): DesiltingResult {
  return {
    water_latitude: roundDegrees(water.position.lat),
    water_longitude: roundDegrees(water.position.lon),
    distance_m: Math.trunc(water.distanceM),
    distance_exact_m: millimetres(water.distanceM),
    water_years: water.years,
    mws_uids: mwsUids,
    waterbody_id: match?.feature.id ?? null,
    match: match?.match ?? 'none',
    match_distance_m: match === null ? null : millimetres(match.distanceM),
  };
}

function millimetres(metres: number): number {
  return Math.round(metres * 1000) / 1000;
}
