/** One block of a GeoTIFF as the samples of one band. */
import type { Decoder, GeoTIFF, GeoTIFFImage } from './geotiff-library.js';
import type { Samples, SampleType } from './nodata.js';
import { damaged, unreadable } from './raster-error.js';
import type { Tile } from './tile-cache.js';

/** @throws {InputError} RASTER_UNREADABLE for samples that are not whole bytes or floats of 32 or 64 bits */
export async function sampleTypeOf(path: string, tiff: GeoTIFF, image: GeoTIFFImage): Promise<SampleType> {
  const bits = image.getBitsPerSample(0) || 1;
  const kind = ({ 1: 'uint', 2: 'int', 3: 'float' } as const)[image.getSampleFormat(0) as 1 | 2 | 3];
  const type = `${kind}${kind === 'uint' && bits < 8 ? 8 : bits}` as SampleType;
  if (!(type in SAMPLE_ARRAYS))
    throw unreadable(path, `its samples are ${kind ?? 'neither integer nor float'} of ${bits} bits`);
  const predictor = (await image.getFileDirectory().loadValue('Predictor')) ?? 1;
  if (!tiff.littleEndian && predictor !== 1 && bits > 8) {
    throw unreadable(path, `it is big-endian with predictor ${predictor}`);
  }
  return type;
}

const SAMPLE_ARRAYS = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** Zeros of a type. */
export function sampleArray(type: SampleType, length: number): Samples {
  return new SAMPLE_ARRAYS[type](length);
}

export interface TilePlace {
  path: string;
  tiff: GeoTIFF;
  image: GeoTIFFImage;
  decoder: Decoder;
  type: SampleType;
  column: number;
  row: number;
  band: number;
}

/** @throws {InputError} RASTER_DAMAGED when the block's data cannot be decoded or are too few */
export async function decodeTile({
  path,
  tiff,
  image,
  decoder,
  type,
  column,
  row,
  band,
}: TilePlace): Promise<Tile> {
  const width = image.getTileWidth();
  const height = Math.min(image.getTileHeight(), image.getHeight() - row * image.getTileHeight());
  const interleaved = image.planarConfiguration === 2 ? 1 : image.getSamplesPerPixel();
  let buffer: ArrayBufferLike;
  try {
    buffer = (await image.getTileOrStrip(column, row, band, decoder)).data;
  } catch (cause) {
    throw damaged(path, column, row, (cause as Error).message, cause);
  }
  const array = SAMPLE_ARRAYS[type];
  const bytes = array.BYTES_PER_ELEMENT;
  const needed = width * height * interleaved * bytes;
  if (buffer.byteLength < needed) throw damaged(path, column, row, `${buffer.byteLength} of ${needed} bytes`);
  if (!tiff.littleEndian && bytes > 1) buffer = swapped(buffer, bytes);
  const all = new array(buffer as ArrayBuffer, 0, width * height * interleaved);
  return { samples: interleaved === 1 ? all : oneBand(all, band, interleaved), width, height };
}

function oneBand(all: Samples, band: number, interleaved: number): Samples {
  const samples = all.slice(0, all.length / interleaved);
  for (let i = 0; i < samples.length; i++) samples[i] = all[i * interleaved + band]!;
  return samples;
}

/** Byte order of each sample turned round; the data stay as they were. */
function swapped(buffer: ArrayBufferLike, bytes: number): ArrayBufferLike {
  const copy = Buffer.from(new Uint8Array(buffer));
  if (bytes === 2) copy.swap16();
  else if (bytes === 4) copy.swap32();
  else copy.swap64();
  return new Uint8Array(copy).buffer;
}
