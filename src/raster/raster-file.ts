/** One open GeoTIFF: its tags checked and turned into facts, its overviews and masks found, its tiles decoded. */
import { stat } from 'node:fs/promises';
import { InputError } from '../core/error.js';
import { type Crs, crsFromGeoKeys, type NoCrs } from './crs.js';
import { decodeInto } from './decode-tile.js';
import { FileSource } from './file-source.js';
import { type BandFacts, bandFacts } from './gdal-metadata.js';
import { type GeoKeys, namedGeoKeys, type RawGeoKeys, readGeoKeys } from './geo-keys.js';
import { type Affine, affineOf } from './georeference.js';
import { maskTile } from './internal-mask.js';
import { parseNodata, type SampleType, storedNodata } from './nodata.js';
import type { TileTarget } from './place-samples.js';
import { notFound, notReadable, unreadable } from './raster-error.js';
import { readDirectories, type Tiff, type TiffDirectory } from './read-directories.js';
import { describeImage, TAG, type TiffImage } from './tiff-image.js';

/** An image of the file: the raster itself, or an overview of it. */
export interface StoredImage {
  width: number;
  height: number;
  bands: number;
  tileWidth: number;
  tileHeight: number;
  sampleType: SampleType;
  /** Changes with the file, and differs between its images. */
  identity: string;
  /**
   * Decodes a tile of the bands to where it is wanted; with `ahead`, on other threads where that is possible.
   * @throws {InputError} RASTER_DAMAGED when its data cannot be decoded
   */
  readInto(
    tile: { column: number; row: number },
    bands: readonly number[],
    target: TileTarget,
    ahead: boolean,
  ): Promise<void>;
}

export interface RasterFile extends StoredImage, BandFacts {
  path: string;
  nodata: number | undefined;
  crs: Crs | NoCrs;
  affine: Affine;
  geoKeys: RawGeoKeys | undefined;
  /** The largest first. */
  overviews: StoredImage[];
  close(): Promise<void>;
}

const RASTER_TYPE_POINT = 2;
const OVERVIEW = 1;
const MASK = 4;
const GDAL_METADATA = 42_112;
const GDAL_NODATA = 42_113;
const PIXEL_SCALE = 33_550;
const TIEPOINT = 33_922;
const TRANSFORMATION = 34_264;

/** @throws {InputError} as openRaster does */
export async function openRasterFile(path: string): Promise<RasterFile> {
  await requireFile(path);
  const source = openSource(path);
  try {
    return await describe(path, source, readDirectories(path, source));
  } catch (error) {
    source.close();
    throw error instanceof InputError
      ? error
      : unreadable(path, `it is no GeoTIFF that can be understood (${(error as Error).message})`, error);
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

async function describe(path: string, source: FileSource, tiff: Tiff): Promise<RasterFile> {
  const [first, ...others] = tiff.directories as [TiffDirectory, ...TiffDirectory[]];
  const imageOf = (directory: TiffDirectory) => describeImage(path, source, directory, tiff.littleEndian);
  const image = await imageOf(first);
  const masks = await Promise.all(others.filter((each) => kindOf(each) & MASK).map(imageOf));
  const smaller: TiffImage[] = [];
  for (const each of others.filter((other) => (kindOf(other) & (OVERVIEW | MASK)) === OVERVIEW)) {
    smaller.push(...(await imageOf(each).then((found) => [found], leftOut)));
  }
  const nodata = parseNodata(first.text(GDAL_NODATA));
  const stored = (each: TiffImage, level: number) =>
    storedImage({ path, source, nodata, masks }, each, level);
  const geoKeys = readGeoKeys(first);
  const keys = geoKeys === undefined ? null : namedGeoKeys(geoKeys);
  return {
    ...stored(image, 0),
    ...bandFacts(first.text(GDAL_METADATA), image.bands),
    path,
    nodata,
    crs: crsFromGeoKeys(keys),
    affine: requireAffine(path, first, keys),
    geoKeys,
    overviews: smaller
      .filter(({ bands, sampleType }) => bands === image.bands && sampleType === image.sampleType)
      .sort((a, b) => b.width - a.width)
      .map((each, i) => stored(each, i + 1)),
    close: async () => source.close(),
  };
}

/** An overview that is stored in a way that is not read is none; one that is cut off is a file that is cut off. */
function leftOut(error: unknown): [] {
  if (error instanceof InputError && error.code !== 'RASTER_TRUNCATED') return [];
  throw error;
}

function kindOf(directory: TiffDirectory): number {
  return directory.number(TAG.subfileType) ?? 0;
}

function storedImage(
  file: { path: string; source: FileSource; nodata: number | undefined; masks: readonly TiffImage[] },
  image: TiffImage,
  level: number,
): StoredImage {
  const { path, source, nodata } = file;
  const { width, height, bands, tileWidth, tileHeight, sampleType } = image;
  const fill = storedNodata(nodata ?? 0, sampleType);
  const mask = file.masks.find((each) => each.width === width && each.height === height);
  return {
    ...{ width, height, bands, tileWidth, tileHeight, sampleType },
    identity: `${source.identity} ${level}`,
    readInto: async ({ column, row }, wanted, target, ahead) => {
      await decodeInto({ path, source, image, column, row, bands: wanted, fill, ahead }, target);
      if (mask !== undefined) await maskTile({ path, source, image, mask, column, row, nodata }, target);
    },
  };
}

function requireAffine(path: string, directory: TiffDirectory, keys: GeoKeys | null): Affine {
  return affineOf(
    {
      pixelScale: directory.numbers(PIXEL_SCALE),
      tiepoint: directory.numbers(TIEPOINT),
      transformation: directory.numbers(TRANSFORMATION),
      pixelIsPoint: keys?.GTRasterTypeGeoKey === RASTER_TYPE_POINT,
    },
    path,
  );
}
