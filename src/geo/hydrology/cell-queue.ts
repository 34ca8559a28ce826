/** Queues of cells for flooding: packed arrays that grow, no object for a cell. */
import { type Dem, NODATA } from './flow-grid.js';

/** Gives the cell with the lowest level first; among equal ones in any order. */
export interface CellQueue {
  readonly size: number;
  /** The level of the cell that `pop` gave last. */
  readonly level: number;
  push(cell: number, level: number): void;
  /** Only while `size` is above 0. */
  pop(): number;
}

/** Integers within this range have a bucket for each level, so flooding takes linear time (Barnes et al. 2014, section 3.3). */
const MOST_BUCKETS = 1 << 17;
const FIRST_CAPACITY = 4096;

/** The queue that is fastest for a DEM's values. Levels pushed into it must be values of the DEM. */
export function cellQueueFor(dem: Dem): CellQueue {
  if (dem.elevations instanceof Float32Array || dem.elevations instanceof Float64Array) return new CellHeap();
  const { low, high } = levels(dem);
  return high - low < MOST_BUCKETS ? new CellBuckets(low, high) : new CellHeap();
}

function levels({ elevations, codes }: Dem): { low: number; high: number } {
  let low = Infinity;
  let high = -Infinity;
  for (let cell = 0; cell < codes.length; cell++) {
    if (codes[cell] === NODATA) continue;
    const level = elevations[cell]!;
    if (level < low) low = level;
    if (level > high) high = level;
  }
  return low > high ? { low: 0, high: 0 } : { low, high };
}

/** Last in, first out. */
export class CellStack {
  size = 0;
  #cells = new Int32Array(FIRST_CAPACITY);

  push(cell: number): void {
    if (this.size === this.#cells.length) this.#cells = grown(this.#cells);
    this.#cells[this.size++] = cell;
  }

  pop(): number {
    return this.#cells[--this.size]!;
  }
}

/** A heap of four children a node: half as deep as a binary one, and a node's children share a cache line. */
export class CellHeap implements CellQueue {
  size = 0;
  level = 0;
  #cells = new Int32Array(FIRST_CAPACITY);
  #levels = new Float64Array(FIRST_CAPACITY);

  push(cell: number, level: number): void {
    if (this.size === this.#cells.length) {
      this.#cells = grown(this.#cells);
      const levels = new Float64Array(this.#levels.length * 2);
      levels.set(this.#levels);
      this.#levels = levels;
    }
    const cells = this.#cells;
    const levels = this.#levels;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      if (levels[parent]! <= level) break;
      levels[at] = levels[parent]!;
      cells[at] = cells[parent]!;
      at = parent;
    }
    levels[at] = level;
    cells[at] = cell;
  }

  pop(): number {
    const cells = this.#cells;
    const levels = this.#levels;
    const top = cells[0]!;
    this.level = levels[0]!;
    const end = --this.size;
    const level = levels[end]!;
    let at = 0;
    for (;;) {
      const first = 4 * at + 1;
      if (first >= end) break;
      const last = Math.min(first + 4, end);
      let least = first;
      for (let child = first + 1; child < last; child++) if (levels[child]! < levels[least]!) least = child;
      if (levels[least]! >= level) break;
      levels[at] = levels[least]!;
      cells[at] = cells[least]!;
      at = least;
    }
    levels[at] = level;
    cells[at] = cells[end]!;
    return top;
  }
}

/** A linked list for each whole level. Levels may not fall below the one popped last. */
class CellBuckets implements CellQueue {
  size = 0;
  level: number;
  readonly #low: number;
  /** By level: the node on top, or -1. */
  readonly #tops: Int32Array;
  #cells = new Int32Array(FIRST_CAPACITY);
  #next = new Int32Array(FIRST_CAPACITY);
  /** Nodes given back, linked by `#next`; -1 for none. */
  #free = -1;
  #nodes = 0;

  constructor(low: number, high: number) {
    this.#low = low;
    this.level = low;
    this.#tops = new Int32Array(high - low + 1).fill(-1);
  }

  push(cell: number, level: number): void {
    let node = this.#free;
    if (node >= 0) this.#free = this.#next[node]!;
    else {
      node = this.#nodes++;
      if (node === this.#cells.length) {
        this.#cells = grown(this.#cells);
        this.#next = grown(this.#next);
      }
    }
    const bucket = level - this.#low;
    this.#cells[node] = cell;
    this.#next[node] = this.#tops[bucket]!;
    this.#tops[bucket] = node;
    this.size++;
  }

  pop(): number {
    let bucket = this.level - this.#low;
    while (this.#tops[bucket]! < 0) bucket++;
    this.level = bucket + this.#low;
    const node = this.#tops[bucket]!;
    this.#tops[bucket] = this.#next[node]!;
    this.#next[node] = this.#free;
    this.#free = node;
    this.size--;
    return this.#cells[node]!;
  }
}

function grown(cells: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(cells.length * 2);
  larger.set(cells);
  return larger;
}
