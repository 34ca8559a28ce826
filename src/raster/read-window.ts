/** Windows of an image put together from its tiles. */
import type { Samples } from './nodata.js';
import type { Window } from './raster.js';
import type { StoredImage } from './raster-file.js';
import { sampleArray } from './sample-array.js';
import type { Tile, TileCache } from './tile-cache.js';

/**
 * The window of each band, row by row. With `once`, and for a window that is exactly one tile, tiles that lie in it as a
 * whole are decoded into place and not cached; with `ahead`, all at the same time.
 */
export async function readWindow(
  image: StoredImage,
  cache: TileCache,
  window: Window,
  bands: readonly number[],
  { ahead, once }: { ahead: boolean; once: boolean },
): Promise<Samples[]> {
  const { tileWidth, tileHeight } = image;
  const first = { column: Math.floor(window.column / tileWidth), row: Math.floor(window.row / tileHeight) };
  const results = bands.map(() => sampleArray(image.sampleType, window.width * window.height));
  const forgets = once || isOneTile(image, window);
  const readOne = async (column: number, row: number): Promise<void> => {
    const at = { column: column * tileWidth, row: row * tileHeight };
    if (forgets && isCovered(image, at, window)) {
      const target = {
        samples: results,
        at: (at.row - window.row) * window.width + at.column - window.column,
        rowLength: window.width,
        width: Math.min(tileWidth, window.column + window.width - at.column),
      };
      await image.readInto({ column, row }, bands, target, ahead);
    } else {
      const tiles = await readTiles(image, cache, { column, row }, bands, ahead);
      for (const [i, tile] of tiles.entries()) copyTile(tile, at, results[i]!, window);
    }
  };
  const reading: Promise<void>[] = [];
  for (let row = first.row; row * tileHeight < window.row + window.height; row++) {
    for (let column = first.column; column * tileWidth < window.column + window.width; column++) {
      if (ahead) reading.push(readOne(column, row));
      else await readOne(column, row);
    }
  }
  await Promise.all(reading);
  return results;
}

/** Tiles of the bands, from the cache or into it. */
export async function readTiles(
  image: StoredImage,
  cache: TileCache,
  place: { column: number; row: number },
  bands: readonly number[],
  ahead = false,
): Promise<Tile[]> {
  const key = (band: number) => `${image.identity} ${band} ${place.column} ${place.row}`;
  const tiles = bands.map((band) => cache.get(key(band)));
  const missing = bands.filter((_, i) => tiles[i] === undefined);
  if (missing.length === 0) return tiles as Tile[];
  const width = image.tileWidth;
  const height = Math.min(image.tileHeight, image.height - place.row * image.tileHeight);
  const samples = missing.map(() => sampleArray(image.sampleType, width * height));
  await image.readInto(place, missing, { samples, at: 0, rowLength: width, width }, ahead);
  const read = samples.map((each) => ({ samples: each, width, height }));
  for (const [i, tile] of read.entries()) cache.set(key(missing[i]!), tile);
  return bands.map((band, i) => tiles[i] ?? read[missing.indexOf(band)]!);
}

function isOneTile({ height, tileWidth, tileHeight }: StoredImage, window: Window): boolean {
  return (
    window.width === tileWidth &&
    window.height === Math.min(tileHeight, height - window.row) &&
    window.column % tileWidth === 0 &&
    window.row % tileHeight === 0
  );
}

/** The window needs the whole tile, so nobody will ask for the rest of it. */
function isCovered(
  { width, height, tileWidth, tileHeight }: StoredImage,
  at: { column: number; row: number },
  window: Window,
): boolean {
  return (
    at.column >= window.column &&
    at.row >= window.row &&
    Math.min(width, at.column + tileWidth) <= window.column + window.width &&
    Math.min(height, at.row + tileHeight) <= window.row + window.height
  );
}

function copyTile(tile: Tile, at: { column: number; row: number }, samples: Samples, window: Window): void {
  const columnFrom = Math.max(at.column, window.column);
  const columnTo = Math.min(at.column + tile.width, window.column + window.width);
  const rowTo = Math.min(at.row + tile.height, window.row + window.height);
  for (let row = Math.max(at.row, window.row); row < rowTo; row++) {
    const from = (row - at.row) * tile.width;
    samples.set(
      tile.samples.subarray(from + columnFrom - at.column, from + columnTo - at.column),
      (row - window.row) * window.width + columnFrom - window.column,
    );
  }
}
