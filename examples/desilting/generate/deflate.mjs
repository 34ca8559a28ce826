/** Compression that gives the same bytes on every Node: pako, which exceljs brings; zlib inside Node changes with its version. */
import { createRequire } from 'node:module';

const fromExceljs = createRequire(createRequire(import.meta.url).resolve('exceljs'));
const pako = createRequire(fromExceljs.resolve('jszip'))('pako');

/** A zlib stream, as TIFF wants it. */
export function deflate(bytes) {
  return Buffer.from(pako.deflate(bytes, { level: 6 }));
}

/** Without zlib's head and tail, as ZIP wants it. */
export function deflateRaw(bytes) {
  return Buffer.from(pako.deflateRaw(bytes, { level: 6 }));
}
