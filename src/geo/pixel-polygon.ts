/** Polygons in fractional pixel coordinates of a grid, and the way between them and places in degrees. */
import { InputError } from '../core/error.js';
import type { Grid, PixelPosition } from './grid.js';
import type { Polygon } from './polygon.js';

/** As {@link Polygon}, of column, row, column, row, …: pixel (0, 0) spans 0 to 1 both ways. */
export type PixelPolygon = readonly (readonly Float64Array[])[];

/** What reprojecting a vertex costs, in pixels: an edge on a line between pixels may come to lie so far from it. */
export const REPROJECTION_ROUNDING = 1e-8;

/** An edge is straight enough when its middle is this near, in pixels, to the straight line's. */
const STRAIGHT_WITHIN = 0.01;
/** Halvings of one edge: 1,024 pieces. */
const MAX_HALVINGS = 10;

/**
 * The vertices in the raster's own pixels, edges straight between them. `densify` follows the straight line in degrees
 * instead, to a hundredth of a pixel.
 * @throws {InputError} POLYGON_NOT_PLACED when the raster's projection has no image of a vertex
 */
export function toPixelPolygon(
  polygon: Polygon,
  grid: Grid,
  { densify = false }: { densify?: boolean } = {},
): PixelPolygon {
  const place = (lon: number, lat: number): [number, number] => {
    const { column, row } = grid.toPixel({ lon, lat });
    if (!Number.isFinite(column) || !Number.isFinite(row)) throw notPlaced(lon, lat);
    return [column, row];
  };
  return polygon.map((rings) => rings.map((ring) => mapRing(ring, place, densify ? STRAIGHT_WITHIN : null)));
}

/** The vertices in degrees; vertices are added where a straight edge of pixels is a curve in degrees. */
export function toLonLatPolygon(polygon: PixelPolygon, grid: Grid): Polygon {
  const place = (column: number, row: number): [number, number] => {
    const { lon, lat } = grid.toLonLat({ column, row });
    return [lon, lat];
  };
  const tolerance = STRAIGHT_WITHIN * degreesOfPixel(grid);
  return polygon.map((rings) => rings.map((ring) => mapRing(ring, place, tolerance)));
}

/** Above 0 when the ring runs from x towards y; taken from its first vertex, so that far coordinates cost no digits. */
export function signedArea(ring: Float64Array): number {
  const [originX, originY] = [ring[0]!, ring[1]!];
  let doubled = 0;
  for (let i = 0; i + 3 < ring.length; i += 2) {
    doubled +=
      (ring[i]! - originX) * (ring[i + 3]! - originY) - (ring[i + 2]! - originX) * (ring[i + 1]! - originY);
  }
  return doubled / 2;
}

/** Maps each vertex; with a tolerance, edges are halved until the image of the middle is that near to the middle. */
function mapRing(
  ring: Float64Array,
  place: (x: number, y: number) => [number, number],
  tolerance: number | null,
): Float64Array {
  const placed: number[] = [];
  let from: PixelPosition | undefined;
  for (let i = 0; i < ring.length; i += 2) {
    const [column, row] = place(ring[i]!, ring[i + 1]!);
    if (from !== undefined && tolerance !== null) {
      const edge = [ring[i - 2]!, ring[i - 1]!, ring[i]!, ring[i + 1]!] as const;
      addBetween(placed, edge, [from.column, from.row, column, row], { place, tolerance, halvings: 0 });
    }
    placed.push(column, row);
    from = { column, row };
  }
  return Float64Array.from(placed);
}

type Edge = readonly [fromX: number, fromY: number, toX: number, toY: number];

function addBetween(
  placed: number[],
  source: Edge,
  target: Edge,
  how: { place: (x: number, y: number) => [number, number]; tolerance: number; halvings: number },
): void {
  const [x, y] = middle(source);
  const image = how.place(x, y);
  const [straightX, straightY] = middle(target);
  const off = Math.hypot(image[0] - straightX, image[1] - straightY);
  if (!(off > how.tolerance) || how.halvings === MAX_HALVINGS) return;
  const next = { ...how, halvings: how.halvings + 1 };
  addBetween(placed, [source[0], source[1], x, y], [target[0], target[1], ...image], next);
  placed.push(...image);
  addBetween(placed, [x, y, source[2], source[3]], [...image, target[2], target[3]], next);
}

function middle([fromX, fromY, toX, toY]: Edge): [number, number] {
  return [(fromX + toX) / 2, (fromY + toY) / 2];
}

function degreesOfPixel(grid: Grid): number {
  const column = grid.width / 2;
  const row = grid.height / 2;
  const here = grid.toLonLat({ column, row });
  const next = grid.toLonLat({ column, row: row + 1 });
  return Math.hypot(next.lon - here.lon, next.lat - here.lat);
}

function notPlaced(lon: number, lat: number): InputError {
  return new InputError(
    `The polygon's corner ${lon}, ${lat} has no place in the raster's projection; expected corners near the raster`,
    { code: 'POLYGON_NOT_PLACED', details: { found: [lon, lat] } },
  );
}
