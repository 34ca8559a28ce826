/** Image file directories (TIFF 6.0, section 2; BigTIFF), little-endian: entries in, bytes with their places out. */

export type TiffEntry =
  | { tag: number; type: 'short' | 'long' | 'long8' | 'double'; values: ArrayLike<number> }
  | { tag: number; type: 'ascii'; text: string };

const TYPE_CODES = { ascii: 2, short: 3, long: 4, double: 12, long8: 16 };
const VALUE_BYTES = { ascii: 1, short: 2, long: 4, double: 8, long8: 8 };
const CLASSIC = { header: 8, count: 2, entry: 12, next: 4, inline: 4 };
const BIG = { header: 16, count: 8, entry: 20, next: 8, inline: 8 };

/** Bytes of the file's header, which names the first directory. */
export function headerBytes(big: boolean): number {
  return (big ? BIG : CLASSIC).header;
}

export function encodeHeader(firstDirectory: number, big: boolean): Buffer {
  const header = Buffer.alloc(headerBytes(big));
  header.write('II', 'latin1');
  header.writeUInt16LE(big ? 43 : 42, 2);
  if (big) {
    header.writeUInt16LE(8, 4);
    header.writeBigUInt64LE(BigInt(firstDirectory), 8);
  } else {
    header.writeUInt32LE(firstDirectory, 4);
  }
  return header;
}

/** Bytes that a directory takes with the values that do not fit into its entries; even. Depends on counts only. */
export function directoryBytes(entries: readonly TiffEntry[], big: boolean): number {
  const format = big ? BIG : CLASSIC;
  const fixed = format.count + entries.length * format.entry + format.next;
  return entries.reduce((sum, entry) => {
    const bytes = valueBytes(entry);
    return bytes > format.inline ? sum + even(bytes) : sum;
  }, even(fixed));
}

/**
 * A directory that will stand at byte `at` of the file, its values behind it.
 * @param next where the next directory stands; 0 = there is none
 */
export function encodeDirectory(
  entries: readonly TiffEntry[],
  { at, next, big }: { at: number; next: number; big: boolean },
): Buffer {
  const format = big ? BIG : CLASSIC;
  const directory = Buffer.alloc(directoryBytes(entries, big));
  if (big) directory.writeBigUInt64LE(BigInt(entries.length));
  else directory.writeUInt16LE(entries.length);
  let place = format.count;
  let valuesAt = even(format.count + entries.length * format.entry + format.next);
  for (const entry of [...entries].sort((a, b) => a.tag - b.tag)) {
    directory.writeUInt16LE(entry.tag, place);
    directory.writeUInt16LE(TYPE_CODES[entry.type], place + 2);
    writeSize(directory, valueCount(entry), place + 4, big);
    const inline = place + format.entry - format.inline;
    const bytes = valueBytes(entry);
    if (bytes <= format.inline) {
      writeValues(directory, entry, inline);
    } else {
      writeSize(directory, at + valuesAt, inline, big);
      writeValues(directory, entry, valuesAt);
      valuesAt += even(bytes);
    }
    place += format.entry;
  }
  writeSize(directory, next, place, big);
  return directory;
}

function writeValues(buffer: Buffer, entry: TiffEntry, at: number): void {
  if (entry.type === 'ascii') {
    buffer.write(entry.text, at, 'utf8');
    return;
  }
  const { type, values } = entry;
  for (let i = 0; i < values.length; i++) {
    const place = at + i * VALUE_BYTES[type];
    const value = values[i]!;
    if (type === 'short') buffer.writeUInt16LE(value, place);
    else if (type === 'long') buffer.writeUInt32LE(value, place);
    else if (type === 'double') buffer.writeDoubleLE(value, place);
    else buffer.writeBigUInt64LE(BigInt(value), place);
  }
}

function writeSize(buffer: Buffer, value: number, at: number, big: boolean): void {
  if (big) buffer.writeBigUInt64LE(BigInt(value), at);
  else buffer.writeUInt32LE(value, at);
}

/** Texts end with a NUL, which counts. */
function valueCount(entry: TiffEntry): number {
  return entry.type === 'ascii' ? Buffer.byteLength(entry.text) + 1 : entry.values.length;
}

function valueBytes(entry: TiffEntry): number {
  return valueCount(entry) * VALUE_BYTES[entry.type];
}

function even(bytes: number): number {
  return bytes + (bytes % 2);
}
