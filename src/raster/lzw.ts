/**
 * TIFF's LZW (TIFF 6.0, section 13): most significant bit first, 9 to 12 bits, widths change one code early.
 * A string of the table is a stretch of the output already written, so nothing is chained or reversed: several times
 * faster than a linked dictionary. All 4096 codes are usable, for writers that fill the table before they clear it.
 */

const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
const TABLE_SIZE = 4096;

/**
 * Decodes into at most `size` bytes; shorter when the data end earlier.
 * @throws {Error} when a code points past the table: the data are damaged or not LZW
 */
export function decodeLzw(data: Uint8Array, size: number): Uint8Array {
  if (isOldStyle(data)) throw new Error('LZW in the old, least-significant-bit-first order is not supported');
  const output = new Uint8Array(size);
  const starts = new Uint32Array(TABLE_SIZE);
  const lengths = new Uint32Array(TABLE_SIZE);
  let written = 0;
  let width = 9;
  let next = FIRST_FREE;
  let previousStart = 0;
  let previousLength = 0;
  let buffered = 0;
  let bufferedBits = 0;
  let position = 0;

  while (written < size) {
    while (bufferedBits < width && position < data.length) {
      buffered = ((buffered << 8) | data[position++]!) & 0xffffff;
      bufferedBits += 8;
    }
    if (bufferedBits < width) break;
    bufferedBits -= width;
    const code = (buffered >>> bufferedBits) & ((1 << width) - 1);
    if (code === END) break;
    if (code === CLEAR) {
      width = 9;
      next = FIRST_FREE;
      previousLength = 0;
      continue;
    }

    if (previousLength > 0 && next < TABLE_SIZE) {
      starts[next] = previousStart;
      lengths[next] = previousLength + 1;
      next++;
      if (next >= (1 << width) - 1 && width < 12) width++;
    }
    const start = written;
    if (code < CLEAR) {
      output[written++] = code;
      previousLength = 1;
    } else {
      if (code >= next) throw new Error(`LZW code ${code} is not in a table of ${next}`);
      const from = starts[code]!;
      previousLength = lengths[code]!;
      const end = Math.min(written + previousLength, size);
      for (let i = from; written < end; i++) output[written++] = output[i]!;
    }
    previousStart = start;
  }
  return written === size ? output : output.subarray(0, written);
}

/** Files of the 1980s: their first code, a clear, reads as 0 and then an odd byte. */
function isOldStyle(data: Uint8Array): boolean {
  return data[0] === 0 && ((data[1] ?? 0) & 1) === 1;
}
