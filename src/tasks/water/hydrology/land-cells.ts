/** The pixels of a watershed as runoff sees them: how much of it each is, its soil, its slope, its place in the rain grid. */
import type { DataSource } from '../../../core/task.js';
import { cellSizesM } from '../../../geo/pixel-area.js';
import type { Polygon } from '../../../geo/polygon.js';
import { slopeDegrees, slopeRatio } from '../../../geo/slope.js';
import { resampleWindow } from '../../../raster/align.js';
import { cellFrame } from '../../../raster/cell-frame.js';
import type { Raster, Window } from '../../../raster/raster.js';
import { sourcePositions } from '../../../raster/source-positions.js';
import { keptRaster } from '../kept-raster.js';
import { type PolygonPixels, polygonPixels } from '../series/polygon-pixels.js';

/** Pixels of the land-cover grid that are inside; all arrays in one order. */
export interface LandCells {
  /** Share of the watershed's area. */
  weights: Float64Array;
  /** Position in {@link window} of the land-cover grid, row by row. */
  positions: Int32Array;
  window: Window;
  /** Code of the soil raster; NaN where it has none. */
  soils: Float32Array;
  /** Rise over run, or degrees where the options say so; undefined without an elevation model. */
  slopes: Float32Array | undefined;
}

/** Rows and columns around a watershed that the slope at its edge needs. */
const MARGIN = 2;

/** The cells of a watershed; null when it lies outside the land cover. */
export async function landCells(
  place: { landCover: Raster; polygon: Polygon; identity: string },
  sources: { soil: DataSource; dem: DataSource | undefined },
  slopeUnit: 'ratio' | 'degrees',
): Promise<LandCells | null> {
  const { landCover, polygon, identity } = place;
  const pixels = polygonPixels(landCover, polygon, 'exact');
  if (pixels === null) return null;
  const { positions, weights } = inside(pixels);
  const soil = await keptRaster(sources.soil.files[0]!, identity);
  const codes = await resampleWindow(soil, landCover, pixels.window, { method: 'nearest' });
  const soils = Float32Array.from(positions, (at) => (soil.isNodata(codes[at]!) ? Number.NaN : codes[at]!));
  const dem = sources.dem?.files[0];
  const slopes =
    dem === undefined
      ? undefined
      : await slopesAt(await keptRaster(dem, identity), { landCover, pixels, positions, slopeUnit });
  return { weights, positions, window: pixels.window, soils, slopes };
}

function inside({ areasM2: weights }: PolygonPixels): Pick<LandCells, 'positions' | 'weights'> {
  const positions = Int32Array.from(Array.from(weights.keys()).filter((at) => weights[at]! > 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { positions, weights: Float64Array.from(positions, (at) => weights[at]! / total) };
}

/** Slopes are taken on the elevation model's own grid, then read at the centres of the cells. */
async function slopesAt(
  dem: Raster,
  {
    landCover,
    pixels,
    positions,
    slopeUnit,
  }: {
    landCover: Raster;
    pixels: PolygonPixels;
    positions: Int32Array;
    slopeUnit: 'ratio' | 'degrees';
  },
): Promise<Float32Array> {
  const { columns, rows } = sourcePositions(dem, landCover, pixels.window);
  const window = boundsOf(dem, columns, rows);
  if (window === null) return new Float32Array(positions.length).fill(Number.NaN);
  const samples = await dem.readWindow(window);
  const elevation = Float32Array.from(samples, (value) => (dem.isNodata(value) ? Number.NaN : value));
  const { dxM, dyM } = cellSizesM(cellFrame(dem));
  const slope = slopeRatio({
    elevation,
    width: window.width,
    height: window.height,
    dxM: dxM.subarray(window.row, window.row + window.height),
    dyM: dyM.subarray(window.row, window.row + window.height),
  });
  return Float32Array.from(positions, (at) => {
    const column = Math.floor(columns[at]!) - window.column;
    const row = Math.floor(rows[at]!) - window.row;
    if (!(column >= 0 && row >= 0 && column < window.width && row < window.height)) return Number.NaN;
    const ratio = slope[row * window.width + column]!;
    return slopeUnit === 'ratio' ? ratio : slopeDegrees(ratio);
  });
}

/** The part of a raster that positions lie in, with a margin; null when none does. */
function boundsOf({ width, height }: Raster, columns: Float64Array, rows: Float64Array): Window | null {
  const [left, right] = rangeOf(columns, width);
  const [top, bottom] = rangeOf(rows, height);
  if (left > right || top > bottom) return null;
  return { column: left, row: top, width: right - left + 1, height: bottom - top + 1 };
}

function rangeOf(values: Float64Array, size: number): [from: number, to: number] {
  let [from, to] = [Infinity, -Infinity];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    from = Math.min(from, value);
    to = Math.max(to, value);
  }
  return [Math.max(0, Math.floor(from) - MARGIN), Math.min(size - 1, Math.floor(to) + MARGIN)];
}
