/** Polygons from GeoJSON geometries and back (RFC 7946). */
import type { LonLat } from './geodesic.js';
import type { Polygon, Ring } from './polygon.js';

/** About a centimetre; RFC 7946, section 11.2, advises 6. */
const DECIMALS = 1e7;

export interface PolygonGeometry {
  type: 'Polygon' | 'MultiPolygon';
  coordinates: number[][][] | number[][][][];
}

/**
 * The polygon of a Polygon, MultiPolygon, or GeometryCollection of such; null for another geometry or none.
 * `toLonLat` turns the file's coordinates into degrees. Rings that are not closed are closed; a part without a ring of
 * three corners is left out.
 * @throws {TypeError} when the coordinates are not numbers in the nesting of their type
 */
export function polygonFromGeoJson(
  geometry: unknown,
  toLonLat: (x: number, y: number) => LonLat,
): Polygon | null {
  const { type, coordinates, geometries } = (geometry ?? {}) as Record<string, unknown>;
  if (type === 'GeometryCollection' && Array.isArray(geometries)) {
    const parts = geometries.flatMap((member) => polygonFromGeoJson(member, toLonLat) ?? []);
    return parts.length > 0 ? parts : null;
  }
  if (type !== 'Polygon' && type !== 'MultiPolygon') return null;
  const parts = listOf(type === 'Polygon' ? [coordinates] : coordinates).map((part) =>
    listOf(part)
      .map((ring) => readRing(listOf(ring), toLonLat))
      .filter((ring) => ring.length >= 8),
  );
  const polygon = parts.filter((rings) => rings.length > 0);
  return polygon.length > 0 ? polygon : null;
}

/** The polygon as a geometry: 7 decimals, outlines counter-clockwise and holes clockwise (section 3.1.6). */
export function polygonToGeoJson(polygon: Polygon): PolygonGeometry {
  const parts = polygon.map((rings) => rings.map((ring, i) => writeRing(ring, i === 0)));
  return parts.length === 1
    ? { type: 'Polygon', coordinates: parts[0] as number[][][] }
    : { type: 'MultiPolygon', coordinates: parts };
}

/** Degrees to 7 decimals, about a centimetre. */
export function roundDegrees(degrees: number): number {
  return Math.round(degrees * DECIMALS) / DECIMALS;
}

function readRing(positions: unknown[], toLonLat: (x: number, y: number) => LonLat): Ring {
  if (positions.length === 0) return new Float64Array(0);
  const closed = isClosed(positions) ? positions : [...positions, positions[0]];
  const ring = new Float64Array(closed.length * 2);
  closed.forEach((position, i) => {
    const [x, y] = listOf(position);
    if (typeof x !== 'number' || typeof y !== 'number') {
      throw new TypeError(`a position must be two numbers, found ${JSON.stringify(position)?.slice(0, 60)}`);
    }
    const { lon, lat } = toLonLat(x, y);
    ring[2 * i] = lon;
    ring[2 * i + 1] = lat;
  });
  return ring;
}

function isClosed(positions: unknown[]): boolean {
  const [first, last] = [positions[0], positions.at(-1)];
  return Array.isArray(first) && Array.isArray(last) && first[0] === last[0] && first[1] === last[1];
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`coordinates must be nested lists, found ${typeof value}`);
  return value;
}

function writeRing(ring: Ring, isOutline: boolean): number[][] {
  const positions: number[][] = [];
  for (let i = 0; i < ring.length; i += 2)
    positions.push([roundDegrees(ring[i]!), roundDegrees(ring[i + 1]!)]);
  return isCounterClockwise(ring) === isOutline ? positions : positions.reverse();
}

function isCounterClockwise(ring: Ring): boolean {
  let doubleArea = 0;
  for (let i = 0; i + 3 < ring.length; i += 2) {
    doubleArea +=
      (ring[i]! - ring[0]!) * (ring[i + 3]! - ring[1]!) -
      (ring[i + 2]! - ring[0]!) * (ring[i + 1]! - ring[1]!);
  }
  return doubleArea > 0;
}
