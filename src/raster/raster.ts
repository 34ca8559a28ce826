/** GeoTIFF rasters, read by whole tiles: what a file is, where it lies, and its values window by window. */
import { basename } from 'node:path';
import { type Grid, gridBounds, type LonLatBounds } from '../geo/grid.js';
import type { Crs } from './crs.js';
import type { RawGeoKeys } from './geo-keys.js';
import { type Affine, georeferencedGrid } from './georeference.js';
import { nodataTest, type Samples, type SampleType } from './nodata.js';
import { noBand, withoutCrs } from './raster-error.js';
import { openRasterFile, type StoredImage } from './raster-file.js';
import { readTiles, readWindow } from './read-window.js';
import { type Tile, type TileCache, tileCache } from './tile-cache.js';

/** Samples on a rectangle of pixels that is stored in tiles. */
export interface PixelSource {
  width: number;
  height: number;
  bands: number;
  sampleType: SampleType;
  /** As declared; undefined when the file declares none. */
  nodata: number | undefined;
  /** Size of the blocks the file is stored in; strips are tiles as wide as the raster. */
  tileWidth: number;
  tileHeight: number;
  /** Whether a sample means nothing was measured. */
  isNodata(value: number): boolean;
  /**
   * A window that lies on the raster, row by row, made of whole tiles; the caller's own. Tiles are cached unless the
   * window is exactly one: whoever reads so comes back to what it made of it, not to the tile.
   */
  readWindow(window: Window, band?: number): Promise<Samples>;
  /**
   * The same window of several bands (0 is the first), each the caller's own; a tile that holds all bands is decoded once.
   */
  readBands(window: Window, bands: readonly number[], options?: ReadOptions): Promise<Samples[]>;
}

export interface ReadOptions {
  /** Deflate is undone on other threads while the caller computes. Includes `once`. */
  ahead?: boolean;
  /** Tiles that lie in the window as a whole will not be asked for again, and are not cached. */
  once?: boolean;
}

/** A raster whose pixels have a size and an origin, in whatever coordinates. */
export interface PixelRaster extends PixelSource {
  path: string;
  /** Base name, for messages. */
  name: string;
  affine: Affine;
  /** The file's description of each band; undefined where it has none. */
  bandNames: readonly (string | undefined)[];
  /** What turns the samples of each band into its measure: `sample * scale + offset`; undefined where not declared. */
  scaling: readonly (BandScaling | undefined)[];
  /** As stored, for a writer to copy; undefined when the file has none. */
  geoKeys: RawGeoKeys | undefined;
  /** Smaller copies inside the file, the largest first. For looking at, never for statistics. */
  overviews: readonly PixelSource[];
  /** The tile's samples of one band (0 is the first). Do not write into them: they may be cached. */
  readTile(tileColumn: number, tileRow: number, band?: number): Promise<Tile>;
  close(): Promise<void>;
}

export interface BandScaling {
  scale: number;
  offset: number;
}

export interface Raster extends PixelRaster {
  crs: Crs;
  /** Pixels as places on the ellipsoid. */
  grid: Grid;
  bounds: LonLatBounds;
}

/** A raster that may not say in which system its coordinates are. */
export interface UnplacedRaster extends PixelRaster {
  /** Undefined when the file names none, or one that is not known. */
  crs: Crs | undefined;
  /** The same raster with its place. @throws {InputError} RASTER_NO_CRS or RASTER_CRS_UNKNOWN */
  placed(): Raster;
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
export async function openRaster(path: string, options: { cache?: TileCache } = {}): Promise<Raster> {
  const raster = await openRasterUnplaced(path, options);
  try {
    return raster.placed();
  } catch (error) {
    await raster.close();
    throw error;
  }
}

/**
 * The same for work that needs no place on the globe: an elevation model in metres of no named system.
 * @throws {InputError} as openRaster does, RASTER_NO_CRS and RASTER_CRS_UNKNOWN apart
 */
export async function openRasterUnplaced(
  path: string,
  { cache = tileCache() }: { cache?: TileCache } = {},
): Promise<UnplacedRaster> {
  const file = await openRasterFile(path);
  const { affine, bandNames, scaling, geoKeys, nodata } = file;
  const sourceOf = (image: StoredImage) => pixelSource(path, image, nodata, cache);
  const raster: PixelRaster = {
    ...sourceOf(file),
    ...{ path, name: basename(path), affine, bandNames, scaling, geoKeys },
    overviews: file.overviews.map(sourceOf),
    readTile: async (column, row, band = 0) => {
      const [tile] = await readTiles(file, cache, { column, row }, [requireBand(path, file, band)]);
      return tile!;
    },
    close: () => file.close(),
  };
  const { crs } = file;
  return {
    ...raster,
    crs: 'problem' in crs ? undefined : crs,
    placed: () => {
      if ('problem' in crs) throw withoutCrs(path, crs);
      const grid = georeferencedGrid(file.width, file.height, affine, crs);
      return { ...raster, crs, grid, bounds: gridBounds(grid) };
    },
  };
}

function pixelSource(
  path: string,
  image: StoredImage,
  nodata: number | undefined,
  cache: TileCache,
): PixelSource {
  const { width, height, bands, sampleType, tileWidth, tileHeight } = image;
  const readBands: PixelSource['readBands'] = async (
    window,
    wanted,
    { ahead = false, once = ahead } = {},
  ) => {
    for (const band of wanted) requireBand(path, image, band);
    requireInside(path, image, window);
    return readWindow(image, cache, window, wanted, { ahead, once });
  };
  return {
    ...{ width, height, bands, sampleType, nodata, tileWidth, tileHeight },
    isNodata: nodataTest(nodata, sampleType),
    readBands,
    readWindow: async (window, band = 0) => (await readBands(window, [band]))[0]!,
  };
}

function requireBand(path: string, { bands }: StoredImage, band: number): number {
  if (Number.isInteger(band) && band >= 0 && band < bands) return band;
  throw noBand(path, bands, band);
}

function requireInside(path: string, { width, height }: StoredImage, window: Window): void {
  const { column, row } = window;
  if (column >= 0 && row >= 0 && column + window.width <= width && row + window.height <= height) return;
  throw new RangeError(
    `${JSON.stringify(window)} does not lie on the ${width} x ${height} pixels of ${path}`,
  );
}
