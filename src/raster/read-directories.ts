/** Image file directories read (TIFF 6.0, section 2; BigTIFF), in either byte order. Values are read when asked for. */
import type { FileSource } from './file-source.js';
import { truncated, unreadable } from './raster-error.js';

export interface TiffDirectory {
  has(tag: number): boolean;
  /** The first value of a numeric tag. @throws {InputError} RASTER_TRUNCATED when it lies beyond the file's end */
  number(tag: number): number | undefined;
  /** All values of a numeric tag. @throws {InputError} RASTER_TRUNCATED */
  numbers(tag: number): NumericArray | undefined;
  /** A text up to its first NUL. @throws {InputError} RASTER_TRUNCATED */
  text(tag: number): string | undefined;
}

export type NumericArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

export interface Tiff {
  littleEndian: boolean;
  /** In the file's order: the image, then its overviews and masks, or further pages. */
  directories: TiffDirectory[];
}

const CLASSIC = { magic: 42, header: 8, count: 2, entry: 12, inline: 4 };
const BIG = { magic: 43, header: 16, count: 8, entry: 20, inline: 8 };

/** Type codes of TIFF 6.0 and BigTIFF; fractions are read as their two numbers. */
const TYPES: Record<number, { bytes: number; array: (length: number) => NumericArray; get: Getter }> = {
  1: { bytes: 1, array: (n) => new Uint8Array(n), get: (view, at) => view.getUint8(at) },
  2: { bytes: 1, array: (n) => new Uint8Array(n), get: (view, at) => view.getUint8(at) },
  3: { bytes: 2, array: (n) => new Uint16Array(n), get: (view, at, le) => view.getUint16(at, le) },
  4: { bytes: 4, array: (n) => new Uint32Array(n), get: (view, at, le) => view.getUint32(at, le) },
  5: { bytes: 4, array: (n) => new Uint32Array(n), get: (view, at, le) => view.getUint32(at, le) },
  6: { bytes: 1, array: (n) => new Int8Array(n), get: (view, at) => view.getInt8(at) },
  7: { bytes: 1, array: (n) => new Uint8Array(n), get: (view, at) => view.getUint8(at) },
  8: { bytes: 2, array: (n) => new Int16Array(n), get: (view, at, le) => view.getInt16(at, le) },
  9: { bytes: 4, array: (n) => new Int32Array(n), get: (view, at, le) => view.getInt32(at, le) },
  10: { bytes: 4, array: (n) => new Int32Array(n), get: (view, at, le) => view.getInt32(at, le) },
  11: { bytes: 4, array: (n) => new Float32Array(n), get: (view, at, le) => view.getFloat32(at, le) },
  12: { bytes: 8, array: (n) => new Float64Array(n), get: (view, at, le) => view.getFloat64(at, le) },
  13: { bytes: 4, array: (n) => new Uint32Array(n), get: (view, at, le) => view.getUint32(at, le) },
  16: {
    bytes: 8,
    array: (n) => new Float64Array(n),
    get: (view, at, le) => Number(view.getBigUint64(at, le)),
  },
  17: {
    bytes: 8,
    array: (n) => new Float64Array(n),
    get: (view, at, le) => Number(view.getBigInt64(at, le)),
  },
  18: {
    bytes: 8,
    array: (n) => new Float64Array(n),
    get: (view, at, le) => Number(view.getBigUint64(at, le)),
  },
};
const FRACTIONS = [5, 10];

type Getter = (view: DataView, at: number, littleEndian: boolean) => number;

interface Entry {
  type: number;
  count: number;
  /** Where the values begin in the file. */
  at: number;
}

