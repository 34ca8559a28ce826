/** Features of a GeoJSON file, read streaming: what the report's maps are drawn from. */
import { createReadStream } from 'node:fs';
import { type Geometry, isGeometry } from '../row-point.js';
import type { Bounds } from './projection.js';
import type { Position } from './simplify.js';

export interface DrawnFeature {
  geometry: Geometry;
  properties: Record<string, unknown>;
}

/** A geometry, apart: rings of polygons, lines, points. */
export interface Pieces {
  rings: Position[][];
  lines: Position[][];
  points: Position[];
}

const NAME_KEYS = ['name', 'Name', 'NAME', 'waterbody_name', 'uid', 'UID', 'id'];
const MAX_NAME = 60;

/** Members of `features`, as far as they are geometries of degrees. A file that is not GeoJSON gives none. */
export async function* featuresOf(file: string): AsyncGenerator<DrawnFeature> {
  const { JSONParser } = await import('@streamparser/json');
  const parser = new JSONParser({ paths: ['$.features.*'], keepStack: false });
  let ready: DrawnFeature[] = [];
  let broken = false;
  parser.onValue = ({ value }) => {
    const feature = value as unknown as {
      geometry?: unknown;
      properties?: Record<string, unknown> | null;
    } | null;
    if (isGeometry(feature?.geometry))
      ready.push({ geometry: feature.geometry, properties: feature.properties ?? {} });
  };
  parser.onError = () => {
    broken = true;
  };
  parser.onEnd = () => undefined;
  for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) {
    if (!broken && !parser.isEnded) parser.write(chunk);
    yield* ready;
    ready = [];
    if (broken) return;
  }
}

/** What a feature is called, by the first property that is like a name; empty when none is. */
export function nameOf(properties: Record<string, unknown>): string {
  const key = nameKey(properties);
  return key === undefined ? '' : String(properties[key]).slice(0, MAX_NAME);
}

export function nameKey(properties: Record<string, unknown>): string | undefined {
  return NAME_KEYS.find((key) => {
    const value = Object.hasOwn(properties, key) ? properties[key] : undefined;
    return typeof value === 'string' || typeof value === 'number';
  });
}

export function piecesOf({ type, coordinates }: Geometry): Pieces {
  const none: Pieces = { rings: [], lines: [], points: [] };
  switch (type) {
    case 'Polygon':
      return { ...none, rings: coordinates as Position[][] };
    case 'MultiPolygon':
      return { ...none, rings: (coordinates as Position[][][]).flat() };
    case 'LineString':
      return { ...none, lines: [coordinates as Position[]] };
    case 'MultiLineString':
      return { ...none, lines: coordinates as Position[][] };
    case 'Point':
      return { ...none, points: [coordinates as unknown as Position] };
    case 'MultiPoint':
      return { ...none, points: coordinates as Position[] };
    default:
      return none;
  }
}

/** Bounds of every geometry of the files that `pick` lets through; null when there is none. */
export async function boundsOfFiles(
  files: readonly string[],
  pick: (pieces: Pieces) => readonly Position[],
): Promise<Bounds | null> {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const file of files) {
    for await (const { geometry } of featuresOf(file)) {
      for (const [x, y] of pick(piecesOf(geometry))) {
        west = Math.min(west, x);
        south = Math.min(south, y);
        east = Math.max(east, x);
        north = Math.max(north, y);
      }
    }
  }
  return west <= east ? { west, south, east, north } : null;
}
