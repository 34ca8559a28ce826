/** How one image of a TIFF is stored: its size, its samples and its blocks (TIFF 6.0, sections 8 and 15). */
import { type Decompress, decompressorOf } from './decompress.js';
import type { FileSource } from './file-source.js';
import type { SampleType } from './nodata.js';
import { FLOATING_POINT, HORIZONTAL } from './predictor.js';
import { blockTooLarge, truncated, unreadable } from './raster-error.js';
import type { NumericArray, TiffDirectory } from './read-directories.js';
import { isSampleType } from './sample-array.js';

export interface TiffImage {
  width: number;
  height: number;
  bands: number;
  /** Strips are tiles as wide as the image. */
  tileWidth: number;
  tileHeight: number;
  isTiled: boolean;
  tilesAcross: number;
  tilesDown: number;
  /** Bands lie in blocks of their own; else side by side in each pixel. */
  isPlanar: boolean;
  sampleType: SampleType;
  /** Below 8, samples are packed and each row begins with a new byte. */
  bits: number;
  predictor: number;
  littleEndian: boolean;
  decompress: Decompress;
  /** Where blocks lie in the file and how many bytes they have; 0 bytes = a block that was never written. */
  offsets: NumericArray;
  counts: NumericArray;
}

export const TAG = {
  subfileType: 254,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  fillOrder: 266,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfiguration: 284,
  predictor: 317,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  sampleFormat: 339,
};

/** A block is decoded whole, so one of 10,000 x 10,000 pixels would cost 100 MB for each pixel asked for. */
const MAX_BLOCK_BYTES = 64 * 1024 * 1024;
const PLANAR = 2;
/** Bits of a byte in the other order: no writer of rasters does so. */
const REVERSED_BITS = 2;
const SAMPLE_KINDS: Record<number, string> = { 1: 'uint', 2: 'int', 3: 'float', 4: 'uint' };

/**
 * @throws {InputError} RASTER_UNREADABLE for what is not supported, RASTER_BLOCK_TOO_LARGE, RASTER_TRUNCATED when a block
 * ends beyond the file
 */
export async function describeImage(
  path: string,
  source: FileSource,
  directory: TiffDirectory,
  littleEndian: boolean,
): Promise<TiffImage> {
  const width = directory.number(TAG.width) ?? 0;
  const height = directory.number(TAG.height) ?? 0;
  const bands = directory.number(TAG.samplesPerPixel) ?? 1;
  const isTiled = !directory.has(TAG.stripOffsets);
  const tileWidth = isTiled ? (directory.number(TAG.tileWidth) ?? 0) : width;
  const tileHeight = isTiled
    ? (directory.number(TAG.tileLength) ?? 0)
    : Math.min(directory.number(TAG.rowsPerStrip) || height, height);
  if (!(width > 0 && height > 0 && bands > 0 && tileWidth > 0 && tileHeight > 0)) {
    throw unreadable(
      path,
      `it declares ${width} x ${height} pixels in blocks of ${tileWidth} x ${tileHeight}`,
    );
  }
  const isPlanar = directory.number(TAG.planarConfiguration) === PLANAR && bands > 1;
  const bits = oneValue(path, directory, TAG.bitsPerSample, 'bits per sample') ?? 1;
  const sampleType = sampleTypeOf(path, directory, bits);
  const predictor = requirePredictor(path, directory, sampleType);
  const image = {
    ...{ width, height, bands, isTiled, tileWidth, tileHeight, isPlanar, bits, predictor, littleEndian },
    tilesAcross: Math.ceil(width / tileWidth),
    tilesDown: Math.ceil(height / tileHeight),
    sampleType,
  };
  const bytes = tileHeight * rowBytes(image);
  if (bytes > MAX_BLOCK_BYTES) {
    throw blockTooLarge(path, { width: tileWidth, height: tileHeight, bytes }, MAX_BLOCK_BYTES);
  }
  const tables = blockTables(path, source, directory, image);
  return { ...image, ...tables, decompress: await decompressorOf(path, directory, image) };
}

/** Bytes of one row of a decoded block. */
export function rowBytes({
  tileWidth,
  bands,
  isPlanar,
  bits,
}: Pick<TiffImage, 'tileWidth' | 'bands' | 'isPlanar' | 'bits'>): number {
  return Math.ceil((tileWidth * (isPlanar ? 1 : bands) * bits) / 8);
}

function sampleTypeOf(path: string, directory: TiffDirectory, bits: number): SampleType {
  const kind = SAMPLE_KINDS[oneValue(path, directory, TAG.sampleFormat, 'kinds of sample') ?? 1];
  const type = `${kind}${kind === 'uint' && bits < 8 ? 8 : bits}`;
  if (!isSampleType(type)) {
    throw unreadable(path, `its samples are ${kind ?? 'neither integer nor float'} of ${bits} bits`);
  }
  if (directory.number(TAG.fillOrder) === REVERSED_BITS) {
    throw unreadable(path, 'the bits of its bytes run backwards (fill order 2)');
  }
  return type;
}

function requirePredictor(path: string, directory: TiffDirectory, type: SampleType): number {
  const predictor = directory.number(TAG.predictor) ?? 1;
  if (predictor === 1 || predictor === HORIZONTAL) return predictor;
  if (predictor === FLOATING_POINT && type.startsWith('float')) return predictor;
  throw unreadable(path, `its predictor ${predictor} is not known for ${type}`);
}

/** A tag with a value for each band, which must agree. */
function oneValue(path: string, directory: TiffDirectory, tag: number, what: string): number | undefined {
  const values = directory.numbers(tag);
  const first = values?.[0];
  if (values?.some((value) => value !== first)) {
    throw unreadable(path, `its bands have different ${what} (${[...values].join(', ')})`);
  }
  return first;
}

/** Every block must end inside the file. */
function blockTables(
  path: string,
  source: FileSource,
  directory: TiffDirectory,
  image: Pick<TiffImage, 'isTiled' | 'isPlanar' | 'bands' | 'tilesAcross' | 'tilesDown'>,
): { offsets: NumericArray; counts: NumericArray } {
  const offsets = directory.numbers(image.isTiled ? TAG.tileOffsets : TAG.stripOffsets);
  const counts = directory.numbers(image.isTiled ? TAG.tileByteCounts : TAG.stripByteCounts);
  const perBand = image.tilesAcross * image.tilesDown;
  const blocks = perBand * (image.isPlanar ? image.bands : 1);
  if (offsets === undefined || counts === undefined || Math.min(offsets.length, counts.length) < blocks) {
    const listed = Math.min(offsets?.length ?? 0, counts?.length ?? 0);
    throw unreadable(path, `its table lists ${listed} of ${blocks} blocks`);
  }
  let end = 0;
  let cut: number | undefined;
  for (let i = 0; i < blocks; i++) {
    const blockEnd = counts[i]! > 0 ? offsets[i]! + counts[i]! : 0;
    if (blockEnd > source.fileSize) cut ??= i % perBand;
    if (blockEnd > end) end = blockEnd;
  }
  if (cut !== undefined) {
    const block: [number, number] = [cut % image.tilesAcross, Math.floor(cut / image.tilesAcross)];
    throw truncated(path, source.fileSize, { bytes: end, block });
  }
  return { offsets, counts };
}
