/**
 * Directions inside flats, after Barnes, Lehman & Mulla 2014 (Computers & Geosciences 62:128-135): away from higher
 * ground and, twice as strong, towards the flat's outlets, counted in whole cells. Elevations are not touched.
 */
import { type Dem, directionSteps, NO_FLOW, NODATA } from './flow-grid.js';

/** Belongs to a flat that is being worked on. */
const IN_FLAT = 13;
const STRAIGHT_THEN_DIAGONAL = [1, 3, 5, 7, 2, 4, 6, 8];
const FIRST_CAPACITY = 1024;

/**
 * Gives every {@link NO_FLOW} cell of `dem.codes` the direction in which its flat drains; memory grows with the largest
 * flat's bounding box. Flats without an outlet, which a filled DEM does not have, stay as they are.
 */
export function resolveFlats(dem: Dem): void {
  const { codes, grid } = dem;
  const flat = new Flat(dem);
  const last = grid.length - grid.stride;
  for (let cell = grid.stride; cell < last; cell++) {
    if (codes[cell] === NO_FLOW) flat.drain(cell);
  }
  flat.restore();
}

/** One flat at a time; its arrays are used again for the next. */
class Flat {
  readonly #dem: Dem;
  readonly #steps: Int32Array;
  /** Its cells, in the order in which they were found. */
  #cells = new Int32Array(FIRST_CAPACITY);
  #size = 0;
  /** By place in the bounding box, which has a margin of one cell: the cell's position in `#cells` + 1, else 0. */
  #positions = new Int32Array(FIRST_CAPACITY);
  /** By position: steps away from higher ground, then the combined height of the drainage surface. */
  #heights = new Int32Array(FIRST_CAPACITY);
  #queue = new Int32Array(FIRST_CAPACITY);
  #undrained: number[] = [];

  constructor(dem: Dem) {
    this.#dem = dem;
    this.#steps = directionSteps(dem.grid);
  }

  drain(seed: number): void {
    this.#collect(seed);
    if (this.#size === 1) {
      this.#drainSingle(seed);
      return;
    }
    const box = this.#box();
    this.#enter(box);
    const most = this.#awayFromHigher(box);
    const drained = this.#towardsOutlets(box, most);
    if (drained) this.#point(box);
    else this.#undrained.push(...this.#cells.subarray(0, this.#size));
    this.#leave(box);
  }

  /** Cells that no flat drained were marked as seen. */
  restore(): void {
    for (const cell of this.#undrained) this.#dem.codes[cell] = NO_FLOW;
  }

  /** All undecided cells of one level that hang together, marked {@link IN_FLAT}. */
  #collect(seed: number): void {
    const { elevations, codes } = this.#dem;
    const steps = this.#steps;
    const level = elevations[seed]!;
    codes[seed] = IN_FLAT;
    this.#cells[0] = seed;
    this.#size = 1;
    for (let at = 0; at < this.#size; at++) {
      const cell = this.#cells[at]!;
      for (let direction = 1; direction <= 8; direction++) {
        const next = cell + steps[direction]!;
        if (codes[next] !== NO_FLOW || elevations[next] !== level) continue;
        codes[next] = IN_FLAT;
        if (this.#size === this.#cells.length) this.#grow();
        this.#cells[this.#size++] = next;
      }
    }
  }

  #grow(): void {
    const cells = new Int32Array(this.#cells.length * 2);
    cells.set(this.#cells);
    this.#cells = cells;
    this.#heights = new Int32Array(cells.length);
    this.#queue = new Int32Array(cells.length);
  }

  #drainSingle(cell: number): void {
    const { elevations, codes } = this.#dem;
    for (const direction of STRAIGHT_THEN_DIAGONAL) {
      const next = cell + this.#steps[direction]!;
      if (codes[next] === NODATA || elevations[next] !== elevations[cell]) continue;
      codes[cell] = direction;
      return;
    }
    this.#undrained.push(cell);
  }

  #box(): Box {
    const { stride } = this.#dem.grid;
    let left = Infinity;
    let right = -1;
    let top = Infinity;
    let bottom = -1;
    for (let at = 0; at < this.#size; at++) {
      const row = Math.floor(this.#cells[at]! / stride);
      const column = this.#cells[at]! - row * stride;
      if (column < left) left = column;
      if (column > right) right = column;
      if (row < top) top = row;
      if (row > bottom) bottom = row;
    }
    const width = right - left + 3;
    return {
      width,
      length: width * (bottom - top + 3),
      left: left - 1,
      top: top - 1,
      steps: directionSteps({ width: width - 2, height: 0, stride: width, length: 0 }),
    };
  }

  #enter(box: Box): void {
    if (this.#positions.length < box.length) this.#positions = new Int32Array(box.length);
    for (let at = 0; at < this.#size; at++) {
      this.#positions[this.#placeIn(box, this.#cells[at]!)] = at + 1;
      this.#heights[at] = 0;
    }
  }

  #leave(box: Box): void {
    for (let at = 0; at < this.#size; at++) this.#positions[this.#placeIn(box, this.#cells[at]!)] = 0;
  }

  #placeIn({ left, top, width }: Box, cell: number): number {
    const { stride } = this.#dem.grid;
    const row = Math.floor(cell / stride);
    return (row - top) * width + cell - row * stride - left;
  }

