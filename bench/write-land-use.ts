/** Writes one yearly land-use raster of any size, tile by tile: 256 x 256, deflate, uint8 classes 0 to 12, UTM. */
import { open } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';

const TILE = 256;

export interface LandUse {
  /** Pixels a side. */
  size: number;
  year: number;
  origin: { x: number; y: number };
  pixelM: number;
  epsg: number;
}

export async function writeLandUse(file: string, land: LandUse): Promise<void> {
  const across = Math.ceil(land.size / TILE);
  const handle = await open(file, 'w');
  try {
    let offset = 8;
    const offsets: number[] = [];
    const counts: number[] = [];
    for (let tile = 0; tile < across * across; tile++) {
      const bytes = deflateSync(tileOf(land, (tile % across) * TILE, Math.floor(tile / across) * TILE), {
        level: 6,
      });
      await handle.write(bytes, 0, bytes.length, offset);
      offsets.push(offset);
      counts.push(bytes.length);
      offset += bytes.length;
    }
    offset += offset % 2;
    await writeDirectory(handle, land, { offset, offsets, counts });
  } finally {
    await handle.close();
  }
}

/** Fields, villages and scrub in patches; tanks of about 120 m every 1.3 km, some of them dry in some years. */
function tileOf({ size, year }: LandUse, column: number, row: number): Uint8Array {
  const pixels = new Uint8Array(TILE * TILE);
  for (let y = 0; y < TILE; y++) {
    for (let x = 0; x < TILE; x++) {
      const [east, south] = [column + x, row + y];
      if (east >= size || south >= size) continue;
      const [cellX, cellY] = [Math.floor(east / 130), Math.floor(south / 130)];
      const hash = mix(cellX * 7919 + cellY * 104_729);
      const [dx, dy] = [(east % 130) - 30 - (hash % 70), (south % 130) - 30 - ((hash >> 8) % 70)];
      const radius = 4 + ((hash >> 16) % 9);
      const isTank = hash % 3 !== 0 && dx * dx + dy * dy < radius * radius;
      const isWet = (mix(hash + year) & 3) !== 0;
      const patch = mix(Math.floor(east / 6) * 31 + Math.floor(south / 5) * 1009 + year);
      pixels[y * TILE + x] = isTank && isWet ? 2 + ((hash >> 4) % 3) : 5 + (patch % 8);
    }
  }
  return pixels;
}

function mix(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  bits = Math.imul(bits ^ (bits >>> 16), 0x45d9f3b);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** TIFF 6.0 with the GeoTIFF 1.0 keys of a projected, pixel-is-area raster. */
async function writeDirectory(
  handle: Awaited<ReturnType<typeof open>>,
  { size, origin, pixelM, epsg }: LandUse,
  { offset, offsets, counts }: { offset: number; offsets: number[]; counts: number[] },
): Promise<void> {
  const [SHORT, LONG, DOUBLE] = [3, 4, 12] as const;
  const geoKeys = [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, epsg];
  const entries: [tag: number, type: 3 | 4 | 12, values: number[]][] = [
    [256, LONG, [size]],
    [257, LONG, [size]],
    [258, SHORT, [8]],
    [259, SHORT, [8]],
    [262, SHORT, [1]],
    [277, SHORT, [1]],
    [322, LONG, [TILE]],
    [323, LONG, [TILE]],
    [324, LONG, offsets],
    [325, LONG, counts],
    [339, SHORT, [1]],
    [33550, DOUBLE, [pixelM, pixelM, 0]],
    [33922, DOUBLE, [0, 0, 0, origin.x, origin.y, 0]],
    [34735, SHORT, geoKeys],
  ];
  const bytesOf = { [SHORT]: 2, [LONG]: 4, [DOUBLE]: 8 } as const;
  const directory = Buffer.alloc(2 + entries.length * 12 + 4);
  const extra: Buffer[] = [];
  let extraAt = offset + directory.length;
  directory.writeUInt16LE(entries.length, 0);
  entries.forEach(([tag, type, values], index) => {
    const at = 2 + index * 12;
    const data = Buffer.alloc(values.length * bytesOf[type]);
    values.forEach((value, i) => {
      if (type === SHORT) data.writeUInt16LE(value, i * 2);
      else if (type === LONG) data.writeUInt32LE(value, i * 4);
      else data.writeDoubleLE(value, i * 8);
    });
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(values.length, at + 4);
    if (data.length <= 4) data.copy(directory, at + 8);
    else {
      directory.writeUInt32LE(extraAt, at + 8);
      extra.push(data);
      extraAt += data.length;
    }
  });
  await handle.write(Buffer.concat([directory, ...extra]), 0, undefined, offset);
  const header = Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0]);
  header.writeUInt32LE(offset, 4);
  await handle.write(header, 0, 8, 0);
}
