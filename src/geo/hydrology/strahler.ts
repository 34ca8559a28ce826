/** Stream order (Strahler 1957): 1 at the heads, one more where two streams of the highest order meet. */
import { directionSteps, type FlowGrid, NODATA, opposite } from './flow-grid.js';

/** Two tributaries of the highest order so far have joined. */
const TWICE = 0x80;
const ORDER = 0x7f;

/**
 * Order of each cell through which at least `thresholdCells` drain, by `codes` (directions) and `cells` (accumulation);
 * 0 elsewhere. Orders of different thresholds are not comparable.
 */
export function strahlerOrders(
  grid: FlowGrid,
  codes: Uint8Array,
  cells: Uint32Array,
  thresholdCells: number,
): Uint8Array {
  const steps = directionSteps(grid);
  const orders = new Uint8Array(new SharedArrayBuffer(grid.length));
  /** Stream cells flowing into a cell that have not been followed yet. */
  const missing = new Uint8Array(grid.length);
  for (let cell = 0; cell < codes.length; cell++) {
    if (cells[cell]! >= thresholdCells && codes[cell] !== NODATA)
      missing[cell] = tributaryCount(cell, codes, cells, thresholdCells, steps);
  }
  for (let head = 0; head < codes.length; head++) {
    if (missing[head] !== 0 || orders[head] !== 0 || cells[head]! < thresholdCells || codes[head] === NODATA)
      continue;
    let cell = head;
    for (;;) {
      const joined = orders[cell]!;
      const order = joined === 0 ? 1 : (joined & ORDER) + (joined >> 7);
      orders[cell] = order;
      if (codes[cell] === 0) break;
      cell += steps[codes[cell]!]!;
      orders[cell] = joinedBy(orders[cell]!, order);
      missing[cell] = missing[cell]! - 1;
      if (missing[cell] !== 0) break;
    }
  }
  return orders;
}

/** Stream cells that flow straight into the cell. */
export function tributaryCount(
  cell: number,
  codes: Uint8Array,
  cells: Uint32Array,
  thresholdCells: number,
  steps: Int32Array,
): number {
  let count = 0;
  for (let direction = 1; direction <= 8; direction++) {
    const next = cell + steps[direction]!;
    if (codes[next] === opposite(direction) && cells[next]! >= thresholdCells) count++;
  }
  return count;
}

/** The highest order that has joined so far, and whether it did so twice. */
function joinedBy(joined: number, order: number): number {
  const highest = joined & ORDER;
  if (order > highest) return order;
  return order === highest ? order | TWICE : joined;
}
