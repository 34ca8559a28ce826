/** Where water runs: a flood from the edge (Barnes, Lehman and Mulla 2014) that gives every cell the one it drains to. */

const AROUND = [
  [1, 0, 1],
  [-1, 0, 1],
  [0, 1, 1],
  [0, -1, 1],
  [1, 1, Math.SQRT2],
  [-1, 1, Math.SQRT2],
  [1, -1, Math.SQRT2],
  [-1, -1, Math.SQRT2],
];

/**
 * `order` holds the cells from the outlets upwards, `receiver` the next cell downstream (-1 for outlets) and `steps` the
 * cells of width to it. Cells with `isOutlet(at)` are the ends; those that no flood reaches are left out.
 */
export function drain({ heights, width, height }, isOutlet) {
  const size = width * height;
  const level = Float64Array.from(heights);
  const receiver = new Int32Array(size).fill(-1);
  const steps = new Float64Array(size).fill(1);
  const seen = new Uint8Array(size);
  const order = new Int32Array(size);
  const heap = new Heap(level);
  let count = 0;
  for (let at = 0; at < size; at++) {
    if (!isOutlet(at)) continue;
    seen[at] = 1;
    heap.push(at);
  }
  while (heap.size > 0) {
    const at = heap.pop();
    order[count++] = at;
    const column = at % width;
    const row = (at - column) / width;
    for (const [dx, dy, far] of AROUND) {
      const x = column + dx;
      const y = row + dy;
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      const next = y * width + x;
      if (seen[next] === 1 || Number.isNaN(heights[next])) continue;
      seen[next] = 1;
      receiver[next] = at;
      steps[next] = far;
      if (level[next] < level[at]) level[next] = level[at];
      heap.push(next);
    }
  }
  steepen({ heights: level, width, height }, { receiver, steps, order: order.subarray(0, count) });
  return { receiver, steps, order: order.subarray(0, count), level };
}

/** Off flats, water takes the steepest way down, not the one it was flooded from. */
function steepen({ heights, width, height }, { receiver, steps, order }) {
  for (const at of order) {
    if (receiver[at] < 0) continue;
    const column = at % width;
    const row = (at - column) / width;
    let best = 0;
    for (const [dx, dy, far] of AROUND) {
      const x = column + dx;
      const y = row + dy;
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      const slope = (heights[at] - heights[y * width + x]) / far;
      if (!(slope > best)) continue;
      best = slope;
      receiver[at] = y * width + x;
      steps[at] = far;
    }
  }
}

/** Cells that drain through each cell, itself included. */
export function accumulate({ receiver, level, order }) {
  const cells = new Float64Array(receiver.length);
  const waiting = new Uint8Array(receiver.length);
  for (const at of order) {
    cells[at] = 1;
    if (receiver[at] >= 0) waiting[receiver[at]] += 1;
  }
  const upstream = [];
  for (const at of order) if (waiting[at] === 0) upstream.push(at);
  const sorted = [];
  while (upstream.length > 0) {
    const at = upstream.pop();
    sorted.push(at);
    const next = receiver[at];
    if (next < 0) continue;
    cells[next] += cells[at];
    waiting[next] -= 1;
    if (waiting[next] === 0) upstream.push(next);
  }
  return { cells, downwards: Int32Array.from(sorted), level };
}

/** Least key first; equal ones in the order of their cells, so that every machine takes the same. */
class Heap {
  #keys;
  #cells = [];

  constructor(keys) {
    this.#keys = keys;
  }

  get size() {
    return this.#cells.length;
  }

  push(cell) {
    const cells = this.#cells;
    let place = cells.length;
    cells.push(cell);
    while (place > 0) {
      const parent = (place - 1) >> 2;
      if (!this.#before(cell, cells[parent])) break;
      cells[place] = cells[parent];
      place = parent;
    }
    cells[place] = cell;
  }

  pop() {
    const cells = this.#cells;
    const top = cells[0];
    const last = cells.pop();
    const { length } = cells;
    let place = 0;
    for (let child = 1; child < length; child = 4 * place + 1) {
      let least = child;
      for (let other = child + 1; other < Math.min(child + 4, length); other++) {
        if (this.#before(cells[other], cells[least])) least = other;
      }
      if (!this.#before(cells[least], last)) break;
      cells[place] = cells[least];
      place = least;
    }
    if (length > 0) cells[place] = last;
    return top;
  }

  #before(a, b) {
    const difference = this.#keys[a] - this.#keys[b];
    return difference < 0 || (difference === 0 && a < b);
  }
}
