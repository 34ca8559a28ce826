/** How much drains through each cell: from the divides down, each cell once (linear time). */
import { directionSteps, type FlowGrid, NODATA } from './flow-grid.js';

const DIRECTION = 15;
/** Upstream cells that have not been added yet are counted in the upper half of a code. */
const ONE_UPSTREAM = 16;
/** In place of the count: this cell's sum is complete. */
const COMPLETE = 0xf0;

/**
 * Cells that drain through each cell, itself included; 0 for nodata. `codes` are directions without cycles (1 to 8,
 * OUTLET, NODATA) and are the same again afterwards. `room` may be a buffer whose contents nobody needs any longer, such
 * as that of the elevations; where it is large enough the result lies in it.
 */
export function accumulateCells(grid: FlowGrid, codes: Uint8Array, room?: ArrayBufferLike): Uint32Array {
  const bytes = grid.length * Uint32Array.BYTES_PER_ELEMENT;
  const isRoomy = room !== undefined && room.byteLength >= bytes;
  const sums = new Uint32Array(isRoomy ? room : new SharedArrayBuffer(bytes), 0, grid.length).fill(0);
  accumulate(grid, codes, sums, undefined);
  return sums;
}

/** The same in square metres, a cell counting what `rowAreasM2` (by row of the DEM) says; 0 for nodata. */
export function accumulateAreas(grid: FlowGrid, codes: Uint8Array, rowAreasM2: Float64Array): Float64Array {
  const sums = new Float64Array(grid.length);
  accumulate(grid, codes, sums, rowAreasM2);
  return sums;
}

function accumulate(
  grid: FlowGrid,
  codes: Uint8Array,
  sums: Uint32Array | Float64Array,
  rowWeights: Float64Array | undefined,
): void {
  const { stride } = grid;
  const steps = directionSteps(grid);
  countUpstream(codes, steps);
  for (let source = 0; source < codes.length; source++) {
    if (codes[source]! >= ONE_UPSTREAM) continue;
    let cell = source;
    let direction = codes[cell]!;
    for (;;) {
      const own = rowWeights === undefined ? 1 : rowWeights[Math.floor(cell / stride) - 1]!;
      const sum = sums[cell]! + own;
      sums[cell] = sum;
      codes[cell] = COMPLETE | direction;
      if (direction === 0) break;
      cell += steps[direction]!;
      sums[cell] = sums[cell]! + sum;
      const left = codes[cell]! - ONE_UPSTREAM;
      codes[cell] = left;
      if (left >= ONE_UPSTREAM) break;
      direction = left;
    }
  }
  for (let cell = 0; cell < codes.length; cell++) {
    if (codes[cell] !== NODATA) codes[cell] = codes[cell]! & DIRECTION;
  }
}

function countUpstream(codes: Uint8Array, steps: Int32Array): void {
  for (let cell = 0; cell < codes.length; cell++) {
    if (codes[cell] === NODATA) continue;
    const direction = codes[cell]! & DIRECTION;
    if (direction === 0) continue;
    const next = cell + steps[direction]!;
    codes[next] = codes[next]! + ONE_UPSTREAM;
  }
}
