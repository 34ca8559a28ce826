/**
 * A raster read on another's grid: each target pixel takes the value at its centre's true place. Made for classes and
 * for measures that are coarser than the target; a finer raster is sampled, not averaged.
 */
import { gridBounds } from '../geo/grid.js';
import type { Placement } from './georeference.js';
import { nodataTest, type Samples, type SampleType } from './nodata.js';
import type { Raster, Window } from './raster.js';
import { sampleArray } from './sample-array.js';
import { sourcePositions } from './source-positions.js';
import { TIE, takeBilinear, takeNearest } from './take-samples.js';

/** `nearest` for classes, `bilinear` for measures. */
export type Resampling = 'nearest' | 'bilinear';

/** Samples of the raster that are read for one part of a window: 32 MB of float64. */
const MAX_SOURCE_SAMPLES = 4 * 1024 * 1024;
const MAX_PART_PIXELS = 512 * 1024;
const DEFAULT_TILE = 256;

/**
 * The raster as if it had been stored on the target's grid; nothing is read before it is asked for. Pixels beyond its
 * edge are nodata. Without a nodata value, and for bilinear, samples are floats and NaN is nodata. Closing closes it.
 */
export function resampled(
  raster: Raster,
  target: Placement & { tileWidth?: number; tileHeight?: number },
  method: Resampling,
): Raster {
  const { width, height, crs, affine, grid, tileWidth = DEFAULT_TILE, tileHeight = DEFAULT_TILE } = target;
  const { sampleType, nodata } = resampledType(raster, method);
  const read = (window: Window, band = 0) => resampleWindow(raster, target, window, { method, band });
  return {
    ...raster,
    width,
    height,
    crs,
    affine,
    grid,
    bounds: gridBounds(grid),
    tileWidth,
    tileHeight,
    sampleType,
    nodata,
    geoKeys: undefined,
    overviews: [],
    isNodata: nodataTest(nodata, sampleType),
    readWindow: read,
    readBands: async (window, bands) => {
      const samples: Samples[] = [];
      for (const band of bands) samples.push(await read(window, band));
      return samples;
    },
    readTile: async (column, row, band = 0) => {
      const window = {
        column: column * tileWidth,
        row: row * tileHeight,
        width: Math.min(tileWidth, width - column * tileWidth),
        height: Math.min(tileHeight, height - row * tileHeight),
      };
      return { samples: await read(window, band), width: window.width, height: window.height };
    },
  };
}

/**
 * A window of the target's grid (row by row), with the raster's values; of the type that resampledType says.
 * Bilinear weighs the four nearest centres, without those that are nodata or beyond the edge; a target pixel whose
 * centre lies in a nodata pixel is nodata, as in gdalwarp.
 * @throws {InputError} RASTER_DAMAGED
 */
export async function resampleWindow(
  raster: Raster,
  target: Placement,
  window: Window,
  { method, band = 0 }: { method: Resampling; band?: number },
): Promise<Samples> {
  const { sampleType, nodata } = resampledType(raster, method);
  const samples = sampleArray(sampleType, window.width * window.height).fill(nodata);
  const parts: Window[] = [window];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (part.width * part.height > MAX_PART_PIXELS) {
      parts.push(...halves(part));
      continue;
    }
    const positions = sourcePositions(raster, target, part);
    const source = sourceWindow(raster, positions);
    if (source === undefined) continue;
    if (source.width * source.height > MAX_SOURCE_SAMPLES && part.width * part.height > 1) {
      parts.push(...halves(part));
      continue;
    }
    const values = await raster.readWindow(source, band);
    const place = { part, window, positions, source, values, raster };
    if (method === 'nearest') takeNearest(place, samples);
    else takeBilinear(place, samples);
  }
  return samples;
}

/** Type and nodata value of what is read. */
function resampledType(
  { sampleType, nodata }: Pick<Raster, 'sampleType' | 'nodata'>,
  method: Resampling,
): { sampleType: SampleType; nodata: number } {
  if (method === 'nearest' && nodata !== undefined) return { sampleType, nodata };
  const isWide = sampleType === 'float64' || sampleType === 'uint32' || sampleType === 'int32';
  return { sampleType: isWide ? 'float64' : 'float32', nodata: Number.NaN };
}

function halves({ column, row, width, height }: Window): [Window, Window] {
  if (height > 1) {
    const upper = height >> 1;
    return [
      { column, row, width, height: upper },
      { column, row: row + upper, width, height: height - upper },
    ];
  }
  const left = width >> 1;
  return [
    { column, row, width: left, height },
    { column: column + left, row, width: width - left, height },
  ];
}

/** The raster's pixels that a part needs, those around each position included; undefined when it needs none. */
function sourceWindow(
  { width, height }: Raster,
  { columns, rows }: { columns: Float64Array; rows: Float64Array },
): Window | undefined {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]!;
    const row = rows[i]!;
    if (!(column + TIE >= 0 && row + TIE >= 0 && column < width && row < height)) continue;
    if (column < left) left = column;
    if (column > right) right = column;
    if (row < top) top = row;
    if (row > bottom) bottom = row;
  }
  if (left > right) return undefined;
  const column = Math.max(0, Math.floor(left) - 1);
  const row = Math.max(0, Math.floor(top) - 1);
  return {
    column,
    row,
    width: Math.min(width, Math.floor(right + TIE) + 2) - column,
    height: Math.min(height, Math.floor(bottom + TIE) + 2) - row,
  };
}
