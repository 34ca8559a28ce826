/**
 * Predictors undone in place (TIFF 6.0, section 14; Adobe's TIFF Technical Note 3 for floats). A block is `rows` rows of
 * `width` pixels of `stride` samples each.
 */
export interface BlockShape {
  width: number;
  rows: number;
  /** Samples of a pixel that lie side by side. */
  stride: number;
  bytesPerSample: number;
}

/** Codes of the predictor tag. Horizontal differences of up to 32 bits are summed as samples are put in their place. */
export const HORIZONTAL = 2;
export const FLOATING_POINT = 3;

/** Differences to the pixel before become values, of 64 bits in this machine's order. */
export function undoHorizontalWide(bytes: Uint8Array, { width, rows, stride }: BlockShape): void {
  const length = width * stride * 2;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, rows * length);
  for (let row = 0; row < rows; row++) sumWide(words, row * length, length, stride * 2);
}

/** Integers of 64 bits as their low and their high half. */
function sumWide(words: Uint32Array, from: number, length: number, stride: number): void {
  const end = from + length;
  for (let i = from + stride; i < end; i += 2) {
    const low = words[i]! + words[i - stride]!;
    words[i] = low;
    words[i + 1] = words[i + 1]! + words[i + 1 - stride]! + (low > 0xffffffff ? 1 : 0);
  }
}

/**
 * Each row holds the highest bytes of all samples, then the next ones, as differences byte by byte. The values come out
 * in this machine's order (little-endian), whatever the file's.
 */
export function undoFloatingPoint(bytes: Uint8Array, shape: BlockShape): void {
  const { width, rows, stride, bytesPerSample } = shape;
  const length = width * stride;
  const row = new Uint8Array(length * bytesPerSample);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, (rows * row.length) / 4);
  for (let y = 0; y < rows; y++) {
    row.set(bytes.subarray(y * row.length, (y + 1) * row.length));
    sumBytes(row, stride);
    const at = (y * row.length) / 4;
    if (bytesPerSample === 4) joinBytes(row, 0, length, words, at, 1);
    else {
      joinBytes(row, 0, length, words, at + 1, 2);
      joinBytes(row, 4 * length, length, words, at, 2);
    }
  }
}

function sumBytes(row: Uint8Array, stride: number): void {
  if (stride > 1) {
    for (let i = stride; i < row.length; i++) row[i] = row[i]! + row[i - stride]!;
    return;
  }
  let sum = 0;
  for (let i = 0; i < row.length; i++) {
    sum = (sum + row[i]!) & 0xff;
    row[i] = sum;
  }
}

/** Four bytes that lie `length` apart, the highest first, become a word; words are put down `step` apart. */
function joinBytes(
  row: Uint8Array,
  from: number,
  length: number,
  words: Uint32Array,
  to: number,
  step: number,
): void {
  const [second, third, fourth] = [from + length, from + 2 * length, from + 3 * length];
  for (let i = 0, at = to; i < length; i++, at += step) {
    words[at] = (row[from + i]! << 24) | (row[second + i]! << 16) | (row[third + i]! << 8) | row[fourth + i]!;
  }
}
