/** The geotiff library with faster decoders than its own: LZW in typed arrays, deflate by Node's zlib. */
import { inflateSync } from 'node:zlib';
import { addDecoder, BaseDecoder, GeoTIFF, type GeoTIFFImage, getDecoder } from 'geotiff';
import type { FileSource } from './file-source.js';
import { decodeLzw } from './lzw.js';

export type { GeoTIFF, GeoTIFFImage } from 'geotiff';

export type Decoder = Awaited<ReturnType<typeof getDecoder>>;

/** Compression codes (TIFF 6.0 and Adobe's and GDAL's registered ones). */
const LZW = 5;
const DEFLATE = [8, 32_946];
const DECODER_SLACK_BYTES = 64;

/** Reads a file's header, with our decoders in place. Decoded tiles are not kept by the library. */
export function parseGeoTiff(source: FileSource): Promise<GeoTIFF> {
  registerDecoders();
  return GeoTIFF.fromSource(source);
}

/** The decoder for an image's tiles; the bytes it gives have the predictor undone and are in the file's byte order. */
export async function decoderFor(image: GeoTIFFImage): Promise<Decoder> {
  const directory = image.getFileDirectory();
  const parameters = {
    tileWidth: image.getTileWidth(),
    tileHeight: image.getTileHeight(),
    planarConfiguration: image.planarConfiguration,
    bitsPerSample: Array.from(directory.getValue('BitsPerSample') ?? [1]),
    predictor: (await directory.loadValue('Predictor')) ?? 1,
    samplesPerPixel: image.getSamplesPerPixel(),
    LercParameters: await directory.loadValue('LercParameters'),
    JPEGTables: await directory.loadValue('JPEGTables'),
  };
  return getDecoder(directory.getValue('Compression') ?? 1, parameters);
}

/** The library's registry is one per process; entering ours again changes nothing. */
function registerDecoders(): void {
  addDecoder(LZW, async () => LzwDecoder);
  addDecoder(DEFLATE, async () => DeflateDecoder);
}

class LzwDecoder extends BaseDecoder {
  override decodeBlock(data: ArrayBufferLike): ArrayBufferLike {
    return ownBuffer(decodeLzw(new Uint8Array(data), blockBytes(this)));
  }
}

class DeflateDecoder extends BaseDecoder {
  override decodeBlock(data: ArrayBufferLike): ArrayBufferLike {
    const size = blockBytes(this);
    const chunkSize = size + DECODER_SLACK_BYTES;
    const decoded = inflateSync(new Uint8Array(data), { chunkSize, maxOutputLength: chunkSize });
    return ownBuffer(decoded.subarray(0, size));
  }
}

/** Bytes of a whole decoded block; strips at the lower edge may hold fewer. */
function blockBytes({ parameters }: BaseDecoder): number {
  const { tileWidth, tileHeight, bitsPerSample, planarConfiguration } = parameters;
  const bits = typeof bitsPerSample === 'number' ? [bitsPerSample] : Array.from(bitsPerSample);
  const bitsPerPixel =
    planarConfiguration === 2 ? (bits[0] ?? 8) : bits.reduce((sum, value) => sum + value, 0);
  return Math.ceil((tileWidth * bitsPerPixel) / 8) * tileHeight;
}

/** Typed arrays of wider samples need a buffer that begins at the first byte. */
function ownBuffer(bytes: Uint8Array): ArrayBufferLike {
  return bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength
    ? bytes.buffer
    : bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}
