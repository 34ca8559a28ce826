/**
 * Values and classes of rasters within polygons, read by windows of whole tiles: only the tiles that polygons touch, each
 * once for all of them. Nodata of every kind never enters.
 */
import { type Coverage, type CoverageRule, coverageOf } from '../geo/coverage.js';
import type { Grid } from '../geo/grid.js';
import { toPixelPolygon } from '../geo/pixel-polygon.js';
import type { Polygon } from '../geo/polygon.js';
import type { Raster } from './raster.js';
import { type ClassSums, classAccumulator } from './zonal-classes.js';
import { readZones } from './zonal-read.js';
import { type ValueSums, valueAccumulator } from './zonal-values.js';

/** What zones are read from: a raster, or samples in memory that say the same of themselves. */
export type ZonalRaster = Pick<
  Raster,
  'path' | 'width' | 'height' | 'grid' | 'tileWidth' | 'tileHeight' | 'affine' | 'isNodata' | 'readBands'
> & {
  /** Absent when the file declares none; areas are then refused. */
  crs?: Raster['crs'] | undefined;
};

export interface ZonalOptions {
  /** 0 is the first, and the default. */
  band?: number;
  /** Default `exact`. */
  rule?: CoverageRule;
  /** Follow polygon edges that are straight in degrees; default: straight in the raster's system, as GDAL does. */
  densify?: boolean;
  /** Areas in m²; default false, since a raster that has no coordinate system has none. */
  areas?: boolean;
}

export interface ZoneOptions extends ZonalOptions {
  /** From 0 to 100; by linear interpolation between values, each by its coverage. */
  percentiles?: readonly number[];
  /** What a sample means, such as DN to NDVI; NaN voids it. */
  value?: (sample: number) => number;
}

/** What is true of a zone whatever was measured in it. */
export interface ZoneFlags {
  /** No pixel of the raster is in the polygon. */
  outside: boolean;
  /** Part of the polygon lies beyond the raster. */
  beyondEdge: boolean;
  /** The polygon's rings cross; it was filled by the even-odd rule. */
  selfCrossing: boolean;
}

export interface ZoneStatistics extends ZoneFlags, ValueSums {}

export interface ZoneClasses extends ZoneFlags, ClassSums {}

/** @throws {InputError} AREA_NEEDS_CRS, POLYGON_NOT_PLACED, or what reading throws */
export async function zonalStatistics(
  raster: ZonalRaster,
  polygon: Polygon,
  options: ZoneOptions = {},
): Promise<ZoneStatistics> {
  return (await zonalStatisticsOfAll(raster, [polygon], options))[0]!;
}

/** One for each polygon, in order. Tiles are read once, whatever the polygons' order. */
export async function zonalStatisticsOfAll(
  raster: ZonalRaster,
  polygons: readonly Polygon[],
  options: ZoneOptions = {},
): Promise<ZoneStatistics[]> {
  return statisticsOf(raster, coveragesOf(raster.grid, polygons, options), options);
}

/**
 * The statistics of each raster of a series that lies on one grid, raster after raster; the polygons are laid over the
 * grid once.
 */
export async function* zonalSeries(
  rasters: Iterable<ZonalRaster> | AsyncIterable<ZonalRaster>,
  polygons: readonly Polygon[],
  options: ZoneOptions = {},
): AsyncGenerator<ZoneStatistics[]> {
  let coverages: Coverage[] | undefined;
  for await (const raster of rasters) {
    coverages ??= coveragesOf(raster.grid, polygons, options);
    yield await statisticsOf(raster, coverages, options);
  }
}

/** Pixels and areas of each class. @throws {InputError} as zonalStatistics does */
export async function zonalClasses(
  raster: ZonalRaster,
  polygon: Polygon,
  options: ZonalOptions = {},
): Promise<ZoneClasses> {
  return (await zonalClassesOfAll(raster, [polygon], options))[0]!;
}

/** One for each polygon, in order. */
export async function zonalClassesOfAll(
  raster: ZonalRaster,
  polygons: readonly Polygon[],
  options: ZonalOptions = {},
): Promise<ZoneClasses[]> {
  const coverages = coveragesOf(raster.grid, polygons, options);
  const sums = await readZones(raster, coverages, options, (areas) => classAccumulator(raster, areas));
  return sums.map((sum, i) => ({ ...sum, ...flagsOf(coverages[i]!) }));
}

async function statisticsOf(
  raster: ZonalRaster,
  coverages: Coverage[],
  options: ZoneOptions,
): Promise<ZoneStatistics[]> {
  const sums = await readZones(raster, coverages, options, (areas) =>
    valueAccumulator(raster, { ...options, areas }),
  );
  return sums.map((sum, i) => ({ ...sum, ...flagsOf(coverages[i]!) }));
}

function coveragesOf(
  grid: Grid,
  polygons: readonly Polygon[],
  { rule = 'exact', densify = false }: ZonalOptions,
): Coverage[] {
  return polygons.map((polygon) => coverageOf(toPixelPolygon(polygon, grid, { densify }), grid, rule));
}

function flagsOf({ outside, beyondEdge, selfCrossing }: Coverage): ZoneFlags {
  return { outside, beyondEdge, selfCrossing };
}
