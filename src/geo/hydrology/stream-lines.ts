/** Streams as lines: a link runs from a head or a confluence down to the next confluence, or to where water leaves the map. */
import { directionSteps, type FlowGrid } from './flow-grid.js';
import { tributaryCount } from './strahler.js';

/** A stretch of stream between two places where streams begin, meet or leave the map. */
export interface StreamLink {
  /** Strahler order. */
  order: number;
  /** Cells that drain through the link's last own cell, that cell included. */
  accumulation: number;
  /** Column, row, column, row, … of its cells, downstream (pixels from 0); the cell it flows into is the last. */
  cells: Int32Array;
}

/**
 * The links of all streams, in the order of their heads from the upper left. `orders` as `strahlerOrders` gives them for
 * the threshold; one cell is in one link, but for confluences, which also end the links above them.
 */
export function* streamLinks(
  grid: FlowGrid,
  codes: Uint8Array,
  cells: Uint32Array,
  orders: Uint8Array,
  thresholdCells: number,
): Generator<StreamLink> {
  const steps = directionSteps(grid);
  for (let start = 0; start < codes.length; start++) {
    if (orders[start] === 0) continue;
    if (tributaryCount(start, codes, cells, thresholdCells, steps) === 1) continue;
    const path = [start];
    let last = start;
    for (let cell = start; codes[cell] !== 0; ) {
      last = cell;
      cell += steps[codes[cell]!]!;
      path.push(cell);
      if (tributaryCount(cell, codes, cells, thresholdCells, steps) > 1) break;
      last = cell;
    }
    if (path.length > 1)
      yield { order: orders[start]!, accumulation: cells[last]!, cells: placesOf(grid, path) };
  }
}

/** Cells inside straight runs are left out. */
function placesOf({ stride }: FlowGrid, path: readonly number[]): Int32Array {
  const kept = path.filter(
    (cell, i) => i === 0 || i === path.length - 1 || cell - path[i - 1]! !== path[i + 1]! - cell,
  );
  const places = new Int32Array(kept.length * 2);
  kept.forEach((cell, i) => {
    const row = Math.floor(cell / stride);
    places[2 * i] = cell - row * stride - 1;
    places[2 * i + 1] = row - 1;
  });
  return places;
}