/** @throws {InputError} RASTER_UNREADABLE when it is no TIFF, RASTER_TRUNCATED when a directory lies beyond its end */
export function readDirectories(path: string, source: FileSource): Tiff {
  const head = viewOf(source.read(0, BIG.header));
  const order = head.byteLength < CLASSIC.header ? 0 : head.getUint16(0, false);
  if (order !== 0x4949 && order !== 0x4d4d)
    throw unreadable(path, 'it is not a GeoTIFF (it begins otherwise)');
  const littleEndian = order === 0x4949;
  const magic = head.getUint16(2, littleEndian);
  const format = [CLASSIC, BIG].find((each) => each.magic === magic);
  if (format === undefined) throw unreadable(path, `it is not a GeoTIFF (its version is ${magic})`);
  if (head.byteLength < format.header) throw truncated(path, source.fileSize);
  const file = { path, source, littleEndian, format };
  const directories: TiffDirectory[] = [];
  let at = sizeAt(head, format.header - format.inline, file);
  // Directories form a chain, which a damaged file may close to a ring.
  const seen = new Set([0]);
  while (!seen.has(at)) {
    seen.add(at);
    const { entries, next } = readEntries(file, at);
    directories.push(directoryOf(file, entries));
    at = next;
  }
  if (directories.length === 0) throw unreadable(path, 'it holds no image');
  return { littleEndian, directories };
}

interface File {
  path: string;
  source: FileSource;
  littleEndian: boolean;
  format: typeof CLASSIC;
}

function readEntries(file: File, at: number): { entries: Map<number, Entry>; next: number } {
  const { littleEndian, format } = file;
  const head = bytesAt(file, at, format.count);
  const count = format === BIG ? Number(head.getBigUint64(0, littleEndian)) : head.getUint16(0, littleEndian);
  const body = bytesAt(file, at + format.count, count * format.entry + format.inline);
  const entries = new Map<number, Entry>();
  for (let i = 0; i < count; i++) {
    const place = i * format.entry;
    const tag = body.getUint16(place, littleEndian);
    const type = body.getUint16(place + 2, littleEndian);
    const values = sizeAt(body, place + 4, file) * (FRACTIONS.includes(type) ? 2 : 1);
    const inline = place + format.entry - format.inline;
    const bytes = values * (TYPES[type]?.bytes ?? 0);
    const isInline = bytes <= format.inline;
    entries.set(tag, {
      type,
      count: values,
      at: isInline ? at + format.count + inline : sizeAt(body, inline, file),
    });
  }
  return { entries, next: sizeAt(body, count * format.entry, file) };
}

function directoryOf(file: File, entries: ReadonlyMap<number, Entry>): TiffDirectory {
  const numbers = (tag: number): NumericArray | undefined => {
    const entry = entries.get(tag);
    return entry === undefined ? undefined : valuesOf(file, entry);
  };
  return {
    has: (tag) => entries.has(tag),
    numbers,
    number: (tag) => numbers(tag)?.[0],
    text: (tag) => {
      const values = numbers(tag);
      return values === undefined ? undefined : Buffer.from(values).toString('utf8').replace(/\0.*$/s, '');
    },
  };
}

/** Values of a type that is not known are none. */
function valuesOf(file: File, { type, count, at }: Entry): NumericArray | undefined {
  const kind = TYPES[type];
  if (kind === undefined) return undefined;
  const view = bytesAt(file, at, count * kind.bytes);
  const values = kind.array(count);
  for (let i = 0; i < count; i++) values[i] = kind.get(view, i * kind.bytes, file.littleEndian);
  return values;
}

function bytesAt({ path, source }: File, at: number, length: number): DataView {
  if (!(at + length <= source.fileSize)) throw truncated(path, source.fileSize);
  return viewOf(source.read(at, length));
}

/** A count or a place in the file: 32 bits, or 64 in BigTIFF. */
function sizeAt(
  view: DataView,
  at: number,
  { format, littleEndian }: Pick<File, 'format' | 'littleEndian'>,
): number {
  return format.inline === 8 ? Number(view.getBigUint64(at, littleEndian)) : view.getUint32(at, littleEndian);
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
