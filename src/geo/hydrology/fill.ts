/**
 * Depressions raised to their outlets by Priority-Flood (Barnes, Lehman & Mulla 2014, Computers & Geosciences
 * 62:117-127), with the region growing of Zhou, Sun & Fu 2016 (Computers & Geosciences 90:87-96): slopes above a
 * flooded cell are taken without the priority queue, which only holds cells that water may spill over.
 */
import { type CellQueue, CellStack, cellQueueFor } from './cell-queue.js';
import { type Dem, directionSteps, isAtEdge, NO_FLOW, NODATA } from './flow-grid.js';

/** Reached by the flood; its elevation is final. */
const FLOODED = 13;

/**
 * Raises `dem.elevations` in place so that from every cell a way that never climbs leads off the map or into nodata,
 * and no cell higher than it must be; `dem.codes` are left without meaning but for nodata. Gives the number of cells
 * raised. Linear time on integers of a range up to 131,072, else n log n of the cells on rims.
 */
export function fillDepressions(dem: Dem): number {
  const flood = new Flood(dem);
  flood.enterEdge();
  while (flood.rims.size > 0) {
    flood.fillBehind(flood.rims.pop());
    flood.climb();
    flood.keepRims();
  }
  return flood.raised;
}

/** Short steps that are run for each rim: one long function would be optimised late, if at all. */
class Flood {
  raised = 0;
  /** Cells that water may spill over, the lowest first. */
  readonly rims: CellQueue;
  readonly #dem: Dem;
  readonly #steps: Int32Array;
  readonly #pits = new CellStack();
  readonly #slopes = new CellStack();
  /** Cells with a neighbour below them that the flood had not reached when it passed. */
  readonly #mayBeRims = new CellStack();

  constructor(dem: Dem) {
    this.#dem = dem;
    this.#steps = directionSteps(dem.grid);
    this.rims = cellQueueFor(dem);
  }

  enterEdge(): void {
    const { grid, elevations, codes } = this.#dem;
    for (let cell = grid.stride; cell < grid.length - grid.stride; cell++) {
      if (codes[cell] === NODATA) continue;
      if (isAtEdge(codes, cell, grid.stride)) {
        codes[cell] = FLOODED;
        this.rims.push(cell, elevations[cell]!);
      } else codes[cell] = NO_FLOW;
    }
  }

  /** What is not above the rim rises to its level; the slopes round it are left to {@link climb}. */
  fillBehind(rim: number): void {
    const { elevations, codes } = this.#dem;
    const steps = this.#steps;
    const pits = this.#pits;
    const slopes = this.#slopes;
    const level = elevations[rim]!;
    pits.push(rim);
    while (pits.size > 0) {
      const cell = pits.pop();
      for (let direction = 1; direction <= 8; direction++) {
        const next = cell + steps[direction]!;
        if (codes[next] !== NO_FLOW) continue;
        codes[next] = FLOODED;
        const elevation = elevations[next]!;
        if (elevation > level) slopes.push(next);
        else {
          if (elevation < level) {
            elevations[next] = level;
            this.raised++;
          }
          pits.push(next);
        }
      }
    }
  }

  /** Cells above a flooded one keep their elevation. */
  climb(): void {
    const { elevations, codes } = this.#dem;
    const steps = this.#steps;
    const slopes = this.#slopes;
    while (slopes.size > 0) {
      const cell = slopes.pop();
      const elevation = elevations[cell]!;
      let mayBeRim = false;
      for (let direction = 1; direction <= 8; direction++) {
        const next = cell + steps[direction]!;
        if (codes[next] !== NO_FLOW) continue;
        if (elevations[next]! > elevation) {
          codes[next] = FLOODED;
          slopes.push(next);
        } else mayBeRim = true;
      }
      if (mayBeRim) this.#mayBeRims.push(cell);
    }
  }

  keepRims(): void {
    while (this.#mayBeRims.size > 0) {
      const cell = this.#mayBeRims.pop();
      if (isRim(this.#dem, this.#steps, cell)) this.rims.push(cell, this.#dem.elevations[cell]!);
    }
  }
}

/** Water may spill over the cell into one that nothing else reached so far is certain to take. */
function isRim(dem: Dem, steps: Int32Array, cell: number): boolean {
  for (let direction = 1; direction <= 8; direction++) {
    const next = cell + steps[direction]!;
    if (dem.codes[next] === NO_FLOW && !isSlopeOfAnother(dem, steps, next)) return true;
  }
  return false;
}

/** A cell that the flood has reached lies lower and will take this one as part of its slope. */
function isSlopeOfAnother({ elevations, codes }: Dem, steps: Int32Array, cell: number): boolean {
  const elevation = elevations[cell]!;
  for (let direction = 1; direction <= 8; direction++) {
    const next = cell + steps[direction]!;
    if (codes[next] === FLOODED && elevations[next]! < elevation) return true;
  }
  return false;
}
