/**
 * What a thread keeps open between rows: rasters, counted blocks, polygons. One cache a thread, keyed by the identity
 * of the files, so a changed file is opened anew; the least recently used layers are closed.
 */
import { LRUCache } from 'lru-cache';
import type { DataSource } from '../../core/task.js';
import type { LonLatBounds } from '../../geo/grid.js';
import type { BlockMask } from '../../geo/nearest-pixel.js';
import { tileCache } from '../../raster/tile-cache.js';
import { type AnnualLulc, openAnnualLulc } from './annual-lulc.js';
import { type PolygonLayer, readPolygonLayer } from './polygon-layer.js';
import type { PreparedDesilting } from './prepared.js';
import { waterClasses } from './water-classes.js';
import { blockCache, waterYears } from './water-years.js';

export interface DesiltingLayers {
  /** Years of water of each pixel. */
  water: BlockMask;
  bounds: LonLatBounds;
  /** Null when none is configured. */
  waterbodies: PolygonLayer | null;
  /** Rejects when the layer cannot be read; null when none is configured. */
  watersheds(): Promise<PolygonLayer | null>;
}

/** Water on 2 % of the land: 24 MB are 8 rasters of 20,000 x 20,000 pixels. Two threads, Node and the embedded database stay under 500 MB. */
const BLOCK_BYTES = 24 * 1024 * 1024;
/** A tile is counted at once and its count kept: more than the tiles of one block need not stay. */
const TILE_BYTES = 2 * 1024 * 1024;
/** Batches with other data that one thread works on in turn. */
const OPEN_AT_ONCE = 3;

const openByIdentity = new LRUCache<string, Opened>({
  max: OPEN_AT_ONCE,
  dispose: ({ annual }) => {
    annual.then(({ close }) => close()).catch(() => {});
  },
});
const layersByFile = new LRUCache<string, Promise<PolygonLayer>>({ max: 2 * OPEN_AT_ONCE });
const countedBlocks = blockCache(BLOCK_BYTES);
const decodedTiles = tileCache(TILE_BYTES);

interface Opened {
  annual: Promise<AnnualLulc>;
  layers: Promise<DesiltingLayers>;
}

/** The layers of a batch, opened by the first row that needs them. */
export function openLayers(
  data: Readonly<Record<string, DataSource | undefined>>,
  prepared: PreparedDesilting,
): Promise<DesiltingLayers> {
  const key = JSON.stringify([prepared.identity, data.lulc, data.mws?.files, data.waterbodies?.files]);
  const known = openByIdentity.get(key);
  if (known !== undefined) return known.layers;
  const annual = openAnnualLulc(data.lulc, decodedTiles);
  const opened = { annual, layers: layersOf(annual, data, prepared, key) };
  openByIdentity.set(key, opened);
  opened.layers.catch(() => openByIdentity.delete(key));
  return opened.layers;
}

/** A layer of polygons, read once per identity. */
export function polygonLayer(source: DataSource | undefined, identity: string): Promise<PolygonLayer | null> {
  if (source === undefined) return Promise.resolve(null);
  const key = JSON.stringify([identity, source.files]);
  const known = layersByFile.get(key);
  if (known !== undefined) return known;
  const reading = readPolygonLayer(source.files);
  layersByFile.set(key, reading);
  reading.catch(() => layersByFile.delete(key));
  return reading;
}

async function layersOf(
  annual: Promise<AnnualLulc>,
  data: Readonly<Record<string, DataSource | undefined>>,
  { identity }: PreparedDesilting,
  key: string,
): Promise<DesiltingLayers> {
  const { rasters } = await annual;
  const { water } = waterClasses(data.lulc!);
  return {
    water: waterYears(rasters, water, { cache: countedBlocks, name: key }),
    bounds: rasters[0]!.bounds,
    waterbodies: await polygonLayer(data.waterbodies, identity),
    watersheds: () => polygonLayer(data.mws, identity),
  };
}
