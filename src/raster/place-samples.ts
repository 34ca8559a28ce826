/** Samples of a block put where they are wanted: bands taken apart, rows into a wider array, in one pass. */
import type { Samples } from './nodata.js';

/** Where the samples of a tile go: its first rows and columns, into larger arrays. */
export interface TileTarget {
  /** One array for each band. */
  samples: readonly Samples[];
  /** Index of the tile's first sample, and from one row to the next. */
  at: number;
  rowLength: number;
  /** Columns of the tile that are wanted. */
  width: number;
}

/** A block that was never written. */
export function fillRows({ samples, at, rowLength, width }: TileTarget, height: number, fill: number): void {
  for (const each of samples) {
    for (let row = 0; row < height; row++)
      each.fill(fill, at + row * rowLength, at + row * rowLength + width);
  }
}

/** The rows of a decoded block. */
export interface BlockRows {
  /** Which of the samples that lie side by side go to which of the target's arrays. */
  picks: readonly number[];
  stride: number;
  height: number;
  perRow: number;
  /** Samples are differences to the pixel before. */
  isDifference: boolean;
}

/** Each picked sample to its array; differences become values on the way (TIFF 6.0, section 14). */
export function placeRows(
  block: Samples,
  { picks, stride, height, perRow, isDifference }: BlockRows,
  target: TileTarget,
): void {
  const { at, rowLength, width } = target;
  const from = byWidth(block);
  for (const [i, pick] of picks.entries()) {
    const into = byWidth(target.samples[i]!);
    for (let row = 0; row < height; row++) {
      const first = row * perRow + pick;
      const to = at + row * rowLength;
      if (isDifference) sumRow(from, first, stride, into, to, width);
      else if (stride === 1) into.set(from.subarray(first, first + width), to);
      else copyRow(from, first, stride, into, to, width);
    }
  }
}

type Words = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** Stores wrap around as the differences did. */
function sumRow(from: Words, first: number, stride: number, into: Words, to: number, width: number): void {
  let sum = 0;
  const end = to + width;
  for (let i = to, k = first; i < end; i++, k += stride) {
    sum = (sum + from[k]!) | 0;
    into[i] = sum;
  }
}

function copyRow(from: Words, first: number, stride: number, into: Words, to: number, width: number): void {
  const end = to + width;
  for (let i = to, k = first; i < end; i++, k += stride) into[i] = from[k]!;
}

/** Few kinds of array keep the loops fast. */
function byWidth(samples: Samples): Words {
  const { buffer, byteOffset, length, BYTES_PER_ELEMENT: bytes } = samples;
  if (bytes === 1) return new Uint8Array(buffer, byteOffset, length);
  if (bytes === 2) return new Uint16Array(buffer, byteOffset, length);
  return bytes === 4 ? new Uint32Array(buffer, byteOffset, length) : (samples as Float64Array);
}
