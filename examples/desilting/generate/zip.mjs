/** A zip again, entry by entry in the same order, with one date and pako's compression: the same bytes each time. */
import yauzl from 'yauzl';
import { deflateRaw } from './deflate.mjs';

export async function withFixedDates(archive, date) {
  const entries = await readEntries(archive);
  const stamp = dosStamp(date);
  const bodies = [];
  const heads = [];
  let offset = 0;
  for (const { name, bytes } of entries) {
    const packed = deflateRaw(bytes);
    const facts = entryFacts(stamp, bytes, packed, Buffer.from(name));
    const local = Buffer.concat([Buffer.from('504b0304', 'hex'), facts, Buffer.from(name), packed]);
    heads.push(centralHead(facts, offset, Buffer.from(name)));
    bodies.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(heads);
  return Buffer.concat([...bodies, central, endRecord(entries.length, central.length, offset)]);
}

async function readEntries(archive) {
  const zip = await new Promise((resolve, reject) => {
    yauzl.fromBuffer(archive, { lazyEntries: true }, (error, opened) =>
      error ? reject(error) : resolve(opened),
    );
  });
  return new Promise((resolve, reject) => {
    const entries = [];
    zip.on('error', reject);
    zip.on('end', () => resolve(entries));
    zip.on('entry', (entry) => {
      zip.openReadStream(entry, async (error, stream) => {
        if (error) return reject(error);
        const chunks = [];
        for await (const chunk of stream) chunks.push(chunk);
        if (!entry.fileName.endsWith('/'))
          entries.push({ name: entry.fileName, bytes: Buffer.concat(chunks) });
        zip.readEntry();
      });
    });
    zip.readEntry();
  });
}

/** The 26 bytes that a local head and a central one share: version, flags (names are UTF-8), method, date, sum, sizes. */
function entryFacts(stamp, bytes, packed, name) {
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0);
  facts.writeUInt16LE(0x0800, 2);
  facts.writeUInt16LE(8, 4);
  facts.writeUInt32LE(stamp, 6);
  facts.writeUInt32LE(crc32(bytes), 10);
  facts.writeUInt32LE(packed.length, 14);
  facts.writeUInt32LE(bytes.length, 18);
  facts.writeUInt16LE(name.length, 22);
  return facts;
}

function centralHead(facts, offset, name) {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([Buffer.from('504b01021400', 'hex'), facts, rest, name]);
}

function endRecord(count, size, offset) {
  const end = Buffer.alloc(22);
  end.write('504b0506', 0, 'hex');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}

function dosStamp(date) {
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  return ((day << 16) | time) >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = CRC_TABLE[(sum ^ byte) & 255] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
