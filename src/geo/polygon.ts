/** Polygons in degrees, their edges straight lines in longitude and latitude (RFC 7946, section 3.1.1). */
import { geodesicDistanceM, type LonLat, lonDifference, metresPerDegree } from './geodesic.js';
import type { LonLatBounds } from './grid.js';

/** A closed line: lon, lat, lon, lat, … with the first vertex again at the end. */
export type Ring = Float64Array;

/** One or more parts; in each the first ring is the outline and the others are holes. */
export type Polygon = readonly (readonly Ring[])[];

/** Edges whose approximate distance is this near to the best get an exact one. */
const EXACT_WITHIN_RATIO = 1.01;
const EXACT_WITHIN_M = 1;

export function polygonBounds(polygon: Polygon): LonLatBounds {
  const bounds: LonLatBounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [outline] of polygon) {
    for (let i = 0; outline !== undefined && i < outline.length; i += 2) {
      bounds[0] = Math.min(bounds[0], outline[i]!);
      bounds[1] = Math.min(bounds[1], outline[i + 1]!);
      bounds[2] = Math.max(bounds[2], outline[i]!);
      bounds[3] = Math.max(bounds[3], outline[i + 1]!);
    }
  }
  return bounds;
}

/** Whether the point is inside a part and in none of its holes; on an edge either answer may come. */
export function polygonContains(polygon: Polygon, point: LonLat): boolean {
  return polygon.some((rings) => rings.filter((ring) => ringContains(ring, point)).length % 2 === 1);
}

/**
 * Metres from the point to the polygon: 0 inside it, else to the nearest place on its edges, holes included.
 * To a few millimetres up to 5 km and 1 part in 1,000 beyond, for polygons that the disc's own scale still describes.
 */
export function distanceToPolygonM(polygon: Polygon, point: LonLat): number {
  return polygonContains(polygon, point) ? 0 : distanceToEdgesM(polygon, point);
}

/** The crossing rule: an edge counts when it passes the point's latitude to the east of it. */
function ringContains(ring: Ring, { lon, lat }: LonLat): boolean {
  let inside = false;
  for (let i = 0; i + 3 < ring.length; i += 2) {
    const fromLat = ring[i + 1]!;
    const toLat = ring[i + 3]!;
    if (fromLat > lat === toLat > lat) continue;
    const crossing = ring[i]! + ((lat - fromLat) / (toLat - fromLat)) * (ring[i + 2]! - ring[i]!);
    if (lon < crossing) inside = !inside;
  }
  return inside;
}

/** A first pass in a flat plane finds the nearest edges, a second measures those on the ellipsoid. */
function distanceToEdgesM(polygon: Polygon, point: LonLat): number {
  const scale = metresPerDegree(point.lat);
  let best = Number.POSITIVE_INFINITY;
  const near: { approximateM: number; at: LonLat }[] = [];
  for (const rings of polygon) {
    for (const ring of rings) {
      for (let i = 0; i + 3 < ring.length; i += 2) {
        const place = nearestOnEdge(ring, i, point, scale);
        if (place.approximateM > best * EXACT_WITHIN_RATIO + EXACT_WITHIN_M) continue;
        near.push(place);
        best = Math.min(best, place.approximateM);
      }
    }
  }
  let nearestM = Number.POSITIVE_INFINITY;
  for (const { approximateM, at } of near) {
    if (approximateM > best * EXACT_WITHIN_RATIO + EXACT_WITHIN_M) continue;
    nearestM = Math.min(nearestM, geodesicDistanceM(point, at));
  }
  return nearestM;
}

function nearestOnEdge(ring: Ring, i: number, point: LonLat, scale: { lon: number; lat: number }) {
  const fromX = lonDifference(point.lon, ring[i]!) * scale.lon;
  const fromY = (ring[i + 1]! - point.lat) * scale.lat;
  const alongX = lonDifference(ring[i]!, ring[i + 2]!) * scale.lon;
  const alongY = (ring[i + 3]! - ring[i + 1]!) * scale.lat;
  const lengthSquared = alongX * alongX + alongY * alongY;
  const share =
    lengthSquared === 0 ? 0 : Math.min(1, Math.max(0, -(fromX * alongX + fromY * alongY) / lengthSquared));
  return {
    approximateM: Math.hypot(fromX + share * alongX, fromY + share * alongY),
    at: {
      lon: ring[i]! + share * lonDifference(ring[i]!, ring[i + 2]!),
      lat: ring[i + 1]! + share * (ring[i + 3]! - ring[i + 1]!),
    },
  };
}
