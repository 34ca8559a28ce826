/**
 * Areas of equal labels as polygons along the pixel edges. Each 4-connected patch is a part of its label's polygon with
 * its holes; rings never touch themselves: where pixels of a patch meet only at a corner, the ring follows the side
 * outside, and the parts or holes there touch in that point, as simple features allow (OGC 06-103r4, section 6.1.11).
 */
import { labelComponents } from './components.js';
import type { PixelPolygon } from './pixel-polygon.js';

/** Right, down, left, up: the patch lies to the right hand of the way. */
const STEP_X = [1, 0, -1, 0] as const;
const STEP_Y = [0, 1, 0, -1] as const;

/**
 * The polygon of each label but 0, in pixel corners (column, row), ordered by the first pixel of each. Outlines come
 * first in their part and run clockwise on the screen, holes the other way; only corners where the way turns are kept.
 */
export function tracePolygons(
  labels: Uint8Array | Uint16Array | Int32Array | Uint32Array,
  width: number,
  height: number,
): Map<number, PixelPolygon> {
  const { labels: patches, count } = labelComponents(labels, width, height, 4);
  const parts: Float64Array[][] = Array.from({ length: count + 1 }, () => []);
  const polygons = new Map<number, Float64Array[][]>();
  const walked = new Uint8Array(width * height);
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++) {
      const patch = patches[i]!;
      if (patch === 0 || walked[i] === 1 || (row > 0 && patches[i - width] === patch)) continue;
      const rings = parts[patch]!;
      if (rings.length === 0) partsOf(polygons, labels[i]!).push(rings);
      rings.push(traceRing({ patches, walked, width, height, patch }, column, row));
    }
  }
  return polygons;
}

function partsOf(polygons: Map<number, Float64Array[][]>, label: number): Float64Array[][] {
  const known = polygons.get(label);
  if (known !== undefined) return known;
  const parts: Float64Array[][] = [];
  polygons.set(label, parts);
  return parts;
}

interface Patch {
  patches: Int32Array;
  /** 1 where the upper edge of a pixel is part of a ring already; filled. */
  walked: Uint8Array;
  width: number;
  height: number;
  patch: number;
}

/** The ring that begins along the upper edge of a pixel, closed. */
function traceRing(area: Patch, startColumn: number, startRow: number): Float64Array {
  const ring: number[] = [startColumn, startRow];
  let direction = 0;
  let x = startColumn;
  let y = startRow;
  do {
    if (direction === 0) area.walked[y * area.width + x] = 1;
    x += STEP_X[direction]!;
    y += STEP_Y[direction]!;
    const next = turn(area, x, y, direction);
    if (next !== direction) ring.push(x, y);
    direction = next;
  } while (x !== startColumn || y !== startRow || direction !== 0);
  return Float64Array.from(ring);
}

/** Left as soon as the patch lies ahead on the left, so that patches which meet at the corner stay apart outside. */
function turn(area: Patch, x: number, y: number, direction: number): number {
  const [leftX, leftY] = AHEAD_LEFT[direction]!;
  if (isPatch(area, x + leftX, y + leftY)) return (direction + 3) % 4;
  const [rightX, rightY] = AHEAD_RIGHT[direction]!;
  return isPatch(area, x + rightX, y + rightY) ? direction : (direction + 1) % 4;
}

/** Pixels before a corner, from the corner's own column and row. */
const AHEAD_LEFT = [
  [0, -1],
  [0, 0],
  [-1, 0],
  [-1, -1],
] as const;
const AHEAD_RIGHT = [
  [0, 0],
  [-1, 0],
  [-1, -1],
  [0, -1],
] as const;

function isPatch({ patches, width, height, patch }: Patch, column: number, row: number): boolean {
  return column >= 0 && row >= 0 && column < width && row < height && patches[row * width + column] === patch;
}
