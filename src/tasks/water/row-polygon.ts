/** The shape that a row brings: GeoJSON of a feature, or as text in a sheet's column `geometry`. */
import { FinalError } from '../../core/error.js';
import { polygonFromGeoJson } from '../../geo/geojson.js';
import type { Polygon } from '../../geo/polygon.js';
import { toDegrees } from './polygon-layer.js';

/**
 * In degrees; a `crs` member with a known EPSG code is honoured. Null when it is another kind of geometry, or none.
 * @throws {FinalError} GEOMETRY_INVALID
 */
export function rowPolygon(geometry: unknown): Polygon | null {
  const value: unknown = typeof geometry === 'string' ? parseJson(geometry) : geometry;
  try {
    return polygonFromGeoJson(value, toDegrees((value as { crs?: unknown } | null)?.crs, 'the geometry'));
  } catch (cause) {
    throw notAPolygon((cause as Error).message, cause);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notAPolygon((cause as Error).message, cause);
  }
}

function notAPolygon(why: string, cause: unknown): FinalError {
  return new FinalError(`The row's geometry cannot be read: ${why}; expected a Polygon or MultiPolygon`, {
    code: 'GEOMETRY_INVALID',
    field: 'geometry',
    hint: 'geometries are in degrees, longitude first (RFC 7946): ogr2ogr -t_srs EPSG:4326 degrees.geojson FILE',
    cause,
  });
}
