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

/** The row's point; for other geometries their first position. */
export function rowPoint(row: LedgerRow): LonLat | null {
  const position = firstPosition(rowGeometry(row)?.coordinates);
  return position === null ? null : { longitude: position[0], latitude: position[1] };
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

function firstPosition(coordinates: unknown): [number, number] | null {
  if (!Array.isArray(coordinates)) return null;
  if (Array.isArray(coordinates[0])) return firstPosition(coordinates[0]);
  return isLonLat(coordinates[0], coordinates[1])
    ? [coordinates[0] as number, coordinates[1] as number]
    : null;
}

function isLonLat(longitude: unknown, latitude: unknown): boolean {
  return (
    typeof longitude === 'number' &&
    typeof latitude === 'number' &&
    Math.abs(longitude) <= 180 &&
    Math.abs(latitude) <= 90
  );
}
