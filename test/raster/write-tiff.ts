/** A tiny GeoTIFF writer for tests: one band or several, strips or tiles, none, deflate or LZW, any sample type. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { encodeLzw } from './encode-lzw.js';

export type SampleKind = 'uint8' | 'uint16' | 'int16' | 'int32' | 'float32' | 'float64';

export interface TiffSpec {
  width: number;
  height: number;
  /** Value of a pixel; asked block by block, so a raster larger than memory can be written. */
  value(column: number, row: number, band: number): number;
  kind?: SampleKind;
  bands?: number;
  /** Side of square tiles; absent = strips of `rowsPerStrip`. */
  tile?: number;
  rowsPerStrip?: number;
  compression?: 'none' | 'deflate' | 'lzw' | 'lzw-old';
  bigEndian?: boolean;
  planar?: boolean;
  /** Text of the nodata tag. */
  nodata?: string;
  /** GeoKeys by number; values up to 65535, doubles in `doubleKeys`. */
  keys?: Record<number, number>;
  doubleKeys?: Record<number, number>;
  /** [x of the left edge, y of the upper edge, pixel width, pixel height (downwards)] */
  place?: [number, number, number, number];
  /** 16 numbers; instead of `place`. */
  transformation?: number[];
}

export const UTM43N = { 1024: 1, 1025: 1, 3072: 32643 };
export const DEGREES = { 1024: 2, 1025: 1, 2048: 4326 };

const BYTES = { uint8: 1, uint16: 2, int16: 2, int32: 4, float32: 4, float64: 8 };
const FORMAT = { uint8: 1, uint16: 1, int16: 2, int32: 2, float32: 3, float64: 3 };
const COMPRESSION = { none: 1, lzw: 5, 'lzw-old': 5, deflate: 8 };

export function writeTiff(path: string, spec: TiffSpec): string {
  const { kind = 'uint8', bands = 1, bigEndian = false, planar = false } = spec;
  const blockWidth = spec.tile ?? spec.width;
  const blockHeight = spec.tile ?? spec.rowsPerStrip ?? spec.height;
  const file = openSync(path, 'w');
  let position = 8;
  const offsets: number[] = [];
  const counts: number[] = [];
  for (let plane = 0; plane < (planar ? bands : 1); plane++) {
    for (let top = 0; top < spec.height; top += blockHeight) {
      for (let left = 0; left < spec.width; left += blockWidth) {
        const rows = spec.tile === undefined ? Math.min(blockHeight, spec.height - top) : blockHeight;
        const raw = block(spec, { left, top, width: blockWidth, height: rows, plane });
        const data = compress(raw, spec.compression ?? 'none');
        writeSync(file, data, 0, data.length, position);
        offsets.push(position);
        counts.push(data.length);
        position += data.length + (data.length % 2);
      }
    }
  }

  const entries: [tag: number, type: 2 | 3 | 4 | 12, values: number[] | string][] = [
    [256, 4, [spec.width]],
    [257, 4, [spec.height]],
    [258, 3, Array(bands).fill(BYTES[kind] * 8)],
    [259, 3, [COMPRESSION[spec.compression ?? 'none']]],
    [262, 3, [1]],
    [277, 3, [bands]],
    [284, 3, [planar ? 2 : 1]],
    [339, 3, Array(bands).fill(FORMAT[kind])],
    ...(spec.tile === undefined
      ? ([
          [273, 4, offsets],
          [278, 4, [blockHeight]],
          [279, 4, counts],
        ] as [number, 4, number[]][])
      : ([
          [322, 4, [blockWidth]],
          [323, 4, [blockHeight]],
          [324, 4, offsets],
          [325, 4, counts],
        ] as [number, 4, number[]][])),
  ];
  if (spec.place !== undefined) {
    const [x, y, width, height] = spec.place;
    entries.push([33550, 12, [width, height, 0]], [33922, 12, [0, 0, 0, x, y, 0]]);
  }
  if (spec.transformation !== undefined) entries.push([34264, 12, spec.transformation]);
  if (spec.keys !== undefined) entries.push(...geoKeys(spec.keys, spec.doubleKeys ?? {}));
  if (spec.nodata !== undefined) entries.push([42113, 2, `${spec.nodata}\0`]);

  const directory = encodeDirectory(
    entries.sort((a, b) => a[0] - b[0]),
    position,
    bigEndian,
  );
  writeSync(file, directory, 0, directory.length, position);
  const header = Buffer.alloc(8);
  header.write(bigEndian ? 'MM' : 'II', 0, 'latin1');
  const view = new DataView(header.buffer, header.byteOffset, 8);
  view.setUint16(2, 42, !bigEndian);
  view.setUint32(4, position, !bigEndian);
  writeSync(file, header, 0, 8, 0);
  closeSync(file);
  return path;
}

