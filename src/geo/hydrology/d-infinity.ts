/**
 * Flow in any direction, Tarboton 1997 (Water Resources Research 33:309-319): the steepest of eight triangular facets
 * around a cell, its water split between the two cells that the direction runs between.
 */
import {
  type CellSizes,
  type Dem,
  directionSteps,
  type FlowGrid,
  NODATA,
  OUTLET,
  ROW_STEPS,
} from './flow-grid.js';

/** Directions of the two cells of each facet: straight, then diagonal, anticlockwise from east. */
const FACETS: readonly (readonly [straight: number, diagonal: number])[] = [
  [1, 8],
  [7, 8],
  [7, 6],
  [5, 6],
  [5, 4],
  [3, 4],
  [3, 2],
  [1, 2],
];

/** Where each cell's water goes, in bordered arrays. */
export interface SplitFlow {
  /** Direction (1 to 8) of the first receiver, OUTLET or NODATA. */
  first: Uint8Array;
  /** Direction of the second receiver; only where `share` is below 1. */
  second: Uint8Array;
  /** Part of the water that goes to the first, 0 to 1. */
  share: Float32Array;
}

/**
 * The split of each cell's water on a DEM without depressions. `codes` are its resolved D8 directions: where no facet
 * falls, in flats and at outlets, they decide.
 */
export function splitFlow({ grid, elevations, codes }: Dem, { dxM, dyM }: CellSizes): SplitFlow {
  const steps = directionSteps(grid);
  const flow: SplitFlow = {
    first: Uint8Array.from(codes),
    second: new Uint8Array(grid.length),
    share: new Float32Array(grid.length).fill(1),
  };
  for (let row = 0; row < grid.height; row++) {
    const dx = dxM[row]!;
    const dy = dyM[row]!;
    const diagonalM = Math.hypot(dx, dy);
    for (let column = 0; column < grid.width; column++) {
      const cell = (row + 1) * grid.stride + column + 1;
      if (codes[cell] === NODATA || codes[cell] === OUTLET) continue;
      const here = elevations[cell]!;
      let steepest = 0;
      for (const [straight, diagonal] of FACETS) {
        const atStraight = cell + steps[straight]!;
        const atDiagonal = cell + steps[diagonal]!;
        if (codes[atStraight] === NODATA || codes[atDiagonal] === NODATA) continue;
        const alongM = ROW_STEPS[straight] === 0 ? dx : dy;
        const asideM = ROW_STEPS[straight] === 0 ? dy : dx;
        const along = (here - elevations[atStraight]!) / alongM;
        const aside = (elevations[atStraight]! - elevations[atDiagonal]!) / asideM;
        const widest = Math.atan2(asideM, alongM);
        const angle = Math.atan2(aside, along);
        if (angle > 0 && angle < widest) {
          const slope = Math.hypot(along, aside);
          if (slope <= steepest) continue;
          steepest = slope;
          flow.first[cell] = straight;
          flow.second[cell] = diagonal;
          flow.share[cell] = 1 - angle / widest;
        } else {
          const toStraight = angle <= 0;
          const slope = toStraight ? along : (here - elevations[atDiagonal]!) / diagonalM;
          if (slope <= steepest) continue;
          steepest = slope;
          flow.first[cell] = toStraight ? straight : diagonal;
          flow.second[cell] = 0;
          flow.share[cell] = 1;
        }
      }
    }
  }
  return flow;
}

/** Square metres that drain through each cell, itself included, a cell counting what `rowAreasM2` says; 0 for nodata. */
export function accumulateSplit(grid: FlowGrid, flow: SplitFlow, rowAreasM2: Float64Array): Float64Array {
  const steps = directionSteps(grid);
  const areas = new Float64Array(grid.length);
  const missing = upstreamCounts(flow, steps);
  const ready = new Int32Array(grid.length);
  let end = 0;
  for (let cell = 0; cell < grid.length; cell++) {
    if (flow.first[cell] !== NODATA && missing[cell] === 0) ready[end++] = cell;
  }
  for (let begin = 0; begin < end; begin++) {
    const cell = ready[begin]!;
    const area = areas[cell]! + rowAreasM2[Math.floor(cell / grid.stride) - 1]!;
    areas[cell] = area;
    if (flow.first[cell] === OUTLET) continue;
    const share = flow.share[cell]!;
    const first = cell + steps[flow.first[cell]!]!;
    areas[first] = areas[first]! + area * share;
    missing[first] = missing[first]! - 1;
    if (missing[first] === 0) ready[end++] = first;
    if (flow.second[cell] === 0) continue;
    const second = cell + steps[flow.second[cell]!]!;
    areas[second] = areas[second]! + area * (1 - share);
    missing[second] = missing[second]! - 1;
    if (missing[second] === 0) ready[end++] = second;
  }
  return areas;
}

function upstreamCounts({ first, second }: SplitFlow, steps: Int32Array): Uint8Array {
  const counts = new Uint8Array(first.length);
  for (let cell = 0; cell < first.length; cell++) {
    if (first[cell] === NODATA || first[cell] === OUTLET) continue;
    const one = cell + steps[first[cell]!]!;
    counts[one] = counts[one]! + 1;
    if (second[cell] === 0) continue;
    const other = cell + steps[second[cell]!]!;
    counts[other] = counts[other]! + 1;
  }
  return counts;
}