  /** Numbers the cells by steps from those beside higher ground, which have 1; gives the highest number. */
  #awayFromHigher(box: Box): number {
    const { elevations, codes } = this.#dem;
    const level = elevations[this.#cells[0]!]!;
    let end = 0;
    for (let at = 0; at < this.#size; at++) {
      const cell = this.#cells[at]!;
      for (let direction = 1; direction <= 8; direction++) {
        const next = cell + this.#steps[direction]!;
        if (elevations[next]! > level && codes[next] !== NODATA) {
          this.#heights[at] = 1;
          this.#queue[end++] = at;
          break;
        }
      }
    }
    let most = end > 0 ? 1 : 0;
    for (let begin = 0; begin < end; begin++) {
      const at = this.#queue[begin]!;
      const height = this.#heights[at]! + 1;
      const place = this.#placeIn(box, this.#cells[at]!);
      for (let direction = 1; direction <= 8; direction++) {
        const next = this.#positions[place + box.steps[direction]!]! - 1;
        if (next < 0 || this.#heights[next] !== 0) continue;
        this.#heights[next] = height;
        if (height > most) most = height;
        this.#queue[end++] = next;
      }
    }
    return most;
  }

  /**
   * Turns the numbers round (`most` less what they were) and adds twice the steps to an outlet: a cell of the same level
   * that has a direction, or leads off the map. False where there is none.
   */
  #towardsOutlets(box: Box, most: number): boolean {
    const { elevations, codes } = this.#dem;
    const level = elevations[this.#cells[0]!]!;
    let end = 0;
    for (let at = 0; at < this.#size; at++) {
      this.#heights[at] = this.#heights[at]! - most - 1;
      const cell = this.#cells[at]!;
      for (let direction = 1; direction <= 8; direction++) {
        const next = cell + this.#steps[direction]!;
        if (codes[next]! <= 8 && elevations[next] === level) {
          this.#queue[end++] = at;
          break;
        }
      }
    }
    if (end === 0) return false;
    const heights = this.#heights;
    for (let begin = 0; begin < end; begin++)
      heights[this.#queue[begin]!] = 2 - heights[this.#queue[begin]!]!;
    let ring = end;
    let loops = 2;
    for (let begin = 0; begin < end; begin++) {
      if (begin === ring) {
        ring = end;
        loops++;
      }
      const place = this.#placeIn(box, this.#cells[this.#queue[begin]!]!);
      for (let direction = 1; direction <= 8; direction++) {
        const next = this.#positions[place + box.steps[direction]!]! - 1;
        if (next < 0 || heights[next]! >= 0) continue;
        heights[next] = 2 * loops - heights[next]!;
        this.#queue[end++] = next;
      }
    }
    return true;
  }

  /** To an outlet beside the cell, else to the neighbour that is lowest on the drainage surface. */
  #point(box: Box): void {
    const { elevations, codes } = this.#dem;
    const level = elevations[this.#cells[0]!]!;
    for (let at = 0; at < this.#size; at++) {
      const cell = this.#cells[at]!;
      const place = this.#placeIn(box, cell);
      let lowest = this.#heights[at]!;
      let best = NO_FLOW;
      for (const direction of STRAIGHT_THEN_DIAGONAL) {
        const next = this.#positions[place + box.steps[direction]!]! - 1;
        if (next >= 0) {
          if (this.#heights[next]! >= lowest) continue;
          lowest = this.#heights[next]!;
          best = direction;
        } else {
          const beside = cell + this.#steps[direction]!;
          if (codes[beside]! > 8 || elevations[beside] !== level) continue;
          best = direction;
          break;
        }
      }
      this.#queue[at] = best;
    }
    for (let at = 0; at < this.#size; at++) codes[this.#cells[at]!] = this.#queue[at]!;
  }
}

/** Of a flat, in bordered rows and columns, with a margin of one cell. */
interface Box {
  left: number;
  top: number;
  width: number;
  length: number;
  steps: Int32Array;
}
