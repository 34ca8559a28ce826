/** Polygons of a batch's GeoJSON artifacts as paths of the map: read streaming, simplified, within a byte budget. */
import { createReadStream } from 'node:fs';
import type { BatchArtifact } from '../output-request.js';
import { type Geometry, isGeometry } from '../row-point.js';
import type { Bounds, Projection } from './projection.js';
import { type Position, simplifyLine } from './simplify.js';

type LayerKind = 'water' | 'watershed' | 'area';

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
/** Drawing units; the map is 1,000 wide. The next is taken when the budget does not hold. */
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
  const shapes = new Shapes(budget);
  for await (const { geometry, name } of featuresOf(artifact.path)) {
    const rings = ringsOf(geometry);
    if (rings.length > 0) shapes.add(name, rings, projection);
  }
  return { title, kind: kindOf(`${artifact.name} ${title}`), ...shapes.drawn() };
}

interface Shape {
  name: string;
  rings: Position[][];
}

/** Shapes of one layer, coarsened together whenever they outgrow the budget; then those that come last are left out. */
class Shapes {
  readonly #budget: number;
  #shapes: Shape[] = [];
  #bytes = 0;
  #level = 0;
  #leftOut = 0;

  constructor(budget: number) {
    this.#budget = budget;
  }

  add(name: string, rings: readonly (readonly Position[])[], projection: Projection): void {
    const drawn = rings.map((ring) =>
      ring.map(([longitude, latitude]): Position => [projection.x(longitude), projection.y(latitude)]),
    );
    const shape = this.#coarsen({ name, rings: drawn.filter((ring) => isOnMap(ring, projection)) });
    while (this.#bytes + bytesOf(shape) > this.#budget && this.#level < TOLERANCES.length - 1)
      this.#coarsenAll();
    if (shape.rings.length === 0 || this.#bytes + bytesOf(shape) > this.#budget) {
      this.#leftOut += 1;
      return;
    }
    this.#shapes.push(shape);
    this.#bytes += bytesOf(shape);
  }

  /** A shape that is there several times is drawn once. */
  drawn(): Pick<MapLayer, 'shapes' | 'leftOut'> {
    const paths = new Map(this.#shapes.map(({ name, rings }) => [rings.map(ringPath).join(''), name]));
    return { shapes: [...paths].map(([path, name]) => ({ path, name })), leftOut: this.#leftOut };
  }

  #coarsenAll(): void {
    this.#level += 1;
    const coarse = this.#shapes.map((shape) => this.#coarsen(shape));
    this.#shapes = coarse.filter((shape) => shape.rings.length > 0);
    this.#leftOut += coarse.length - this.#shapes.length;
    this.#bytes = this.#shapes.reduce((sum, shape) => sum + bytesOf(shape), 0);
  }

  #coarsen({ name, rings }: Shape): Shape {
    const tolerance = TOLERANCES[this.#level] ?? 0;
    return {
      name,
      rings: rings.map((ring) => simplifyLine(ring, tolerance)).filter((ring) => ring.length >= 4),
    };
  }
}

/** In the report, about. */
function bytesOf({ name, rings }: Shape): number {
  return rings.reduce((sum, ring) => sum + 12 * ring.length, 40 + name.length);
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

function isOnMap(ring: readonly Position[], { width, height }: Projection): boolean {
  const beside = (outside: (position: Position) => boolean) => ring.every(outside);
  return !(
    beside(([x]) => x < 0) ||
    beside(([x]) => x > width) ||
    beside(([, y]) => y < 0) ||
    beside(([, y]) => y > height)
  );
}

function ringPath(ring: readonly Position[]): string {
  const places = ring.slice(0, -1).map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`);
  return `M${places.join('L')}Z`;
}
