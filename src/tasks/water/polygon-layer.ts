/** A layer of polygons from GeoJSON files: places in degrees, properties as they are. */
import { readFile, stat } from 'node:fs/promises';
import { InputError } from '../../core/error.js';
import type { LonLat } from '../../geo/geodesic.js';
import { polygonFromGeoJson } from '../../geo/geojson.js';
import type { Polygon } from '../../geo/polygon.js';
import { type PolygonIndex, polygonIndex } from '../../geo/polygon-index.js';
import { crsFromEpsg } from '../../raster/crs.js';

export interface PolygonLayer {
  /** In the order of the files. */
  features: PolygonFeature[];
  index: PolygonIndex;
}

export interface PolygonFeature {
  /** Property `UID`, `uid` or `id`, else the feature's id, else its position; unique in the layer. */
  id: string;
  /** Property `uid` or `UID`, else null. */
  uid: string | null;
  properties: Record<string, unknown>;
  polygon: Polygon;
}

/** Longer text does not fit a JavaScript string. */
const MAX_BYTES = 500_000_000;

/**
 * Reads the polygons of GeoJSON files; features of other kinds are left out. A `crs` member with a known EPSG code is
 * honoured, although RFC 7946 dropped it.
 * @throws {InputError} LAYER_NOT_FOUND, LAYER_TOO_LARGE, LAYER_UNREADABLE, LAYER_CRS_UNKNOWN, LAYER_NOT_DEGREES, LAYER_EMPTY
 */
export async function readPolygonLayer(files: readonly string[]): Promise<PolygonLayer> {
  const features: PolygonFeature[] = [];
  const ids = new Set<string>();
  for (const file of files) {
    const { features: found, toLonLat } = await readFeatureFile(file);
    for (const feature of found) {
      const polygon = polygonOf(feature, toLonLat, file);
      if (polygon === null) continue;
      const properties = (feature.properties ?? {}) as Record<string, unknown>;
      features.push({
        id: uniqueId(feature, features.length, ids),
        uid: uidOf(properties),
        properties,
        polygon,
      });
    }
  }
  if (features.length === 0) {
    throw new InputError(
      `${files.join(', ')} has no polygons; expected a GeoJSON of Polygon or MultiPolygon features`,
      {
        code: 'LAYER_EMPTY',
        hint: 'check which file `data` in the config names',
        details: { files },
      },
    );
  }
  return { features, index: polygonIndex(features.map(({ polygon }) => polygon)) };
}

/** A feature as the file has it. */
export interface FileFeature {
  geometry?: unknown;
  properties?: unknown;
  id?: unknown;
}

/**
 * The features of a GeoJSON file, and the way from its coordinates to degrees.
 * @throws {InputError} LAYER_NOT_FOUND, LAYER_TOO_LARGE, LAYER_UNREADABLE, LAYER_CRS_UNKNOWN; and LAYER_NOT_DEGREES when a
 * place is turned into degrees
 */
export async function readFeatureFile(
  file: string,
): Promise<{ features: FileFeature[]; toLonLat: (x: number, y: number) => LonLat }> {
  const collection = await readJson(file);
  return { toLonLat: toDegrees(collection.crs, file), features: featuresOf(collection, file) };
}

async function readJson(file: string): Promise<Record<string, unknown>> {
  const text = await readText(file);
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw unreadable(file, (cause as Error).message, cause);
  }
  throw unreadable(file, 'it holds a single value');
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size <= MAX_BYTES) return await readFile(file, 'utf8');
    throw new InputError(`${file} is too large: found ${size} bytes, expected at most ${MAX_BYTES}`, {
      code: 'LAYER_TOO_LARGE',
      hint: `cut it to the area of the batch: ogr2ogr -clipsrc WEST SOUTH EAST NORTH part.geojson ${file}`,
      details: { path: file, found: size, expected: MAX_BYTES },
    });
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? `There is no layer ${file}` : `${file} cannot be read (${code})`;
    throw new InputError(what, {
      code: code === 'ENOENT' ? 'LAYER_NOT_FOUND' : 'LAYER_UNREADABLE',
      hint: 'check the path in the `data` section of the config; paths there are relative to the config file',
      details: { path: file },
      cause,
    });
  }
}

