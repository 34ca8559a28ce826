/** In how many years each pixel was water: counted block by block, when a block is asked for. */
import { LRUCache } from 'lru-cache';
import { type MaskBlock, maskBlockBytes, packMaskBlock } from '../../geo/mask-block.js';
import type { BlockMask } from '../../geo/nearest-pixel.js';
import type { Samples } from '../../raster/nodata.js';
import type { Raster } from '../../raster/raster.js';

/** Counted blocks of all layers that a thread has open. */
export type BlockCache = LRUCache<string, MaskBlock>;

/** Strips are counted this many rows at a time, so that a search does not step through single rows. */
const MIN_BLOCK_ROWS = 64;
/** Of a key and of the objects around the arrays. */
const ENTRY_BYTES = 500;

export function blockCache(maxBytes: number): BlockCache {
  return new LRUCache({ maxSize: maxBytes, sizeCalculation: (block) => maskBlockBytes(block) + ENTRY_BYTES });
}

/**
 * Years of water over rasters that lie on one grid; nodata of a year is no water. `name` keeps layers apart in the cache.
 */
export function waterYears(
  rasters: readonly Raster[],
  classes: readonly number[],
  { cache, name }: { cache: BlockCache; name: string },
): BlockMask {
  const { grid, tileWidth: blockWidth, tileHeight } = rasters[0] as Raster;
  const blockHeight = tileHeight * Math.ceil(MIN_BLOCK_ROWS / tileHeight);
  const waterOf = rasters.map((raster) => classes.filter((value) => !raster.isNodata(value)));

  const count = async (blockColumn: number, blockRow: number): Promise<MaskBlock> => {
    const window = {
      column: blockColumn * blockWidth,
      row: blockRow * blockHeight,
      width: Math.min(blockWidth, grid.width - blockColumn * blockWidth),
      height: Math.min(blockHeight, grid.height - blockRow * blockHeight),
    };
    const counts = new Uint8Array(window.width * window.height);
    for (const [i, raster] of rasters.entries())
      countWater(await raster.readWindow(window), waterOf[i]!, counts);
    return packMaskBlock(counts, window.width);
  };
  return {
    grid,
    blockWidth,
    blockHeight,
    block: async (blockColumn, blockRow) => {
      const key = `${name}\0${blockColumn}\0${blockRow}`;
      const cached = cache.get(key);
      if (cached !== undefined) return cached;
      const counted = await count(blockColumn, blockRow);
      cache.set(key, counted);
      return counted;
    },
  };
}

function countWater(samples: Samples, classes: readonly number[], counts: Uint8Array): void {
  if (!(samples instanceof Uint8Array)) {
    for (let i = 0; i < counts.length; i++) if (classes.includes(samples[i]!)) counts[i]!++;
    return;
  }
  const isWater = new Uint8Array(256);
  for (const value of classes) if (value >= 0 && value < 256) isWater[value] = 1;
  for (let i = 0; i < counts.length; i++) if (isWater[samples[i]!] === 1) counts[i]!++;
}
