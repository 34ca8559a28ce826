/**
 * Depressions cut through where that changes less than filling them, after Lindsay 2016 (Hydrological Processes
 * 30:846-857): the map is flooded from its edge over the lowest ways, and from the bottom of each depression the way
 * the flood came is lowered to the bottom's level until it meets lower ground.
 */
import { CellHeap } from './cell-queue.js';
import { type Dem, directionSteps, isAtEdge, NO_FLOW, NODATA, OUTLET, opposite } from './flow-grid.js';

export interface BreachLimits {
  /** Longest channel, in cells. A longer one is not cut, and its depression stays. */
  maxCells: number;
  /** Deepest cut, in the unit of the elevations. */
  maxDepth: number;
}

/**
 * Lowers `dem.elevations` in place along channels that are level or fall, so that what is within the limits drains;
 * `dem.codes` are left without meaning but for nodata. Fill what is left with `fillDepressions`. Time n log n. Gives the
 * number of channels cut.
 */
export function breachDepressions(dem: Dem, limits: BreachLimits): number {
  const { grid, elevations, codes } = dem;
  const steps = directionSteps(grid);
  const queue = new CellHeap();
  let channels = 0;
  for (let cell = grid.stride; cell < grid.length - grid.stride; cell++) {
    if (codes[cell] === NODATA) continue;
    if (isAtEdge(codes, cell, grid.stride)) {
      codes[cell] = OUTLET;
      queue.push(cell, elevations[cell]!);
    } else codes[cell] = NO_FLOW;
  }
  while (queue.size > 0) {
    const cell = queue.pop();
    for (let direction = 1; direction <= 8; direction++) {
      const next = cell + steps[direction]!;
      if (codes[next] !== NO_FLOW) continue;
      codes[next] = opposite(direction);
      queue.push(next, elevations[next]!);
      if (isPit(dem, steps, next) && cut(dem, steps, next, limits)) channels++;
    }
  }
  return channels;
}

function isPit({ elevations, codes }: Dem, steps: Int32Array, cell: number): boolean {
  const level = elevations[cell]!;
  for (let direction = 1; direction <= 8; direction++) {
    const next = cell + steps[direction]!;
    if (codes[next] !== NODATA && elevations[next]! < level) return false;
  }
  return true;
}

/** Follows the way the flood came; lowers it when that stays within the limits and is needed. */
function cut({ elevations, codes }: Dem, steps: Int32Array, pit: number, limits: BreachLimits): boolean {
  const level = elevations[pit]!;
  let end = pit;
  for (let cells = 1; codes[end] !== OUTLET; cells++) {
    end += steps[codes[end]!]!;
    const height = elevations[end]!;
    if (height < level) break;
    if (cells > limits.maxCells || height - level > limits.maxDepth) return false;
  }
  let lowered = false;
  for (let cell = pit; ; cell += steps[codes[cell]!]!) {
    if (elevations[cell]! > level) {
      elevations[cell] = level;
      lowered = true;
    }
    if (cell === end) return lowered;
  }
}
