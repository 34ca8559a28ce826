/** Files with wrong bytes in them are read, or refused with the file named; nothing else happens. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InputError } from '../../src/core/error.js';
import { openRasterUnplaced } from '../../src/raster/raster.js';
import { lacksGdal } from '../helpers/gdal.js';
import { UTM43N, writeTiff } from './write-tiff.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-damaged-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What opening and reading the first tiles ends in. */
async function outcome(path: string): Promise<'read' | InputError> {
  try {
    const raster = await openRasterUnplaced(path);
    try {
      await raster.readTile(0, 0);
      await raster.readTile(Math.ceil(raster.width / raster.tileWidth) - 1, 0, raster.bands - 1);
    } finally {
      await raster.close();
    }
    return 'read';
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

test('any byte may be wrong, in any kind of file', async () => {
  const kinds = (['none', 'deflate', 'lzw'] as const).flatMap((compression) =>
    [true, false].map((bigEndian) =>
      readFileSync(
        writeTiff(join(folder, `${compression}-${bigEndian}.tif`), {
          width: 40,
          height: 30,
          bands: 2,
          tile: 16,
          kind: 'int16',
          nodata: '-1',
          keys: UTM43N,
          place: [500_000, 2_600_000, 10, 10],
          ...{ compression, bigEndian },
          value: (column, row) => column * row,
        }),
      ),
    ),
  );
  const path = join(folder, 'damaged.tif');
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...kinds),
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 255 })), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.boolean(),
      async (whole, changes, inDirectory) => {
        const bytes = Buffer.from(whole);
        // The directory and the header are where one byte matters most.
        const directory = bytes.length - 600;
        for (const [share, value] of changes) {
          const at = inDirectory
            ? directory + Math.floor(share * 599)
            : Math.floor(share * (bytes.length - 1));
          bytes[at] = value;
        }
        writeFileSync(path, bytes);
        const found = await outcome(path);
        if (found !== 'read') expect(found.message).toContain(path);
      },
    ),
    { numRuns: 200 },
  );
}, 600_000);

test('a chain of directories that leads back to its beginning ends', async () => {
  const path = writeTiff(join(folder, 'ring.tif'), {
    width: 8,
    height: 8,
    keys: UTM43N,
    place: [500_000, 2_600_000, 10, 10],
    value: () => 1,
  });
  const bytes = readFileSync(path);
  const first = bytes.readUInt32LE(4);
  bytes.writeUInt32LE(first, first + 2 + 12 * bytes.readUInt16LE(first));
  writeFileSync(path, bytes);
  expect(await outcome(path)).toBe('read');
});

test.skipIf(lacksGdal)('a block that lies beyond the first four gigabytes is found', async () => {
  const small = writeTiff(join(folder, 'small.tif'), {
    width: 32,
    height: 32,
    keys: UTM43N,
    place: [500_000, 2_600_000, 10, 10],
    value: (column, row) => column + row,
  });
  const path = join(folder, 'big.tif');
  execFileSync('gdal_translate', ['-q', '-co', 'BIGTIFF=YES', '-co', 'BLOCKYSIZE=32', small, path]);
  const bytes = readFileSync(path);
  const directory = Number(bytes.readBigUInt64LE(8));
  const entry = [...Array(Number(bytes.readBigUInt64LE(directory))).keys()]
    .map((i) => directory + 8 + 20 * i)
    .find((at) => bytes.readUInt16LE(at) === 273)!;
  const type = bytes.readUInt16LE(entry + 2);
  const from = type === 16 ? Number(bytes.readBigUInt64LE(entry + 12)) : bytes.readUInt32LE(entry + 12);
  const far = 5_000_000_000;
  bytes.writeUInt16LE(16, entry + 2);
  bytes.writeBigUInt64LE(BigInt(far), entry + 12);
  writeFileSync(path, bytes);
  const file = openSync(path, 'r+');
  writeSync(file, bytes, from, 32 * 32, far);
  closeSync(file);
  const raster = await openRasterUnplaced(path);
  expect((await raster.readWindow({ column: 5, row: 7, width: 1, height: 1 }))[0]).toBe(12);
  await raster.close();
});
