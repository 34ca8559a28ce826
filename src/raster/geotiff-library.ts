/** Decoders of the geotiff library, for compressions that Node does not bring: zstd, LERC, JPEG, WebP. */
import { getDecoder } from 'geotiff';
import type { TiffDirectory } from './read-directories.js';
import type { TiffImage } from './tiff-image.js';

const PREDICTOR_IS_UNDONE_BY_US = 1;
const JPEG_TABLES = 347;
const LERC_PARAMETERS = 50_674;

/** @throws {Error} when the library has none for the code */
export async function libraryDecoder(
  code: number,
  directory: TiffDirectory,
  {
    tileWidth,
    tileHeight,
    isPlanar,
    bands,
    bits,
  }: Pick<TiffImage, 'tileWidth' | 'tileHeight' | 'isPlanar' | 'bands' | 'bits'>,
): Promise<(data: ArrayBuffer) => Promise<ArrayBufferLike>> {
  const parameters = {
    tileWidth,
    tileHeight,
    planarConfiguration: isPlanar ? 2 : 1,
    bitsPerSample: Array<number>(bands).fill(bits),
    predictor: PREDICTOR_IS_UNDONE_BY_US,
    samplesPerPixel: bands,
    LercParameters: directory.numbers(LERC_PARAMETERS),
    JPEGTables: directory.numbers(JPEG_TABLES),
  };
  const decoder = await getDecoder(code, parameters);
  return (data) => decoder.decode(data);
}
