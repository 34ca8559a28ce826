/** Lines and polygons, asked which of them a polygon meets or lies near: boxes of edges first (flatbush), then edges. */
import Flatbush from 'flatbush';
import { metresPerDegree } from './geodesic.js';
import { type Polygon, polygonBounds, polygonContains } from './polygon.js';

/** One feature's shape in degrees: its area, its lines, or both. */
export interface Shape {
  polygon: Polygon | null;
  /** lon, lat, lon, lat, … */
  lines: readonly Float64Array[];
}

export interface NearShape {
  /** Position in the list the index was made of. */
  index: number;
  /** 0 when they meet. */
  distanceM: number;
}

export interface ShapeIndex {
  /**
   * Shapes within `radiusM` of the polygon, in the order of the list; with 0 those that it meets or touches. Distances are
   * of the nearest edges in the plane that fits there: to 1 part in 1,000 up to some kilometres.
   */
  near(polygon: Polygon, radiusM: number): NearShape[];
}

/** Edges nearer than a tenth of a millimetre touch. */
const TOUCH_M = 1e-4;
/** Boxes of degrees are widened by this share, since a degree's length changes over a body. */
const BOX_MARGIN = 1.01;

export function shapeIndex(shapes: readonly Shape[]): ShapeIndex {
  if (shapes.length === 0) return { near: () => [] };
  const edges = edgeIndex(shapes);
  const boxes = new Flatbush(shapes.length);
  for (const shape of shapes) boxes.add(...boundsOf(shape));
  boxes.finish();
  return {
    near(polygon, radiusM) {
      const nearest = new Map<number, number>();
      for (const index of boxes.search(...polygonBounds(polygon)))
        if (isWithin(shapes[index]!, polygon)) nearest.set(index, 0);
      for (const rings of polygon)
        for (const ring of rings)
          for (let i = 0; i + 3 < ring.length; i += 2) edges.measure(ring, i, radiusM, nearest);
      return [...nearest]
        .map(([index, distanceM]) => ({ index, distanceM }))
        .sort((a, b) => a.index - b.index);
    },
  };
}

/** Whether one holds a corner of the other: all there is to find where no edges cross. */
function isWithin(shape: Shape, polygon: Polygon): boolean {
  const corner = (path: Float64Array) => ({ lon: path[0]!, lat: path[1]! });
  if (pathsOf(shape).some((path) => polygonContains(polygon, corner(path)))) return true;
  return (
    shape.polygon !== null && polygon.some(([outline]) => polygonContains(shape.polygon!, corner(outline!)))
  );
}

interface EdgeIndex {
  /** Lowers the distances of shapes whose edges are near the edge at `i` of `ring`. */
  measure(ring: Float64Array, i: number, radiusM: number, nearest: Map<number, number>): void;
}

function edgeIndex(shapes: readonly Shape[]): EdgeIndex {
  const places: number[] = [];
  const owners: number[] = [];
  shapes.forEach((shape, owner) => {
    for (const path of pathsOf(shape)) {
      for (let i = 0; i + 3 < path.length; i += 2) {
        places.push(path[i]!, path[i + 1]!, path[i + 2]!, path[i + 3]!);
        owners.push(owner);
      }
    }
  });
  if (owners.length === 0) return { measure: () => {} };
  const tree = new Flatbush(owners.length);
  for (let i = 0; i < places.length; i += 4) {
    const [x, y, toX, toY] = [places[i]!, places[i + 1]!, places[i + 2]!, places[i + 3]!];
    tree.add(Math.min(x, toX), Math.min(y, toY), Math.max(x, toX), Math.max(y, toY));
  }
  tree.finish();
  return {
    measure(ring, i, radiusM, nearest) {
      const [lon, lat, toLon, toLat] = [ring[i]!, ring[i + 1]!, ring[i + 2]!, ring[i + 3]!];
      const scale = metresPerDegree((lat + toLat) / 2);
      const reachLon = ((radiusM + TOUCH_M) / scale.lon) * BOX_MARGIN;
      const reachLat = ((radiusM + TOUCH_M) / scale.lat) * BOX_MARGIN;
      const hits = tree.search(
        Math.min(lon, toLon) - reachLon,
        Math.min(lat, toLat) - reachLat,
        Math.max(lon, toLon) + reachLon,
        Math.max(lat, toLat) + reachLat,
      );
      const edge = [0, 0, (toLon - lon) * scale.lon, (toLat - lat) * scale.lat] as const;
      for (const hit of hits) {
        const owner = owners[hit]!;
        const before = nearest.get(owner) ?? Number.POSITIVE_INFINITY;
        if (before === 0) continue;
        const distanceM = edgeDistance(edge, [
          (places[4 * hit]! - lon) * scale.lon,
          (places[4 * hit + 1]! - lat) * scale.lat,
          (places[4 * hit + 2]! - lon) * scale.lon,
          (places[4 * hit + 3]! - lat) * scale.lat,
        ]);
        const kept = distanceM <= TOUCH_M ? 0 : distanceM;
        if (kept < before && kept <= radiusM) nearest.set(owner, kept);
      }
    },
  };
}

type Edge = readonly [fromX: number, fromY: number, toX: number, toY: number];

function edgeDistance(a: Edge, b: Edge): number {
  if (cross(a, b)) return 0;
  return Math.min(
    pointDistance(a[0], a[1], b),
    pointDistance(a[2], a[3], b),
    pointDistance(b[0], b[1], a),
    pointDistance(b[2], b[3], a),
  );
}

function cross(a: Edge, b: Edge): boolean {
  return side(a, b[0], b[1]) * side(a, b[2], b[3]) < 0 && side(b, a[0], a[1]) * side(b, a[2], a[3]) < 0;
}

function side([fromX, fromY, toX, toY]: Edge, x: number, y: number): number {
  return (toX - fromX) * (y - fromY) - (toY - fromY) * (x - fromX);
}

function pointDistance(x: number, y: number, [fromX, fromY, toX, toY]: Edge): number {
  const [alongX, alongY] = [toX - fromX, toY - fromY];
  const squared = alongX * alongX + alongY * alongY;
  const share = squared === 0 ? 0 : ((x - fromX) * alongX + (y - fromY) * alongY) / squared;
  const held = Math.min(1, Math.max(0, share));
  return Math.hypot(fromX + held * alongX - x, fromY + held * alongY - y);
}

function pathsOf({ polygon, lines }: Shape): readonly Float64Array[] {
  return polygon === null ? lines : [...polygon.flat(), ...lines];
}

function boundsOf(shape: Shape): [number, number, number, number] {
  const bounds: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const path of pathsOf(shape)) {
    for (let i = 0; i < path.length; i += 2) {
      bounds[0] = Math.min(bounds[0], path[i]!);
      bounds[1] = Math.min(bounds[1], path[i + 1]!);
      bounds[2] = Math.max(bounds[2], path[i]!);
      bounds[3] = Math.max(bounds[3], path[i + 1]!);
    }
  }
  return bounds;
}
