/** Blocks decompressed: deflate by Node's zlib, LZW and PackBits here, the rest by the geotiff library. */
import { inflate, inflateSync } from 'node:zlib';
import { lzwDecoder } from './lzw.js';
import { decodePackBits } from './pack-bits.js';
import { unreadable } from './raster-error.js';
import type { TiffDirectory } from './read-directories.js';
import type { TiffImage } from './tiff-image.js';

/**
 * Gives at least `needed` bytes where the data hold as many, and at most `full`, in the file's byte order. The result may
 * share memory with `data`. With `ahead`, deflate is undone on the thread pool.
 * @throws {Error} when the data are damaged
 */
export type Decompress = (
  data: Uint8Array<ArrayBuffer>,
  size: { needed: number; full: number },
  options: { ahead: boolean },
) => Uint8Array | Promise<Uint8Array>;

/** Compression codes (TIFF 6.0, and Adobe's and GDAL's registered ones). */
const NONE = 1;
const LZW = 5;
const DEFLATE = [8, 32_946];
const PACK_BITS = 32_773;
const COMPRESSION_TAG = 259;
const SLACK_BYTES = 64;

/** @throws {InputError} RASTER_UNREADABLE for a compression that is not supported */
export async function decompressorOf(
  path: string,
  directory: TiffDirectory,
  image: Pick<TiffImage, 'tileWidth' | 'tileHeight' | 'isPlanar' | 'bands' | 'bits'>,
): Promise<Decompress> {
  const code = directory.number(COMPRESSION_TAG) ?? NONE;
  if (code === NONE) return (data) => data;
  if (code === LZW) {
    const decode = lzwDecoder();
    return (data, { needed }) => decode(data, needed);
  }
  if (code === PACK_BITS) return (data, { needed }) => decodePackBits(data, needed);
  if (DEFLATE.includes(code)) return inflated;
  const { libraryDecoder } = await import('./geotiff-library.js');
  try {
    const decode = await libraryDecoder(code, directory, image);
    return async (data) => new Uint8Array(await decode(data.buffer));
  } catch (cause) {
    throw unreadable(path, `its compression ${code} is not supported (${(cause as Error).message})`, cause);
  }
}

const inflated: Decompress = (data, { needed, full }, { ahead }) => {
  const options = { chunkSize: needed + SLACK_BYTES, maxOutputLength: full + SLACK_BYTES };
  if (!ahead) return inflateSync(data, options);
  return new Promise((resolve, reject) => {
    inflate(data, options, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
  });
};
