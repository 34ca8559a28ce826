/** Samples to the bytes of a tile: predictor (TIFF 6.0, section 14; TIFF Technical Note 3), then deflate. */
import { promisify } from 'node:util';
import { deflate, deflateSync } from 'node:zlib';
import type { Samples } from './nodata.js';

/** A tile of a wider array of samples: `source[offset + row * stride + column]`. */
export interface TilePart {
  source: Samples;
  offset: number;
  stride: number;
  /** Columns and rows that lie on the raster; the rest of the tile repeats the last of them. */
  width: number;
  height: number;
}

const deflateAsync = promisify(deflate);
/** What is compressed fits into one chunk, or nearly; the larger memory makes deflate a fifth faster. */
const SMALLEST_CHUNK = 4096;
const MEMORY_LEVEL = 9;

/** Compresses on a thread of Node's own. */
export async function deflateTile(predicted: Uint8Array, level: number): Promise<Uint8Array> {
  return deflateAsync(predicted, deflateOptions(predicted, level));
}

export function deflateTileSync(predicted: Uint8Array, level: number): Uint8Array {
  return deflateSync(predicted, deflateOptions(predicted, level));
}

/** Most bytes that deflate makes of so many (zlib's deflateBound, with room). */
export function deflateBound(bytes: number): number {
  return bytes + (bytes >> 10) + 64;
}

function deflateOptions({ length }: Uint8Array, level: number) {
  return { level, memLevel: MEMORY_LEVEL, chunkSize: Math.max(SMALLEST_CHUNK, deflateBound(length)) };
}

/** The one value that all samples of the part have; undefined when they differ. NaNs of all kinds are one. */
export function constantOf({ source, offset, stride, width, height }: TilePart): number | undefined {
  const value = source[offset]!;
  const isNothing = Number.isNaN(value);
  for (let row = 0; row < height; row++) {
    const from = offset + row * stride;
    for (let i = from; i < from + width; i++) {
      const sample = source[i]!;
      if (sample !== value && !(isNothing && Number.isNaN(sample))) return undefined;
    }
  }
  return value;
}

/**
 * A tile of `side` x `side` samples, little-endian, predicted: integers by 2, differences of neighbours in a row; floats
 * by 3, the bytes of a row sorted by significance, then differences. It is what is to be deflated.
 * @param tile is filled and returned: side x side samples, in bytes
 */
export function predictTile(
  part: TilePart,
  side: number,
  tile: Uint8Array = new Uint8Array(side * side * part.source.BYTES_PER_ELEMENT),
): Uint8Array {
  const { source } = part;
  if (source instanceof Float32Array || source instanceof Float64Array)
    predictFloats(source, part, side, tile);
  else predictIntegers(source, part, side, tile);
  const rowBytes = side * source.BYTES_PER_ELEMENT;
  const end = part.height * rowBytes;
  for (let row = part.height; row < side; row++) tile.copyWithin(row * rowBytes, end - rowBytes, end);
  return tile;
}

type Integers = Exclude<Samples, Float32Array | Float64Array>;
type IntegerArray = new (buffer: ArrayBufferLike, offset: number, length: number) => Integers;

function predictIntegers(source: Integers, part: TilePart, side: number, bytes: Uint8Array): void {
  const tile = new (source.constructor as IntegerArray)(bytes.buffer, bytes.byteOffset, side * side);
  for (let row = 0; row < part.height; row++) {
    const from = part.offset + row * part.stride;
    const to = row * side;
    let previous = 0;
    for (let column = 0; column < part.width; column++) {
      const sample = source[from + column]!;
      tile[to + column] = sample - previous;
      previous = sample;
    }
    tile.fill(0, to + part.width, to + side);
  }
}

/** Bytes are taken from memory, least significant first (every machine that Node runs on). */
function predictFloats(
  source: Float32Array | Float64Array,
  part: TilePart,
  side: number,
  tile: Uint8Array,
): void {
  const size = source.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  const missing = side - part.width;
  for (let row = 0; row < part.height; row++) {
    const from = (part.offset + row * part.stride) * size;
    const last = from + (part.width - 1) * size;
    let to = row * side * size;
    let previous = 0;
    for (let significance = size - 1; significance >= 0; significance--) {
      for (let at = from + significance; at <= last + significance; at += size) {
        const byte = bytes[at]!;
        tile[to++] = byte - previous;
        previous = byte;
      }
      tile.fill(0, to, to + missing);
      to += missing;
    }
  }
}