function block(
  spec: TiffSpec,
  at: { left: number; top: number; width: number; height: number; plane: number },
): Buffer {
  const { kind = 'uint8', bands = 1, bigEndian = false, planar = false } = spec;
  const size = BYTES[kind];
  const samples = planar ? 1 : bands;
  const raw = Buffer.alloc(at.width * at.height * samples * size);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  const write = {
    uint8: (offset: number, value: number) => view.setUint8(offset, value),
    uint16: (offset: number, value: number) => view.setUint16(offset, value, !bigEndian),
    int16: (offset: number, value: number) => view.setInt16(offset, value, !bigEndian),
    int32: (offset: number, value: number) => view.setInt32(offset, value, !bigEndian),
    float32: (offset: number, value: number) => view.setFloat32(offset, value, !bigEndian),
    float64: (offset: number, value: number) => view.setFloat64(offset, value, !bigEndian),
  }[kind];
  for (let row = 0; row < at.height && at.top + row < spec.height; row++) {
    for (let column = 0; column < at.width && at.left + column < spec.width; column++) {
      for (let sample = 0; sample < samples; sample++) {
        const value = spec.value(at.left + column, at.top + row, planar ? at.plane : sample);
        write(((row * at.width + column) * samples + sample) * size, value);
      }
    }
  }
  return raw;
}

function compress(raw: Buffer, compression: NonNullable<TiffSpec['compression']>): Uint8Array {
  if (compression === 'deflate') return deflateSync(raw, { level: 6 });
  if (compression === 'none') return raw;
  return compression === 'lzw' ? encodeLzw(raw) : encodeLzw(raw, 4094, 'old');
}

function geoKeys(
  keys: Record<number, number>,
  doubles: Record<number, number>,
): [number, 3 | 12, number[]][] {
  const ids = [...Object.keys(keys), ...Object.keys(doubles)].map(Number).sort((a, b) => a - b);
  const values: number[] = [];
  const directory = ids.flatMap((id) => {
    if (id in keys) return [id, 0, 1, keys[id]!];
    values.push(doubles[id]!);
    return [id, 34736, 1, values.length - 1];
  });
  const entries: [number, 3 | 12, number[]][] = [[34735, 3, [1, 1, 0, ids.length, ...directory]]];
  if (values.length > 0) entries.push([34736, 12, values]);
  return entries;
}

function encodeDirectory(
  entries: [number, 2 | 3 | 4 | 12, number[] | string][],
  at: number,
  bigEndian: boolean,
): Buffer {
  const sizes = { 2: 1, 3: 2, 4: 4, 12: 8 };
  const head = Buffer.alloc(2 + entries.length * 12 + 4);
  const tail: Buffer[] = [];
  let tailAt = at + head.length;
  const u16 = (buffer: Buffer, value: number, offset: number) =>
    bigEndian ? buffer.writeUInt16BE(value, offset) : buffer.writeUInt16LE(value, offset);
  const u32 = (buffer: Buffer, value: number, offset: number) =>
    bigEndian ? buffer.writeUInt32BE(value, offset) : buffer.writeUInt32LE(value, offset);
  u16(head, entries.length, 0);
  entries.forEach(([tag, type, values], i) => {
    const data = Buffer.alloc(Math.max(4, values.length * sizes[type]));
    if (typeof values === 'string') data.write(values, 'latin1');
    else {
      values.forEach((value, k) => {
        if (type === 3) u16(data, value, k * 2);
        else if (type === 4) u32(data, value, k * 4);
        else if (bigEndian) data.writeDoubleBE(value, k * 8);
        else data.writeDoubleLE(value, k * 8);
      });
    }
    const offset = 2 + i * 12;
    u16(head, tag, offset);
    u16(head, type, offset + 2);
    u32(head, values.length, offset + 4);
    if (values.length * sizes[type] <= 4) data.copy(head, offset + 8, 0, 4);
    else {
      u32(head, tailAt, offset + 8);
      tail.push(data);
      tailAt += data.length;
    }
  });
  return Buffer.concat([head, ...tail]);
}
