/**
 * TIFF's LZW for tests. `clearAt` is the table size that makes the encoder clear; 4094 is what libtiff does. In the old
 * style, bits run from the lowest and codes widen when the table is full, one code later.
 */
export function encodeLzw(data: Uint8Array, clearAt = 4094, style: 'old' | 'new' = 'new'): Uint8Array {
  const isOld = style === 'old';
  const output: number[] = [];
  let buffered = 0;
  let bits = 0;
  let width = 9;
  let table = new Map<string, number>();
  let next = 258;
  const widest = (codes: number) => (isOld ? codes > 1 << width : codes >= 1 << width);
  const emit = (code: number) => {
    if (isOld) {
      buffered |= code << bits;
      for (bits += width; bits >= 8; bits -= 8, buffered >>>= 8) output.push(buffered & 0xff);
      return;
    }
    buffered = (buffered << width) | code;
    bits += width;
    while (bits >= 8) {
      bits -= 8;
      output.push((buffered >>> bits) & 0xff);
      buffered &= (1 << bits) - 1;
    }
  };
  const codeOf = (text: string) => (text.length === 1 ? text.charCodeAt(0) : table.get(text)!);
  emit(256);
  let current = '';
  for (const byte of data) {
    const longer = current + String.fromCharCode(byte);
    if (longer.length === 1 || table.has(longer)) {
      current = longer;
      continue;
    }
    emit(codeOf(current));
    if (next < 4096) table.set(longer, next++);
    if (widest(next) && width < 12) width++;
    if (next >= clearAt) {
      emit(256);
      table = new Map();
      next = 258;
      width = 9;
    }
    current = String.fromCharCode(byte);
  }
  if (current !== '') {
    emit(codeOf(current));
    next++;
    if (widest(next) && width < 12) width++;
  }
  emit(257);
  if (bits > 0) output.push(isOld ? buffered : (buffered << (8 - bits)) & 0xff);
  return Uint8Array.from(output);
}
