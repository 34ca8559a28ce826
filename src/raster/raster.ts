/** GeoTIFF rasters, read by whole tiles: what a file is, where it lies, and its values window by window. */
import { basename } from 'node:path';
import { type Grid, gridBounds, type LonLatBounds } from '../geo/grid.js';
import type { Crs } from './crs.js';
import { sampleArray } from './decode-tile.js';
import type { Affine } from './georeference.js';
import { nodataTest, type Samples, type SampleType } from './nodata.js';
import { openRasterFile, type RasterFile } from './raster-file.js';
import { type Tile, type TileCache, tileCache } from './tile-cache.js';

export interface Raster extends RasterFacts {
  /** Pixels as places on the ellipsoid. */
  grid: Grid;
  /** Whether a sample means nothing was measured. */
  isNodata(value: number): boolean;
  /** The tile's samples of one band (0 is the first). Do not write into them: they may be cached. */
  readTile(tileColumn: number, tileRow: number, band?: number): Promise<Tile>;
  /**
   * A window that lies on the raster, row by row, made of whole tiles; the caller's own. Tiles are cached unless the
   * window is exactly one: whoever reads so comes back to what it made of it, not to the tile.
   */
  readWindow(window: Window, band?: number): Promise<Samples>;
  close(): Promise<void>;
}

export interface RasterFacts {
  path: string;
  /** Base name, for messages. */
  name: string;
  width: number;
  height: number;
  bands: number;
  sampleType: SampleType;
  /** As declared; undefined when the file declares none. */
  nodata: number | undefined;
  crs: Crs;
  affine: Affine;
  /** Size of the blocks the file is stored in; strips are tiles as wide as the raster. */
  tileWidth: number;
  tileHeight: number;
  bounds: LonLatBounds;
}

/** In pixels, from the upper left. */
export interface Window {
  column: number;
  row: number;
  width: number;
  height: number;
}

/**
 * Opens a GeoTIFF and checks that all of it is there; reads no pixels. Rasters opened with one cache share its budget.
 * @throws {InputError} RASTER_NOT_FOUND, RASTER_NOT_READABLE, RASTER_TRUNCATED, RASTER_UNREADABLE, RASTER_NO_CRS,
 * RASTER_CRS_UNKNOWN, RASTER_NOT_PLACED, RASTER_ROTATED or RASTER_BLOCK_TOO_LARGE
 */
export async function openRaster(path: string, cache: TileCache = tileCache()): Promise<Raster> {
  const file = await openRasterFile(path);
  const { width, height, tileWidth, tileHeight, grid, sampleType, nodata } = file;
  return {
    path,
    name: basename(path),
    width,
    height,
    bands: file.bands,
    sampleType,
    nodata,
    crs: file.crs,
    affine: file.affine,
    tileWidth,
    tileHeight,
    bounds: gridBounds(grid),
    grid,
    isNodata: nodataTest(nodata, sampleType),
    readTile: (tileColumn, tileRow, band = 0) =>
      readTile(file, cache, { column: tileColumn, row: tileRow, band }),
    readWindow: (window, band = 0) => readWindow(file, cache, window, band),
    close: () => file.close(),
  };
}

async function readTile(
  file: RasterFile,
  cache: TileCache,
  place: { column: number; row: number; band: number },
): Promise<Tile> {
  const key = `${file.path}\0${place.band}\0${place.column}\0${place.row}`;
  const cached = cache.get(key);
  if (cached !== undefined) return cached;
  const tile = await file.readTile(place.column, place.row, place.band);
  cache.set(key, tile);
  return tile;
}

async function readWindow(
  file: RasterFile,
  cache: TileCache,
  window: Window,
  band: number,
): Promise<Samples> {
  const { tileWidth, tileHeight } = file;
  const first = { column: Math.floor(window.column / tileWidth), row: Math.floor(window.row / tileHeight) };
  if (isOneTile(file, window)) return (await file.readTile(first.column, first.row, band)).samples;
  const samples = sampleArray(file.sampleType, window.width * window.height);
  for (let row = first.row; row * tileHeight < window.row + window.height; row++) {
    for (let column = first.column; column * tileWidth < window.column + window.width; column++) {
      const tile = await readTile(file, cache, { column, row, band });
      copyTile(tile, { column: column * tileWidth, row: row * tileHeight }, samples, window);
    }
  }
  return samples;
}

function isOneTile({ height, tileWidth, tileHeight }: RasterFile, window: Window): boolean {
  return (
    window.width === tileWidth &&
    window.height === Math.min(tileHeight, height - window.row) &&
    window.column % tileWidth === 0 &&
    window.row % tileHeight === 0
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
