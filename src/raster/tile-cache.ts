/** Decoded tiles that are likely to be wanted again, within a budget of bytes. */
import { LRUCache } from 'lru-cache';
import type { Samples } from './nodata.js';

export interface Tile {
  /** Row by row, one band. */
  samples: Samples;
  /** Columns in `samples`, those beyond the raster's right edge included. */
  width: number;
  /** Rows in `samples` that lie on the raster. */
  height: number;
}

export type TileCache = LRUCache<string, Tile>;

/**
 * Rasters of one process share it. 16 MB hold 256 tiles of 256 x 256 bytes: two rows of blocks of eight rasters, which
 * is what windows that cut across tiles read twice. Whoever keeps results of its own needs no more.
 */
const DEFAULT_BYTES = 16 * 1024 * 1024;

export function tileCache(maxBytes: number = DEFAULT_BYTES): TileCache {
  return new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ samples }) => samples.byteLength || 1 });
}
