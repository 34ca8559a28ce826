/** PackBits (TIFF 6.0, section 9): runs of one byte and stretches of many. */

/** Decodes into at most `size` bytes; shorter when the data end earlier. */
export function decodePackBits(data: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size);
  let written = 0;
  let at = 0;
  while (at + 1 < data.length && written < size) {
    const head = data[at++]!;
    if (head < 128) {
      const stretch = data.subarray(at, Math.min(at + head + 1, at + size - written));
      output.set(stretch, written);
      written += stretch.length;
      at += head + 1;
    } else if (head > 128) {
      const end = Math.min(written + 257 - head, size);
      output.fill(data[at++]!, written, end);
      written = end;
    }
  }
  return output.subarray(0, written);
}
