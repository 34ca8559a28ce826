/** One zone: the row's polygon over the batch's raster. */
import { FinalError, InputError } from '../../core/error.js';
import type { PrepareContext, RunContext } from '../../core/task.js';
import type { Polygon } from '../../geo/polygon.js';
import { geodesicAreaM2 } from '../../geo/polygon-area.js';
import { type BandScaling, openRaster, type Raster } from '../../raster/raster.js';
import { noBand } from '../../raster/raster-error.js';
import { type ZoneFlags, zonalClasses, zonalStatistics } from '../../raster/zonal.js';
import { keptRaster } from '../water/kept-raster.js';
import { identityOf } from '../water/prepared.js';
import { rowPolygon } from '../water/row-polygon.js';
import type { ZonalInput, ZonalOptions } from './zonal-input.js';

/** Plain JSON; every row is given it. */
export interface PreparedZonal {
  file: string;
  identity: string;
}

export type ZonalResult = Record<string, number | boolean | string | null>;

const PERCENTILES = [5, 50, 95];

/** @throws {InputError} DATA_MISSING, RASTER_BAND_MISSING, or what openRaster throws */
export async function prepareZonal({ data, options }: PrepareContext<ZonalOptions>): Promise<PreparedZonal> {
  const files = data.raster?.files ?? [];
  const [file] = files;
  if (file === undefined || files.length > 1) throw notOneRaster(files, data.raster?.origin);
  const raster = await openRaster(file);
  await raster.close();
  if (options.band > raster.bands) throw noBand(file, raster.bands, options.band - 1);
  return { file, identity: await identityOf([file]) };
}

/** @throws {FinalError} GEOMETRY_INVALID, ZONE_OUTSIDE_RASTER, ZONE_NOT_PLACED */
export async function zonalRow(
  { options, prepared }: RunContext<ZonalOptions, PreparedZonal>,
  { geometry }: ZonalInput,
): Promise<ZonalResult> {
  const polygon = rowPolygon(geometry);
  if (polygon === null) throw withoutArea();
  const raster = await keptRaster(prepared.file, prepared.identity);
  const measured = await measure(raster, polygon, options).catch(asRowError);
  if (measured.flags.outside) throw outsideRaster(raster);
  return {
    ...measured.result,
    polygon_area_m2: geodesicAreaM2(polygon),
    beyond_edge: measured.flags.beyondEdge,
    self_crossing: measured.flags.selfCrossing,
  };
}

async function measure(
  raster: Raster,
  polygon: Polygon,
  { band, rule, densify, classes, scale, offset }: ZonalOptions,
): Promise<{ result: ZonalResult; flags: ZoneFlags }> {
  const zone = { band: band - 1, rule, densify, areas: true };
  if (classes) {
    const found = await zonalClasses(raster, polygon, zone);
    return { result: classColumns(found), flags: found };
  }
  const scaling: BandScaling = {
    scale: 1,
    offset: 0,
    ...raster.scaling[band - 1],
    ...given({ scale, offset }),
  };
  const found = await zonalStatistics(raster, polygon, {
    ...zone,
    percentiles: PERCENTILES,
    value: (sample) => sample * scaling.scale + scaling.offset,
  });
  const { n, coverage, nodataCoverage, mean, std, min, max, sum, areaM2, percentiles } = found;
  const [p5 = null, median = null, p95 = null] = percentiles;
  return {
    result: {
      n,
      coverage,
      nodata_coverage: nodataCoverage,
      mean,
      std,
      min,
      p5,
      median,
      p95,
      max,
      sum,
      area_m2: areaM2,
    },
    flags: found,
  };
}

/** Only what was said. */
function given({
  scale,
  offset,
}: {
  scale: number | undefined;
  offset: number | undefined;
}): Partial<BandScaling> {
  return { ...(scale === undefined ? {} : { scale }), ...(offset === undefined ? {} : { offset }) };
}

/** `classes` is JSON: of each value its pixels, its coverage in pixels, and its area. */
function classColumns({ classes, nodataCoverage }: Awaited<ReturnType<typeof zonalClasses>>): ZonalResult {
  const total = (of: 'pixels' | 'coverage' | 'areaM2') =>
    classes.reduce((sum, one) => sum + (one[of] ?? 0), 0);
  return {
    n: total('pixels'),
    coverage: total('coverage'),
    nodata_coverage: nodataCoverage,
    area_m2: total('areaM2'),
    classes: JSON.stringify(
      Object.fromEntries(
        classes.map(({ value, pixels, coverage, areaM2 }) => [value, { pixels, coverage, area_m2: areaM2 }]),
      ),
    ),
  };
}

function asRowError(error: unknown): never {
  if (!(error instanceof InputError) || error.code !== 'POLYGON_NOT_PLACED') throw error;
  throw new FinalError(error.message, { code: 'ZONE_NOT_PLACED', field: 'geometry', cause: error });
}

function outsideRaster(raster: Raster): FinalError {
  const [west, south, east, north] = raster.bounds.map((degrees) => degrees.toFixed(4));
  return new FinalError(
    `The polygon covers no pixel of ${raster.name}, which spans ${west} to ${east} E and ${south} to ${north} N`,
    {
      code: 'ZONE_OUTSIDE_RASTER',
      field: 'geometry',
      hint: 'a polygon smaller than a pixel that covers no centre counts with --set rule=exact',
      details: { raster: raster.name, bounds: raster.bounds },
    },
  );
}

function withoutArea(): FinalError {
  return new FinalError('The polygon has no ring of three corners', {
    code: 'ZONE_NO_AREA',
    field: 'geometry',
  });
}

function notOneRaster(files: readonly string[], origin: string | undefined): InputError {
  const found = files.length === 0 ? 'none is named' : `${origin} names ${files.length}`;
  return new InputError(`raster.zonal reads one raster; ${found}`, {
    code: 'DATA_MISSING',
    hint: "--set raster=path/to/raster.tif, or in the config: data: { raster: 'path/to/raster.tif' }",
    details: { files: files.slice(0, 5) },
  });
}
