/**
 * Eleven landforms from the topographic position index at two scales (Weiss 2001), standardised over the grid, with the
 * limits of core-stack.md 3.12: 1 canyons, 2 midslope drainages, 3 upland drainages, 4 U-shaped valleys, 5 plains,
 * 6 open slopes, 7 flat ridge tops, 8 upper slopes, 9 local ridges in valleys, 10 midslope ridges, 11 high ridges.
 */
import { type ElevationGrid, slopeDegrees, slopeRatio } from './slope.js';

/** Cells that are more than `inner` and at most `outer` cell widths away. */
interface Annulus {
  inner: number;
  outer: number;
}

const SMALL: Annulus = { inner: 5, outer: 10 };
const LARGE: Annulus = { inner: 62, outer: 67 };
/** The radii above are of cells of 30 m; grids of about that size take them as they are. */
const CELL_M = 30;
const SAME_CELL_M = [20, 45] as const;
const PLAIN_BELOW_DEGREES = 5;
const STEEP_FROM_DEGREES = 20;
const FLAT_TOP_BELOW_DEGREES = 6;
/** Class by (small scale, large scale), each low, middle or high; of the middle column the slope decides. */
const CLASSES = [
  [1, 2, 3],
  [4, 0, 0],
  [9, 10, 11],
] as const;

/** Classes 1 to 11 row by row; 0 where there is no elevation. Deviations and limits are of the whole grid given. */
export function landforms(grid: ElevationGrid): Uint8Array {
  const small = standardised(positionIndex(grid, scaled(SMALL, grid)));
  const large = standardised(positionIndex(grid, scaled(LARGE, grid)));
  const slopes = slopeRatio(grid);
  const limit = 100 * Math.max(3 - Math.log10(spread(grid.elevation).deviation + 1), 0.3);
  const classes = new Uint8Array(slopes.length);
  for (let i = 0; i < classes.length; i++) {
    if (Number.isNaN(grid.elevation[i]!)) continue;
    const near = level(small[i]!, limit);
    const far = level(large[i]!, limit);
    classes[i] = CLASSES[near]![far] || slopeClass(far, slopeDegrees(slopes[i]!));
  }
  return classes;
}

/** Elevation minus the mean of the annulus around it; NaN without either. */
function positionIndex({ elevation, width, height }: ElevationGrid, { inner, outer }: Annulus): Float32Array {
  const index = new Float32Array(width * height);
  const rings = prefixRows(elevation, width, 2 * outer + 1);
  const outerReach = halfWidths(outer);
  const innerReach = halfWidths(inner);
  let filled = 0;
  for (let row = 0; row < height; row++) {
    for (; filled < Math.min(height, row + outer + 1); filled++) rings.fill(filled);
    for (let column = 0; column < width; column++) {
      let sum = 0;
      let count = 0;
      for (let other = Math.max(0, row - outer); other <= Math.min(height - 1, row + outer); other++) {
        const away = Math.abs(other - row);
        const at = rings.offset(other);
        const from = at + Math.max(0, column - outerReach[away]!);
        const to = at + Math.min(width, column + outerReach[away]! + 1);
        sum += rings.sums[to]! - rings.sums[from]!;
        count += rings.counts[to]! - rings.counts[from]!;
        if (away > inner) continue;
        const holeFrom = at + Math.max(0, column - innerReach[away]!);
        const holeTo = at + Math.min(width, column + innerReach[away]! + 1);
        sum -= rings.sums[holeTo]! - rings.sums[holeFrom]!;
        count -= rings.counts[holeTo]! - rings.counts[holeFrom]!;
      }
      const here = elevation[row * width + column]!;
      index[row * width + column] = count === 0 ? Number.NaN : here - sum / count;
    }
  }
  return index;
}

/** Running sums and counts along rows, of the last `kept` rows: memory does not grow with the height. */
function prefixRows(elevation: ArrayLike<number>, width: number, kept: number) {
  const sums = new Float64Array(kept * (width + 1));
  const counts = new Int32Array(kept * (width + 1));
  const offset = (row: number) => (row % kept) * (width + 1);
  const fill = (row: number) => {
    for (let column = 0, at = offset(row); column < width; column++, at++) {
      const value = elevation[row * width + column]!;
      const valid = !Number.isNaN(value);
      sums[at + 1] = sums[at]! + (valid ? value : 0);
      counts[at + 1] = counts[at]! + (valid ? 1 : 0);
    }
  };
  return { sums, counts, offset, fill };
}

/** Columns on each side that a disc reaches, by rows away from its centre. */
function halfWidths(radius: number): Int32Array {
  return Int32Array.from({ length: radius + 1 }, (_, away) =>
    Math.floor(Math.sqrt(radius * radius - away * away)),
  );
}

function scaled({ inner, outer }: Annulus, { dxM, dyM, height }: ElevationGrid): Annulus {
  const middle = height >> 1;
  const cellM = Math.sqrt(Math.abs(dxM[middle]! * dyM[middle]!));
  if (cellM >= SAME_CELL_M[0] && cellM <= SAME_CELL_M[1]) return { inner, outer };
  const cells = (radius: number) => Math.max(1, Math.round((radius * CELL_M) / cellM));
  return { inner: cells(inner), outer: Math.max(cells(outer), cells(inner) + 1) };
}

/** In hundredths of a standard deviation from the mean, in place: the array is this module's own. */
function standardised(values: Float32Array): Float32Array {
  const { mean, deviation } = spread(values);
  for (let i = 0; i < values.length; i++) {
    values[i] = deviation === 0 ? 0 : ((values[i]! - mean) / deviation) * 100 + 0.5;
  }
  return values;
}

/** Mean and population standard deviation of what is not NaN. */
function spread(values: ArrayLike<number>): { mean: number; deviation: number } {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    count++;
    const off = value - mean;
    mean += off / count;
    squares += off * (value - mean);
  }
  return { mean, deviation: count === 0 ? 0 : Math.sqrt(squares / count) };
}

/** 0 low, 1 middle, 2 high; what has no index lies in the middle. */
function level(index: number, limit: number): 0 | 1 | 2 {
  return index <= -limit ? 0 : index >= limit ? 2 : 1;
}

/** Neither above nor below what is near: a valley floor is decided already; here plains, slopes and ridge tops. */
function slopeClass(far: 0 | 1 | 2, degrees: number): number {
  if (far === 2) return degrees < FLAT_TOP_BELOW_DEGREES ? 7 : 8;
  if (degrees < PLAIN_BELOW_DEGREES) return 5;
  return degrees < STEEP_FROM_DEGREES ? 6 : 8;
}
