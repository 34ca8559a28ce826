/** Where a row is on the map. */
import type { LedgerRow } from '../core/row.js';

/** Degrees, WGS 84. */
export interface LonLat {
  longitude: number;
  latitude: number;
}

export interface Geometry {
  type: string;
  coordinates?: unknown;
  geometries?: unknown;
}

const KINDS = new Set(['Point', 'MultiPoint', 'LineString', 'MultiLineString', 'Polygon', 'MultiPolygon']);

/** The row's own geometry, else a point of its input's `longitude` and `latitude`; null when neither is known. */
export function rowGeometry(row: LedgerRow): Geometry | null {
  if (isGeometry(row.geometry)) return row.geometry;
  const longitude = row.input?.longitude;
  const latitude = row.input?.latitude;
  return isLonLat(longitude, latitude) ? { type: 'Point', coordinates: [longitude, latitude] } : null;
}

/** The row's point; for other geometries the middle of their bounds. */
export function rowPoint(row: LedgerRow): LonLat | null {
  const corners = rowCorners(row);
  if (corners === null) return null;
  const [from, to] = corners;
  return {
    longitude: (from.longitude + to.longitude) / 2,
    latitude: (from.latitude + to.latitude) / 2,
  };
}

/** The south-western and north-eastern corners of what the row covers; of a point twice that point. */
export function rowCorners(row: LedgerRow): [LonLat, LonLat] | null {
  const from = { longitude: Infinity, latitude: Infinity };
  const to = { longitude: -Infinity, latitude: -Infinity };
  for (const [longitude, latitude] of positionsOf(rowGeometry(row)?.coordinates)) {
    from.longitude = Math.min(from.longitude, longitude);
    from.latitude = Math.min(from.latitude, latitude);
    to.longitude = Math.max(to.longitude, longitude);
    to.latitude = Math.max(to.latitude, latitude);
  }
  return from.longitude <= to.longitude ? [from, to] : null;
}

/** The pixel that the row was snapped to, when its result has one. */
export function waterPoint(row: LedgerRow): LonLat | null {
  const longitude = row.result?.water_longitude;
  const latitude = row.result?.water_latitude;
  return isLonLat(longitude, latitude)
    ? { longitude: longitude as number, latitude: latitude as number }
    : null;
}

/** True for a geometry of RFC 7946 whose every position is a pair of degrees. */
export function isGeometry(value: unknown): value is Geometry {
  if (typeof value !== 'object' || value === null) return false;
  const { type, coordinates } = value as Geometry;
  return (
    typeof type === 'string' && KINDS.has(type) && Array.isArray(coordinates) && allPositions(coordinates)
  );
}

function allPositions(coordinates: readonly unknown[]): boolean {
  if (coordinates.length === 0) return false;
  if (!Array.isArray(coordinates[0])) return isLonLat(coordinates[0], coordinates[1]);
  return coordinates.every((part) => Array.isArray(part) && allPositions(part));
}

function* positionsOf(coordinates: unknown): Generator<[number, number]> {
  if (!Array.isArray(coordinates)) return;
  if (!Array.isArray(coordinates[0])) {
    if (isLonLat(coordinates[0], coordinates[1])) yield [coordinates[0] as number, coordinates[1] as number];
    return;
  }
  for (const part of coordinates) yield* positionsOf(part);
}

function isLonLat(longitude: unknown, latitude: unknown): boolean {
  return (
    typeof longitude === 'number' &&
    typeof latitude === 'number' &&
    Math.abs(longitude) <= 180 &&
    Math.abs(latitude) <= 90
  );
}
