/**
 * TIFF's LZW (TIFF 6.0, section 13): most significant bit first, 9 to 12 bits, widths change one code early.
 * A string of the table is a stretch of the output already written, so nothing is chained or reversed: several times
 * faster than a linked dictionary. All 4096 codes are usable, for writers that fill the table before they clear it.
 */

const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
const TABLE_SIZE = 4096;

/** Strings of at least so many bytes are copied by the engine's own move, shorter ones byte by byte. */
const LONG_STRING = 24;

/**
 * A decoder with a table of its own, for blocks one after the other. It decodes into at most `size` bytes; fewer when the
 * data end earlier. It throws an Error when a code points past the table: the data are damaged or not LZW.
 */
export function lzwDecoder(): (data: Uint8Array, size: number) => Uint8Array {
  const table = { starts: new Uint32Array(TABLE_SIZE), lengths: new Uint32Array(TABLE_SIZE) };
  return (data, size) =>
    isOldStyle(data) ? decodeOldStyle(data, size, table) : decodeStandard(data, size, table);
}

interface Table {
  /** Where the string of each code begins in the output, and how long it is. */
  starts: Uint32Array;
  lengths: Uint32Array;
}

function decodeStandard(data: Uint8Array, size: number, { starts, lengths }: Table): Uint8Array {
  const output = new Uint8Array(size);
  const last = data.length - 1;
  let written = 0;
  let width = 9;
  let next = FIRST_FREE;
  let previousStart = 0;
  let previousLength = 0;
  let buffered = 0;
  let bufferedBits = 0;
  let position = 0;

  while (written < size) {
    if (bufferedBits < width) {
      if (position < last) {
        buffered = (buffered << 16) | (data[position]! << 8) | data[position + 1]!;
        position += 2;
        bufferedBits += 16;
      } else if (position === last) {
        buffered = (buffered << 8) | data[position++]!;
        bufferedBits += 8;
        if (bufferedBits < width) break;
      } else break;
    }
    bufferedBits -= width;
    const code = (buffered >>> bufferedBits) & ((1 << width) - 1);
    if (code === CLEAR) {
      width = 9;
      next = FIRST_FREE;
      previousLength = 0;
      continue;
    }
    if (code === END) break;

    if (previousLength > 0 && next < TABLE_SIZE) {
      starts[next] = previousStart;
      lengths[next] = previousLength + 1;
      next++;
      if (next >= (1 << width) - 1 && width < 12) width++;
    }
    previousStart = written;
    if (code < CLEAR) {
      output[written++] = code;
      previousLength = 1;
    } else {
      if (code >= next) throw new Error(`LZW code ${code} is not in a table of ${next}`);
      previousLength = lengths[code]!;
      written = copyString(output, starts[code]!, written, Math.min(written + previousLength, size));
    }
  }
  return written === size ? output : output.subarray(0, written);
}

/** A string may end in its own first byte: copied from the left, that byte is there by then. */
function copyString(output: Uint8Array, from: number, to: number, end: number): number {
  if (end - to >= LONG_STRING && from + end - to <= to) {
    output.copyWithin(to, from, from + end - to);
    return end;
  }
  for (let i = from, at = to; at < end; i++, at++) output[at] = output[i]!;
  return end;
}

/** Least significant bit first, and widths change when the table is full: writers of the 1980s, which libtiff reads. */
function decodeOldStyle(data: Uint8Array, size: number, { starts, lengths }: Table): Uint8Array {
  const output = new Uint8Array(size);
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
      buffered |= data[position++]! << bufferedBits;
      bufferedBits += 8;
    }
    if (bufferedBits < width) break;
    const code = buffered & ((1 << width) - 1);
    buffered >>>= width;
    bufferedBits -= width;
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
      if (next >= 1 << width && width < 12) width++;
    }
    previousStart = written;
    if (code >= next) throw new Error(`LZW code ${code} is not in a table of ${next}`);
    if (code < CLEAR) output[written++] = code;
    else written = copyString(output, starts[code]!, written, Math.min(written + lengths[code]!, size));
    previousLength = written - previousStart;
  }
  return written === size ? output : output.subarray(0, written);
}

/** The first code, a clear, then reads as 0 and an odd byte. */
function isOldStyle(data: Uint8Array): boolean {
  return data[0] === 0 && ((data[1] ?? 0) & 1) === 1;
}
