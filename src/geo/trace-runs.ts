/**
 * The outline of pixels that are given as runs, along their edges: memory grows with the outline and not with its box.
 * Parts and rings are as those of polygonize.ts: a part for each 4-connected patch, and no ring touches itself.
 */
import type { PixelPolygon } from './pixel-polygon.js';

/** Right, down, left, up; the pixels lie to the right hand of the way. */
const RIGHT = 0;
const DOWN = 1;
const LEFT = 2;
const UP = 3;

/**
 * `runs`: row, first column, column after the last, of each run, by row and column; runs of a row neither touch nor
 * overlap. Outlines run clockwise on the screen, holes the other way; only corners are kept, the first again at the end.
 */
export function traceRuns(runs: Int32Array): PixelPolygon {
  const patches = patchesOf(runs);
  const edges = edgesOf(runs);
  const corners = cornersOf(edges);
  const walked = new Uint8Array(edges.length);
  const parts = new Map<number, Float64Array[]>();
  const holes: [patch: number, ring: Float64Array][] = [];
  for (let first = 0; first < edges.length; first++) {
    if (walked[first] === 1 || edges.direction[first] !== RIGHT) continue;
    const patch = patches[edges.run[first]!]!;
    for (const loop of walk(edges, corners, { first, walked })) {
      const ring = closed(loop);
      if (doubleArea(ring) < 0) holes.push([patch, ring]);
      else parts.set(patch, [ring]);
    }
  }
  for (const [patch, ring] of holes) parts.get(patch)!.push(ring);
  return [...parts.values()];
}

/** Of each run the first run of its 4-connected patch. */
function patchesOf(runs: Int32Array): Int32Array {
  const count = runs.length / 3;
  const parents = Int32Array.from({ length: count }, (_, i) => i);
  const root = (i: number) => {
    let at = i;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]!]!;
      at = parents[at]!;
    }
    return at;
  };
  let above = 0;
  for (let i = 0; i < count; i++) {
    const [row, from, to] = [runs[3 * i]!, runs[3 * i + 1]!, runs[3 * i + 2]!];
    above = firstAgainst(runs, above, row - 1, from);
    for (let j = above; runs[3 * j]! === row - 1 && runs[3 * j + 1]! < to; j++) {
      const [a, b] = [root(i), root(j)];
      parents[Math.max(a, b)] = Math.min(a, b);
    }
  }
  return parents.map((_, i) => root(i));
}

/** Edges by position: from `x`, `y` to `toX`, `toY`. */
interface Edges {
  length: number;
  x: number[];
  y: number[];
  toX: number[];
  toY: number[];
  direction: number[];
  run: number[];
}

/** Sides of runs a row each, and the parts of their tops and bottoms that no run lies against; by row. */
function edgesOf(runs: Int32Array): Edges {
  const edges: Edges = { length: 0, x: [], y: [], toX: [], toY: [], direction: [], run: [] };
  const add = (x: number, y: number, toX: number, toY: number, direction: number, run: number) => {
    edges.x.push(x);
    edges.y.push(y);
    edges.toX.push(toX);
    edges.toY.push(toY);
    edges.direction.push(direction);
    edges.run.push(run);
    edges.length++;
  };
  let above = 0;
  let below = 0;
  for (let i = 0; 3 * i < runs.length; i++) {
    const [row, from, to] = [runs[3 * i]!, runs[3 * i + 1]!, runs[3 * i + 2]!];
    above = firstAgainst(runs, above, row - 1, from);
    uncovered(runs, { first: above, row: row - 1, from, to }, (a, b) => add(a, row, b, row, RIGHT, i));
    add(to, row, to, row + 1, DOWN, i);
    below = firstAgainst(runs, below, row + 1, from);
    uncovered(runs, { first: below, row: row + 1, from, to }, (a, b) => add(b, row + 1, a, row + 1, LEFT, i));
    add(from, row + 1, from, row, UP, i);
  }
  return edges;
}

/** From the run at `i` on, the first of `row` or later that ends after `from` when it is of `row`. */
function firstAgainst(runs: Int32Array, i: number, row: number, from: number): number {
  let at = i;
  while (runs[3 * at]! < row || (runs[3 * at] === row && runs[3 * at + 2]! <= from)) at++;
  return at;
}

/** Stretches of `from` to `to` that the runs of `row` leave open. */
function uncovered(
  runs: Int32Array,
  { first, row, from, to }: { first: number; row: number; from: number; to: number },
  found: (from: number, to: number) => void,
): void {
  let at = from;
  for (let j = first; runs[3 * j] === row && runs[3 * j + 1]! < to; j++) {
    if (runs[3 * j + 1]! > at) found(at, runs[3 * j + 1]!);
    at = runs[3 * j + 2]!;
  }
  if (at < to) found(at, to);
}

/** The edges that leave each corner: one, or two where pixels meet at it. */
interface Corners {
  leaving(x: number, y: number): readonly [number, number | undefined];
}

function cornersOf(edges: Edges): Corners {
  const width = edges.x.reduce((most, x) => Math.max(most, x), 0) + 1;
  const first = new Map<number, number>();
  const second = new Map<number, number>();
  for (let i = 0; i < edges.length; i++) {
    const key = edges.y[i]! * width + edges.x[i]!;
    (first.has(key) ? second : first).set(key, i);
  }
  return {
    leaving(x, y) {
      const key = y * width + x;
      return [first.get(key)!, second.get(key)];
    },
  };
}

/**
 * The corners of the way from one edge round to its beginning. Where pixels meet at a corner the way keeps to its own (to
 * the right); a corner that is passed twice cuts off a loop of its own.
 */
function walk(
  edges: Edges,
  { leaving }: Corners,
  { first, walked }: { first: number; walked: Uint8Array },
): number[][] {
  const loops: number[][] = [];
  const loop: number[] = [];
  const crossings = new Map<string, number>();
  let at = first;
  do {
    walked[at] = 1;
    const [x, y, direction] = [edges.toX[at]!, edges.toY[at]!, edges.direction[at]!];
    const [one, other] = leaving(x, y);
    const next = other !== undefined && edges.direction[other] === (direction + 1) % 4 ? other : one;
    if (edges.direction[next] !== direction) {
      loop.push(x, y);
      if (other !== undefined) cutOff(`${x},${y}`, { loop, loops, crossings });
    }
    at = next;
  } while (at !== first);
  loops.push(loop);
  return loops;
}

/** At a crossing that was passed before: what came since is a loop. */
function cutOff(
  place: string,
  { loop, loops, crossings }: { loop: number[]; loops: number[][]; crossings: Map<string, number> },
): void {
  const before = crossings.get(place);
  if (before === undefined) {
    crossings.set(place, loop.length);
    return;
  }
  loops.push(loop.splice(before));
  for (const [other, position] of crossings) if (position > before) crossings.delete(other);
}

function closed(corners: readonly number[]): Float64Array {
  return Float64Array.from([...corners, corners[0]!, corners[1]!]);
}

/** Above zero for rings that run clockwise where y points down. */
function doubleArea(ring: Float64Array): number {
  let area = 0;
  for (let i = 0; i + 3 < ring.length; i += 2) {
    const [x, y] = [ring[i]! - ring[0]!, ring[i + 1]! - ring[1]!];
    area += x * (ring[i + 3]! - ring[1]!) - (ring[i + 2]! - ring[0]!) * y;
  }
  return area;
}
