/** Slope of an elevation grid from each cell's four neighbours (Zevenbergen and Thorne 1987; `gdaldem slope -alg ZevenbergenThorne`). */

/** Rows x columns; NaN is no elevation. */
export interface ElevationGrid {
  elevation: Float32Array | Float64Array;
  width: number;
  height: number;
  /** Width of a cell in metres, by row. */
  dxM: ArrayLike<number>;
  /** Height of a cell in metres, by row. */
  dyM: ArrayLike<number>;
}

/** Rise over run of every cell, NaN without elevation. Where a neighbour is missing the cell itself stands in, one-sided. */
export function slopeRatio({ elevation, width, height, dxM, dyM }: ElevationGrid): Float32Array {
  const slopes = new Float32Array(width * height);
  for (let row = 0, i = 0; row < height; row++) {
    const dx = Math.abs(dxM[row]!);
    const dy = Math.abs(dyM[row]!);
    for (let column = 0; column < width; column++, i++) {
      const here = elevation[i]!;
      const east = column + 1 < width ? gradient(here, elevation[i + 1]!) : Number.NaN;
      const west = column > 0 ? gradient(elevation[i - 1]!, here) : Number.NaN;
      const south = row + 1 < height ? gradient(here, elevation[i + width]!) : Number.NaN;
      const north = row > 0 ? gradient(elevation[i - width]!, here) : Number.NaN;
      slopes[i] = Number.isNaN(here)
        ? Number.NaN
        : Math.hypot(mean(west, east) / dx, mean(north, south) / dy);
    }
  }
  return slopes;
}

/** Degrees of a rise over run. */
export function slopeDegrees(ratio: number): number {
  return (Math.atan(ratio) * 180) / Math.PI;
}

function gradient(from: number, to: number): number {
  return to - from;
}

/** Of both sides, or of the one there is, or 0. */
function mean(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : b;
  return Number.isNaN(b) ? a : (a + b) / 2;
}
