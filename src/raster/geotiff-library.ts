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

/** Where each block of the image lies in the file, and how many bytes it has; undefined when a table is absent. */
export async function blockTables(
  tiff: GeoTIFF,
  image: GeoTIFFImage,
): Promise<{ offsets: ArrayLike<number> | undefined; counts: ArrayLike<number> | undefined }> {
  const kind = image.isTiled ? 'Tile' : 'Strip';
  const offsets = await blockTable(tiff, image, `${kind}Offsets`);
  return { offsets, counts: await blockTable(tiff, image, `${kind}ByteCounts`) };
}

type TableTag = `${'Tile' | 'Strip'}${'Offsets' | 'ByteCounts'}`;

/**
 * geotiff 3.0.5 reads tables that it loads late as little-endian whatever the file says. They are turned round in
 * place, so that the library finds them right when it reads a tile.
 */
async function blockTable(
  tiff: GeoTIFF,
  image: GeoTIFFImage,
  tag: TableTag,
): Promise<ArrayLike<number> | undefined> {
  const directory = image.getFileDirectory();
  const isLate = directory.hasTag(tag) && isDeferred(directory, tag);
  const table = (await directory.loadValue(tag)) as ArrayLike<number> | undefined;
  if (tiff.littleEndian || !isLate || table === undefined) return table;
  if (!(table instanceof Uint16Array || table instanceof Uint32Array)) {
    throw new Error('big-endian BigTIFF is not supported');
  }
  const bytes = Buffer.from(table.buffer, table.byteOffset, table.byteLength);
  if (table instanceof Uint16Array) bytes.swap16();
  else bytes.swap32();
  return table;
}

function isDeferred(directory: ReturnType<GeoTIFFImage['getFileDirectory']>, tag: TableTag): boolean {
  try {
    directory.getValue(tag as never);
    return false;
  } catch {
    return true;
  }
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
