/** Flow to the steepest of eight neighbours (O'Callaghan & Mark 1984), the drop divided by the true distance. */
import { type CellSizes, type Dem, isAtEdge, NO_FLOW, NODATA, OUTLET } from './flow-grid.js';

/**
 * Fills `dem.codes` of rows `from` up to `to` (of the DEM, `to` not included) with directions: 1 to 8, {@link OUTLET} at
 * the edge and beside nodata where no neighbour is lower, {@link NO_FLOW} elsewhere. Of equally steep ways the first
 * clockwise from east is taken. Gives the number of cells of NO_FLOW. Elevations are only read, so bands of rows can
 * run in threads.
 */
export function assignDirections(dem: Dem, { dxM, dyM }: CellSizes, from = 0, to = dem.grid.height): number {
  const { grid, elevations, codes } = dem;
  const { width, stride } = grid;
  let undecided = 0;
  for (let row = from; row < to; row++) {
    const acrossRate = 1 / dxM[row]!;
    const downRate = 1 / dyM[row]!;
    const diagonalRate = 1 / Math.hypot(dxM[row]!, dyM[row]!);
    const first = (row + 1) * stride + 1;
    for (let cell = first; cell < first + width; cell++) {
      if (codes[cell] === NODATA) continue;
      const here = elevations[cell]!;
      let steepest = 0;
      let direction = 0;
      let slope = (here - elevations[cell + 1]!) * acrossRate;
      if (slope > steepest) {
        steepest = slope;
        direction = 1;
      }
      slope = (here - elevations[cell + stride + 1]!) * diagonalRate;
      if (slope > steepest) {
        steepest = slope;
        direction = 2;
      }
      slope = (here - elevations[cell + stride]!) * downRate;
      if (slope > steepest) {
        steepest = slope;
        direction = 3;
      }
      slope = (here - elevations[cell + stride - 1]!) * diagonalRate;
      if (slope > steepest) {
        steepest = slope;
        direction = 4;
      }
      slope = (here - elevations[cell - 1]!) * acrossRate;
      if (slope > steepest) {
        steepest = slope;
        direction = 5;
      }
      slope = (here - elevations[cell - stride - 1]!) * diagonalRate;
      if (slope > steepest) {
        steepest = slope;
        direction = 6;
      }
      slope = (here - elevations[cell - stride]!) * downRate;
      if (slope > steepest) {
        steepest = slope;
        direction = 7;
      }
      slope = (here - elevations[cell - stride + 1]!) * diagonalRate;
      if (slope > steepest) direction = 8;
      if (direction !== 0) codes[cell] = direction;
      else if (isAtEdge(codes, cell, stride)) codes[cell] = OUTLET;
      else {
        codes[cell] = NO_FLOW;
        undecided++;
      }
    }
  }
  return undecided;
}
