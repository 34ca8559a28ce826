/** One open GeoTIFF: its tags checked and turned into facts, and its tiles decoded one at a time. */
import { stat } from 'node:fs/promises';
import { InputError } from '../core/error.js';
import type { Grid } from '../geo/grid.js';
import { type Crs, crsFromGeoKeys, type GeoKeys } from './crs.js';
import { decodeTile, sampleTypeOf } from './decode-tile.js';
import { FileSource } from './file-source.js';
import { type Affine, affineOf, georeferencedGrid } from './georeference.js';
import {
  blockTables,
  type Decoder,
  decoderFor,
  type GeoTIFF,
  type GeoTIFFImage,
  parseGeoTiff,
} from './geotiff-library.js';
import { parseNodata, type SampleType } from './nodata.js';
import { blockTooLarge, notFound, notReadable, truncated, unreadable, withoutCrs } from './raster-error.js';
import type { Tile } from './tile-cache.js';

export interface RasterFile {
  path: string;
  width: number;
  height: number;
  bands: number;
  tileWidth: number;
  tileHeight: number;
  sampleType: SampleType;
  nodata: number | undefined;
  crs: Crs;
  affine: Affine;
  grid: Grid;
  /** Decodes a tile. @throws {InputError} RASTER_DAMAGED when its data cannot be decoded */
  readTile(column: number, row: number, band: number): Promise<Tile>;
  close(): Promise<void>;
}

/** A block is decoded whole, so one of 10,000 x 10,000 pixels would cost 100 MB for each pixel asked for. */
const MAX_BLOCK_BYTES = 64 * 1024 * 1024;
const RASTER_TYPE_POINT = 2;
const HEADER_BYTES = 8;
/** What the engine says when a tag, or what it points to, is not inside the file. */
const BEYOND_THE_END = /outside the bounds|out of bounds/i;

/** @throws {InputError} as openRaster does */
export async function openRasterFile(path: string): Promise<RasterFile> {
  await requireFile(path);
  const source = openSource(path);
  try {
    const tiff = await parse(path, source, () => parseGeoTiff(source));
    const image = await parse(path, source, () => tiff.getImage());
    return await parse(path, source, () => describe(path, source, tiff, image));
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function requireFile(path: string): Promise<void> {
  try {
    if ((await stat(path)).isFile()) return;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw notReadable(path, cause as NodeJS.ErrnoException);
  }
  throw notFound(path);
}

function openSource(path: string): FileSource {
  try {
    return new FileSource(path);
  } catch (cause) {
    throw notReadable(path, cause as NodeJS.ErrnoException);
  }
}

/** Runs a step of the library's parser, whose own errors speak of offsets, not of files. */
async function parse<T>(path: string, { fileSize }: FileSource, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const { message } = cause as Error;
    if (fileSize >= HEADER_BYTES && BEYOND_THE_END.test(message))
      throw truncated(path, fileSize, undefined, cause);
    throw unreadable(path, `it is not a GeoTIFF (${message})`, cause);
  }
}

async function describe(
  path: string,
  source: FileSource,
  tiff: GeoTIFF,
  image: GeoTIFFImage,
): Promise<RasterFile> {
  const width = image.getWidth();
  const height = image.getHeight();
  const bands = image.getSamplesPerPixel();
  const tileWidth = image.getTileWidth();
  const tileHeight = image.getTileHeight();
  if (!(width > 0 && height > 0 && bands > 0 && tileWidth > 0 && tileHeight > 0)) {
    throw unreadable(
      path,
      `it declares ${width} x ${height} pixels in blocks of ${tileWidth} x ${tileHeight}`,
    );
  }
  const sampleType = await sampleTypeOf(path, tiff, image);
  checkBlockSize(path, image);
  await checkComplete(path, source.fileSize, tiff, image);
  const keys = image.getGeoKeys() as GeoKeys | null;
  const crs = crsFromGeoKeys(keys);
  if ('problem' in crs) throw withoutCrs(path, crs);
  const affine = requireAffine(path, image, keys);
  const decoder = await decoderOf(path, image);
  return {
    path,
    width,
    height,
    bands,
    tileWidth,
    tileHeight,
    sampleType,
    nodata: parseNodata(await image.getFileDirectory().loadValue('GDAL_NODATA')),
    crs,
    affine,
    grid: georeferencedGrid(width, height, affine, crs),
    readTile: (column, row, band) =>
      decodeTile({ path, tiff, image, decoder, type: sampleType, column, row, band }),
    close: () => source.close(),
  };
}

function requireAffine(path: string, image: GeoTIFFImage, keys: GeoKeys | null): Affine {
  const directory = image.getFileDirectory();
  return affineOf(
    {
      pixelScale: directory.getValue('ModelPixelScale'),
      tiepoint: directory.getValue('ModelTiepoint'),
      transformation: directory.getValue('ModelTransformation'),
      pixelIsPoint: keys?.GTRasterTypeGeoKey === RASTER_TYPE_POINT,
    },
    path,
  );
}

function checkBlockSize(path: string, image: GeoTIFFImage): void {
  const perPixel = image.planarConfiguration === 2 ? image.getSampleByteSize(0) : image.getBytesPerPixel();
  const block = { width: image.getTileWidth(), height: image.getTileHeight() };
  const bytes = block.width * block.height * perPixel;
  if (bytes > MAX_BLOCK_BYTES) throw blockTooLarge(path, { ...block, bytes }, MAX_BLOCK_BYTES);
}

/** Every block must end inside the file; also brings the block table into memory, so that tiles need one read each. */
async function checkComplete(path: string, bytes: number, tiff: GeoTIFF, image: GeoTIFFImage): Promise<void> {
  const { offsets, counts } = await blockTables(tiff, image);
  const across =
    Math.ceil(image.getWidth() / image.getTileWidth()) * Math.ceil(image.getHeight() / image.getTileHeight());
  const blocks = across * (image.planarConfiguration === 2 ? image.getSamplesPerPixel() : 1);
  if (offsets === undefined || counts === undefined || offsets.length < blocks || counts.length < blocks) {
    throw unreadable(
      path,
      `its table lists ${Math.min(offsets?.length ?? 0, counts?.length ?? 0)} of ${blocks} blocks`,
    );
  }
  let end = 0;
  for (let i = 0; i < blocks; i++) {
    if (Number(counts[i]) > 0) end = Math.max(end, Number(offsets[i]) + Number(counts[i]));
  }
  if (end > bytes) throw truncated(path, bytes, end);
}

async function decoderOf(path: string, image: GeoTIFFImage): Promise<Decoder> {
  try {
    return await decoderFor(image);
  } catch (cause) {
    throw unreadable(path, `its compression is not supported (${(cause as Error).message})`, cause);
  }
}
