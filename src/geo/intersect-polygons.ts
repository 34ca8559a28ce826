/** What two polygons share, in degrees, by polyclip-ts (Martinez, Rueda and Feito 2009). */
import type { Polygon, Ring } from './polygon.js';

type Position = [number, number];

/** Null when they share no area. Edges are straight in longitude and latitude. */
export async function intersectPolygons(a: Polygon, b: Polygon): Promise<Polygon | null> {
  const { intersection } = await import('polyclip-ts');
  const parts = intersection(toParts(a), toParts(b)).map((rings) => rings.map((ring) => fromPositions(ring)));
  return parts.length === 0 ? null : parts;
}

function toParts(polygon: Polygon): Position[][][] {
  return polygon.map((rings) => rings.map((ring) => toPositions(ring)));
}

function toPositions(ring: Ring): Position[] {
  const positions: Position[] = [];
  for (let i = 0; i < ring.length; i += 2) positions.push([ring[i]!, ring[i + 1]!]);
  return positions;
}

function fromPositions(positions: readonly Position[]): Ring {
  return Float64Array.from(positions.flat());
}