export function unreadable(file: string, why: string, cause?: unknown): InputError {
  return new InputError(`${file} cannot be used as a layer: ${why}; expected GeoJSON`, {
    code: 'LAYER_UNREADABLE',
    hint: `from another format: ogr2ogr -t_srs EPSG:4326 layer.geojson ${file}`,
    details: { path: file },
    cause,
  });
}

function featuresOf(collection: Record<string, unknown>, file: string): FileFeature[] {
  if (Array.isArray(collection.features)) return collection.features.filter((feature) => feature !== null);
  if (collection.type === 'Feature') return [collection as FileFeature];
  if (collection.type === 'Polygon' || collection.type === 'MultiPolygon') return [{ geometry: collection }];
  throw unreadable(file, `its type is ${JSON.stringify(collection.type) ?? 'not given'}`);
}

/**
 * The way to degrees from coordinates whose file, or geometry, has this `crs` member (GeoJSON 2008); degrees without one.
 * @throws {InputError} LAYER_CRS_UNKNOWN; the function, LAYER_NOT_DEGREES
 */
export function toDegrees(crs: unknown, file: string): (x: number, y: number) => LonLat {
  const name = (crs as { properties?: { name?: unknown } } | null | undefined)?.properties?.name;
  if (name === undefined || /CRS84|EPSG:+(?:[\d.]*:)?4326$/i.test(String(name))) return degreesOnly(file);
  const code = Number(/EPSG:+(?:[\d.]*:)?(\d+)$/i.exec(String(name))?.[1]);
  const system = Number.isInteger(code) ? crsFromEpsg(code) : { problem: 'unknown' };
  if (!('problem' in system)) return system.toLonLat;
  throw new InputError(
    `${file} is in ${String(name)}, which is not known here; expected degrees or an EPSG code`,
    {
      code: 'LAYER_CRS_UNKNOWN',
      hint: `ogr2ogr -t_srs EPSG:4326 degrees.geojson ${file}`,
      details: { path: file, found: String(name) },
    },
  );
}

function degreesOnly(file: string): (x: number, y: number) => LonLat {
  return (lon, lat) => {
    if (Math.abs(lon) <= 360 && Math.abs(lat) <= 90) return { lon, lat };
    throw new InputError(`${file} is not in degrees: found the position ${lon}, ${lat} and no crs member`, {
      code: 'LAYER_NOT_DEGREES',
      hint: `ogr2ogr -s_srs EPSG:… -t_srs EPSG:4326 degrees.geojson ${file}`,
      details: { path: file, found: [lon, lat] },
    });
  };
}

function polygonOf(
  feature: FileFeature,
  toLonLat: (x: number, y: number) => LonLat,
  file: string,
): Polygon | null {
  try {
    return polygonFromGeoJson(feature.geometry, toLonLat);
  } catch (cause) {
    if (cause instanceof TypeError) throw unreadable(file, cause.message, cause);
    throw cause;
  }
}

/** A name that came before gets the position behind it, so that a result leads back to one polygon. */
function uniqueId(feature: FileFeature, position: number, taken: Set<string>): string {
  const { UID, uid, id } = (feature.properties ?? {}) as Record<string, unknown>;
  const named = [UID, uid, id, feature.id].find(
    (value) => value !== undefined && value !== null && value !== '',
  );
  const name = String(named ?? position);
  const unique = taken.has(name) ? `${name}#${position}` : name;
  taken.add(unique);
  return unique;
}

function uidOf({ uid, UID }: Record<string, unknown>): string | null {
  const value = uid ?? UID;
  return value === undefined || value === null || value === '' ? null : String(value);
}
