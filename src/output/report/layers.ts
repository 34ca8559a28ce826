/** Polygons of a batch's GeoJSON artifacts as paths of the map: read streaming, simplified, within a byte budget. */
import { createReadStream } from 'node:fs';
import type { BatchArtifact } from '../output-request.js';
import { type Geometry, isGeometry } from '../row-point.js';
import type { Bounds, Projection } from './projection.js';
import { type Position, simplifyLine } from './simplify.js';

export type LayerKind = 'water' | 'watershed' | 'area';

export interface MapLayer {
  title: string;
  kind: LayerKind;
  shapes: { path: string; name: string }[];
  /** Polygons that are too small to see, outside the map or beyond the budget. */
  leftOut: number;
}

const MAX_FILE_BYTES = 200 * 1024 * 1024;
const MAX_LAYERS = 6;
const BUDGET_BYTES = 900_000;
/** Drawing units; the map is 1,000 wide. Tried in turn until the budget holds. */
const TOLERANCES = [0.25, 0.8, 2.5, 8];
const NAME_KEYS = ['name', 'Name', 'NAME', 'waterbody_name', 'uid', 'UID', 'id'];

/** Layers that have something to show; watersheds first, so that water lies on them. */
export async function readLayers(
  artifacts: readonly BatchArtifact[],
  projection: Projection,
): Promise<MapLayer[]> {
  const drawable = artifacts
    .filter(({ kind, bytes }) => kind === 'geojson' && bytes <= MAX_FILE_BYTES)
    .slice(0, MAX_LAYERS);
  const layers: MapLayer[] = [];
  for (const artifact of drawable) {
    const layer = await readLayer(artifact, projection, BUDGET_BYTES / drawable.length);
    if (layer.shapes.length > 0) layers.push(layer);
  }
  return layers.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

const ORDER: readonly LayerKind[] = ['area', 'watershed', 'water'];

/** Bounds of every polygon, for a map that has no points; null when there is none. */
export async function boundsOfArtifacts(artifacts: readonly BatchArtifact[]): Promise<Bounds | null> {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { kind, bytes, path } of artifacts) {
    if (kind !== 'geojson' || bytes > MAX_FILE_BYTES) continue;
    for await (const { geometry } of featuresOf(path)) {
      for (const [x, y] of ringsOf(geometry).flat()) {
        [west, south, east, north] = [
          Math.min(west, x),
          Math.min(south, y),
          Math.max(east, x),
          Math.max(north, y),
        ];
      }
    }
  }
  return west <= east ? { west, south, east, north } : null;
}

async function readLayer(artifact: BatchArtifact, projection: Projection, budget: number): Promise<MapLayer> {
  const title = artifact.title ?? artifact.name.replace(/\.(geo)?json$/i, '');
  const kind = kindOf(`${artifact.name} ${title}`);
  let layer: MapLayer = { title, kind, shapes: [], leftOut: 0 };
  for (const tolerance of TOLERANCES) {
    const last = tolerance === TOLERANCES.at(-1);
    const drawn = await drawLayer(artifact.path, projection, tolerance, budget, last);
    if (drawn === null) continue;
    layer = { ...layer, ...drawn };
    break;
  }
  return layer;
}

/** Null when the budget is broken and `force` is false; with it, what came first is kept. */
async function drawLayer(
  file: string,
  projection: Projection,
  tolerance: number,
  budget: number,
  force: boolean,
) {
  const shapes: MapLayer['shapes'] = [];
  const seen = new Set<string>();
  let bytes = 0;
  let leftOut = 0;
  for await (const { geometry, name } of featuresOf(file)) {
    const rings = ringsOf(geometry);
    if (rings.length === 0) continue;
    const path = rings.map((ring) => ringPath(ring, projection, tolerance)).join('');
    if (seen.has(path)) continue;
    const size = path.length + name.length + 40;
    if (path === '' || bytes + size > budget) {
      if (path !== '' && !force) return null;
      leftOut += 1;
      continue;
    }
    seen.add(path);
    bytes += size;
    shapes.push({ path, name });
  }
  return { shapes, leftOut };
}

function kindOf(words: string): LayerKind {
  if (/mws|shed|catchment|basin/i.test(words)) return 'watershed';
  return /water|lake|pond|tank|reservoir/i.test(words) ? 'water' : 'area';
}

interface NamedGeometry {
  geometry: Geometry;
  name: string;
}

/** Members of `features`, as far as they are geometries of degrees. A file that is not GeoJSON gives none. */
async function* featuresOf(file: string): AsyncGenerator<NamedGeometry> {
  const { JSONParser } = await import('@streamparser/json');
  const parser = new JSONParser({ paths: ['$.features.*'], keepStack: false });
  let ready: NamedGeometry[] = [];
  let broken = false;
  parser.onValue = ({ value }) => {
    const feature = value as unknown as {
      geometry?: unknown;
      properties?: Record<string, unknown> | null;
    } | null;
    if (isGeometry(feature?.geometry))
      ready.push({ geometry: feature.geometry, name: nameOf(feature.properties ?? {}) });
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

function nameOf(properties: Record<string, unknown>): string {
  for (const key of NAME_KEYS) {
    const value = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (typeof value === 'string' || typeof value === 'number') return String(value).slice(0, 60);
  }
  return '';
}

function ringsOf({ type, coordinates }: Geometry): Position[][] {
  if (type === 'Polygon') return coordinates as Position[][];
  return type === 'MultiPolygon' ? (coordinates as Position[][][]).flat() : [];
}

/** Empty for a ring that is outside the map or too small to be seen on it. */
function ringPath(ring: readonly Position[], projection: Projection, tolerance: number): string {
  const drawn = ring.map(
    ([longitude, latitude]): Position => [projection.x(longitude), projection.y(latitude)],
  );
  const xs = drawn.map(([x]) => x);
  const ys = drawn.map(([, y]) => y);
  const [left, right, top, bottom] = [least(xs), most(xs), least(ys), most(ys)];
  const outside = right < 0 || left > projection.width || bottom < 0 || top > projection.height;
  if (outside || Math.max(right - left, bottom - top) < tolerance) return '';
  const simple = simplifyLine(drawn, tolerance);
  if (simple.length < 4) return '';
  return `M${simple
    .slice(0, -1)
    .map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`)
    .join('L')}Z`;
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}
