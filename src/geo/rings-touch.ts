/** Whether edges of a polygon's part meet anywhere but where one follows the other. */
import Flatbush from 'flatbush';

/** Below this many edges every pair is looked at; above it those whose boxes meet. */
const FEW_EDGES = 48;

/** The edges of rings, as pairs that may meet are looked for in. */
export interface EdgeList {
  /** x, y of one end and of the other, four numbers an edge. */
  ends: Float64Array;
  length: number;
}

/** True too for rings that only touch, in a point or along an edge; repeated vertices are no touch. */
export function ringsTouch(rings: readonly Float64Array[]): boolean {
  const { edges, following } = edgesOf(rings);
  return eachMeeting(edges, (i, j) => {
    if (following[i] === j) return turnsBack(edges, i, j);
    if (following[j] === i) return turnsBack(edges, j, i);
    return edgesMeet(edges, i, j);
  });
}

/** Calls `found` for pairs i < j whose boxes meet, until it says true; whether it did. */
export function eachMeeting({ ends, length }: EdgeList, found: (i: number, j: number) => boolean): boolean {
  if (length < 2) return false;
  if (length <= FEW_EDGES) {
    for (let i = 0; i < length; i++) {
      for (let j = i + 1; j < length; j++) if (found(i, j)) return true;
    }
    return false;
  }
  const tree = new Flatbush(length);
  for (let i = 0; i < length; i++) tree.add(...boxOf(ends, i));
  tree.finish();
  for (let i = 0; i < length; i++) {
    for (const j of tree.search(...boxOf(ends, i), (other) => other > i)) if (found(i, j)) return true;
  }
  return false;
}

/** Whether two edges have a point in common. */
export function edgesMeet({ ends }: EdgeList, i: number, j: number): boolean {
  const [ax, ay, bx, by] = [ends[4 * i]!, ends[4 * i + 1]!, ends[4 * i + 2]!, ends[4 * i + 3]!];
  const [cx, cy, dx, dy] = [ends[4 * j]!, ends[4 * j + 1]!, ends[4 * j + 2]!, ends[4 * j + 3]!];
  if (Math.max(ax, bx) < Math.min(cx, dx) || Math.max(cx, dx) < Math.min(ax, bx)) return false;
  if (Math.max(ay, by) < Math.min(cy, dy) || Math.max(cy, dy) < Math.min(ay, by)) return false;
  const c = side(ax, ay, bx, by, cx, cy);
  const d = side(ax, ay, bx, by, dx, dy);
  if ((c > 0 && d > 0) || (c < 0 && d < 0)) return false;
  const a = side(cx, cy, dx, dy, ax, ay);
  const b = side(cx, cy, dx, dy, bx, by);
  return !((a > 0 && b > 0) || (a < 0 && b < 0));
}

/** Above 0 when the point lies to the left of the way from a to b (y upwards), 0 on its line. */
export function side(ax: number, ay: number, bx: number, by: number, x: number, y: number): number {
  return (bx - ax) * (y - ay) - (by - ay) * (x - ax);
}

/** The edges without those of no length, and the one that follows each in its ring. */
function edgesOf(rings: readonly Float64Array[]): { edges: EdgeList; following: Int32Array } {
  const longest = rings.reduce((sum, ring) => sum + Math.max(0, ring.length / 2 - 1), 0);
  const ends = new Float64Array(4 * longest);
  const following = new Int32Array(longest);
  let length = 0;
  for (const ring of rings) {
    const first = length;
    for (let i = 0; i + 3 < ring.length; i += 2) {
      if (ring[i] === ring[i + 2] && ring[i + 1] === ring[i + 3]) continue;
      ends.set(ring.subarray(i, i + 4), 4 * length);
      following[length] = length + 1;
      length++;
    }
    if (length > first) following[length - 1] = first;
  }
  return { edges: { ends, length }, following };
}

/** Whether an edge runs back over the one before it. */
function turnsBack({ ends }: EdgeList, i: number, j: number): boolean {
  const [ax, ay, bx, by] = [ends[4 * i]!, ends[4 * i + 1]!, ends[4 * i + 2]!, ends[4 * i + 3]!];
  const [x, y] = [ends[4 * j + 2]!, ends[4 * j + 3]!];
  return side(ax, ay, bx, by, x, y) === 0 && (ax - bx) * (x - bx) + (ay - by) * (y - by) > 0;
}

function boxOf(ends: Float64Array, i: number): [number, number, number, number] {
  const [ax, ay, bx, by] = [ends[4 * i]!, ends[4 * i + 1]!, ends[4 * i + 2]!, ends[4 * i + 3]!];
  return [Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)];
}
