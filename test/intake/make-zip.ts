import { writeFile } from 'node:fs/promises';
import { crc32, deflateRawSync } from 'node:zlib';

/** A file to be put into a zip, with the lies that a hostile one may tell about it. */
export interface ZipPart {
  name: string;
  content?: string | Uint8Array;
  /** Compressed bytes as they are, instead of `content`. */
  raw?: Uint8Array;
  /** Uncompressed size that the zip declares. */
  declaredBytes?: number;
  encrypted?: boolean;
}

/** Writes a zip with its parts in the given order. Sizes from 4 GiB use zip64. */
export async function makeZip(
  path: string,
  parts: readonly ZipPart[],
  declaredEntries = parts.length,
): Promise<void> {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const content = Buffer.from(part.content ?? '');
    const data = Buffer.from(part.raw ?? deflateRawSync(content));
    const name = Buffer.from(part.name);
    const size = part.declaredBytes ?? content.length;
    const huge = size >= 0xffffffff;
    const extra = huge ? zip64Extra(size) : Buffer.alloc(0);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(45, 0);
    fields.writeUInt16LE(part.encrypted === true ? 0x801 : 0x800, 2);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(huge ? 0xffffffff : size, 18);
    fields.writeUInt16LE(name.length, 22);
    fields.writeUInt16LE(extra.length, 24);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), fields, name, extra, data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    centrals.push(
      Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([45, 0]), fields, tail, name, extra]),
    );
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(declaredEntries, 4);
  end.writeUInt16LE(declaredEntries, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  await writeFile(path, Buffer.concat([...locals, central, Buffer.from('PK\u0005\u0006'), end]));
}

function zip64Extra(size: number): Buffer {
  const extra = Buffer.alloc(12);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(8, 2);
  extra.writeBigUInt64LE(BigInt(size), 4);
  return extra;
}
