/** A layer of lines or polygons from GeoJSON files: drainage lines, rivers, canals, villages. */
import { InputError } from '../../../core/error.js';
import type { LonLat } from '../../../geo/geodesic.js';
import { polygonFromGeoJson } from '../../../geo/geojson.js';
import type { Shape } from '../../../geo/shape-index.js';
import { type FileFeature, readFeatureFile, unreadable } from '../polygon-layer.js';

export interface VectorFeature {
  properties: Record<string, unknown>;
  shape: Shape;
}

/**
 * Features in the order of the files; those that are neither lines nor polygons are left out.
 * @throws {InputError} as readFeatureFile does, and LAYER_EMPTY
 */
export async function readVectorLayer(files: readonly string[]): Promise<VectorFeature[]> {
  const found: VectorFeature[] = [];
  for (const file of files) {
    const { features, toLonLat } = await readFeatureFile(file);
    for (const feature of features) {
      const shape = shapeOf(feature, toLonLat, file);
      if (shape === null) continue;
      found.push({ properties: (feature.properties ?? {}) as Record<string, unknown>, shape });
    }
  }
  if (found.length > 0) return found;
  throw new InputError(
    `${files.join(', ')} has no lines and no polygons; expected a GeoJSON of such features`,
    {
      code: 'LAYER_EMPTY',
      hint: 'check which file `data` in the config names',
      details: { files },
    },
  );
}

function shapeOf(
  { geometry }: FileFeature,
  toLonLat: (x: number, y: number) => LonLat,
  file: string,
): Shape | null {
  try {
    const lines = linesOf(geometry, toLonLat);
    const polygon = polygonFromGeoJson(polygonsOnly(geometry), toLonLat);
    return lines.length === 0 && polygon === null ? null : { lines, polygon };
  } catch (cause) {
    if (cause instanceof TypeError) throw unreadable(file, cause.message, cause);
    throw cause;
  }
}

type Geometry = { type?: unknown; coordinates?: unknown; geometries?: unknown } | null | undefined;

function polygonsOnly(geometry: unknown): unknown {
  const { type, geometries } = (geometry ?? {}) as NonNullable<Geometry>;
  if (type !== 'GeometryCollection' || !Array.isArray(geometries)) return geometry;
  return {
    type,
    geometries: geometries.filter((member) => !/Line/.test(String((member as Geometry)?.type))),
  };
}

function linesOf(geometry: unknown, toLonLat: (x: number, y: number) => LonLat): Float64Array[] {
  const { type, coordinates, geometries } = (geometry ?? {}) as NonNullable<Geometry>;
  if (type === 'GeometryCollection' && Array.isArray(geometries))
    return geometries.flatMap((member) => linesOf(member, toLonLat));
  if (type === 'LineString') return [lineOf(coordinates, toLonLat)].filter(isLine);
  if (type === 'MultiLineString' && Array.isArray(coordinates))
    return coordinates.map((line) => lineOf(line, toLonLat)).filter(isLine);
  return [];
}

function lineOf(positions: unknown, toLonLat: (x: number, y: number) => LonLat): Float64Array {
  if (!Array.isArray(positions))
    throw new TypeError(`coordinates must be nested lists, found ${typeof positions}`);
  const line = new Float64Array(positions.length * 2);
  positions.forEach((position: unknown, i) => {
    const [x, y] = Array.isArray(position) ? (position as unknown[]) : [];
    if (typeof x !== 'number' || typeof y !== 'number')
      throw new TypeError(`a position must be two numbers, found ${JSON.stringify(position)?.slice(0, 60)}`);
    const { lon, lat } = toLonLat(x, y);
    line[2 * i] = lon;
    line[2 * i + 1] = lat;
  });
  return line;
}

function isLine(line: Float64Array): boolean {
  return line.length >= 4;
}
