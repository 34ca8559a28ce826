/** Blocks of a TIFF image as samples, one array for each band that is asked for. */
import type { FileSource } from './file-source.js';
import { fillRows, placeRows, type TileTarget } from './place-samples.js';
import { FLOATING_POINT, HORIZONTAL, undoFloatingPoint, undoHorizontalWide } from './predictor.js';
import { damaged } from './raster-error.js';
import { samplesIn } from './sample-array.js';
import { rowBytes, type TiffImage } from './tiff-image.js';

export interface TilePlace {
  path: string;
  source: FileSource;
  image: TiffImage;
  column: number;
  row: number;
  /** 0 is the first. */
  bands: readonly number[];
  /** What fills a block that was never written. */
  fill: number;
  /** Decompress on other threads where that is possible. */
  ahead: boolean;
}

/**
 * Decodes a tile to where it is wanted, in one pass over its samples.
 * @throws {InputError} RASTER_DAMAGED when the data cannot be decoded or are too few
 */
export async function decodeInto(place: TilePlace, target: TileTarget): Promise<void> {
  const { image, bands } = place;
  if (image.isPlanar) {
    await Promise.all(
      bands.map((band, i) => decodeBlock(place, band, [0], { ...target, samples: [target.samples[i]!] })),
    );
  } else {
    await decodeBlock(place, 0, bands, target);
  }
}

/** Rows of a tile that lie on the image. */
export function tileRows({ image, row }: Pick<TilePlace, 'image' | 'row'>): number {
  return Math.min(image.tileHeight, image.height - row * image.tileHeight);
}

async function decodeBlock(
  place: TilePlace,
  plane: number,
  picks: readonly number[],
  target: TileTarget,
): Promise<void> {
  const { image, column, row, fill } = place;
  const height = tileRows(place);
  const stride = image.isPlanar ? 1 : image.bands;
  const index = (plane * image.tilesDown + row) * image.tilesAcross + column;
  if (image.counts[index] === 0) return fillRows(target, height, fill);
  const bytes = await blockBytes(place, height, index);
  const perRow = image.tileWidth * stride;
  if (image.bits < 8) {
    const samples = unpacked(bytes, perRow, height, image.bits);
    return placeRows(samples, { picks, stride, height, perRow, isDifference: false }, target);
  }
  const bytesPerSample = image.bits / 8;
  const shape = { width: image.tileWidth, rows: height, stride, bytesPerSample };
  if (!image.littleEndian && image.predictor !== FLOATING_POINT) swap(bytes, bytesPerSample);
  if (image.predictor === FLOATING_POINT) undoFloatingPoint(bytes, shape);
  const isWide = bytesPerSample === 8;
  if (image.predictor === HORIZONTAL && isWide) undoHorizontalWide(bytes, shape);
  const samples = samplesIn(bytes, image.sampleType, perRow * height);
  const isDifference = image.predictor === HORIZONTAL && !isWide;
  placeRows(samples, { picks, stride, height, perRow, isDifference }, target);
}

/** The block decompressed and cut to its rows, at a place in memory where its samples can be read. */
async function blockBytes(
  { path, source, image, column, row, ahead }: TilePlace,
  height: number,
  index: number,
): Promise<Uint8Array> {
  const count = image.counts[index]!;
  const stored = source.read(image.offsets[index]!, count);
  const size = { needed: rowBytes(image) * height, full: rowBytes(image) * image.tileHeight };
  let bytes: Uint8Array;
  try {
    bytes = await image.decompress(stored, size, { ahead });
  } catch (cause) {
    throw damaged(path, column, row, (cause as Error).message, cause);
  }
  if (bytes.length < size.needed) {
    throw damaged(path, column, row, `${bytes.length} of ${size.needed} bytes`);
  }
  const needed = bytes.subarray(0, size.needed);
  return needed.byteOffset % (image.bits >= 8 ? image.bits / 8 : 1) === 0 ? needed : needed.slice();
}

/** Byte order of each sample turned round, in place. */
function swap(bytes: Uint8Array, bytesPerSample: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytesPerSample === 2) buffer.swap16();
  else if (bytesPerSample === 4) buffer.swap32();
  else if (bytesPerSample === 8) buffer.swap64();
}

/** Samples of fewer than 8 bits, highest bits first; each row begins with a new byte. */
function unpacked(bytes: Uint8Array, perRow: number, rows: number, bits: number): Uint8Array {
  const samples = new Uint8Array(perRow * rows);
  const bytesPerRow = Math.ceil((perRow * bits) / 8);
  const mask = (1 << bits) - 1;
  for (let row = 0, to = 0; row < rows; row++) {
    for (let i = 0, bit = row * bytesPerRow * 8; i < perRow; i++, to++, bit += bits) {
      const at = bit >> 3;
      const pair = (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
      samples[to] = (pair >> (16 - bits - (bit & 7))) & mask;
    }
  }
  return samples;
}
