/** Polygons of a batch's GeoJSON artifacts as paths of the map of rows: read streaming, within a byte budget. */
import type { BatchArtifact } from '../output-request.js';
import { boundsOfFiles, featuresOf, nameOf, piecesOf } from './geojson-features.js';
import type { Bounds, Projection } from './projection.js';
import { Shapes } from './shapes.js';

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

/** Layers that have something to show; watersheds first, so that water lies on them. */
export async function readLayers(
  artifacts: readonly BatchArtifact[],
  projection: Projection,
): Promise<MapLayer[]> {
  const drawable = artifacts.filter(isDrawable).slice(0, MAX_LAYERS);
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
  const files = artifacts.filter(isDrawable).map(({ path }) => path);
  return boundsOfFiles(files, ({ rings }) => rings.flat());
}

/** One layer of watersheds and one of water, by their names and titles; of several the smallest file. */
export function backgroundOf(artifacts: readonly BatchArtifact[]): BatchArtifact[] {
  const bySize = artifacts.filter(isDrawable).sort((a, b) => a.bytes - b.bytes);
  const first = (kind: LayerKind) =>
    bySize.find(({ name, title = '' }) => kindOf(`${name} ${title}`) === kind);
  return [first('watershed'), first('water')].filter((artifact) => artifact !== undefined);
}

function isDrawable({ kind, bytes }: BatchArtifact): boolean {
  return kind === 'geojson' && bytes <= MAX_FILE_BYTES;
}

async function readLayer(artifact: BatchArtifact, projection: Projection, budget: number): Promise<MapLayer> {
  const title = artifact.title ?? artifact.name.replace(/\.(geo)?json$/i, '');
  const shapes = new Shapes(budget, projection);
  for await (const { geometry, properties } of featuresOf(artifact.path)) {
    const { rings } = piecesOf(geometry);
    if (rings.length > 0) shapes.add({ text: nameOf(properties) }, rings);
  }
  return {
    title,
    kind: kindOf(`${artifact.name} ${title}`),
    shapes: drawnOnce(shapes),
    leftOut: shapes.leftOut,
  };
}

/** A shape that is there several times is drawn once. */
function drawnOnce(shapes: Shapes<{ text: string }>): MapLayer['shapes'] {
  const paths = new Map(shapes.drawn().map(({ path, facts }) => [path, facts.text]));
  return [...paths].map(([path, name]) => ({ path, name }));
}

function kindOf(words: string): LayerKind {
  if (/mws|shed|catchment|basin/i.test(words)) return 'watershed';
  return /water|lake|pond|tank|reservoir/i.test(words) ? 'water' : 'area';
}
