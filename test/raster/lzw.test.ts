import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FileSource } from '../../src/raster/file-source.js';
import { lzwDecoder } from '../../src/raster/lzw.js';
import { openRaster } from '../../src/raster/raster.js';
import { readDirectories } from '../../src/raster/read-directories.js';
import { TAG } from '../../src/raster/tiff-image.js';
import { lacksGdal } from '../helpers/gdal.js';
import { encodeLzw } from './encode-lzw.js';
import { gdalFacts } from './gdal-facts.js';
import { UTM43N, writeTiff } from './write-tiff.js';

const decodeLzw = lzwDecoder();
const root = resolve(import.meta.dirname, '../..');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-lzw-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('any bytes come back from a round trip, however the encoder clears its table', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 60 })), {
        maxLength: 60,
      }),
      fc.constantFrom(512, 2000, 4094, 4095, 4096, Number.POSITIVE_INFINITY),
      fc.constantFrom<'old' | 'new'>('old', 'new'),
      (runs, clearAt, style) => {
        const data = Buffer.concat(
          runs.flatMap(([bytes, times]) => Array.from({ length: times }, () => bytes)),
        );
        expect(Buffer.from(decodeLzw(encodeLzw(data, clearAt, style), data.length)).equals(data)).toBe(true);
      },
    ),
    { numRuns: 150 },
  );
});

test('a table filled to its last code, 4095, is used to the end', () => {
  const noise = Uint8Array.from({ length: 40_000 }, (_, i) => (i * 2_654_435_761) >>> 24);
  for (const clearAt of [4094, 4095, 4096, Number.POSITIVE_INFINITY]) {
    expect(Buffer.from(decodeLzw(encodeLzw(noise, clearAt), noise.length)).equals(Buffer.from(noise))).toBe(
      true,
    );
  }
});

test('data that end early give the bytes there are, and more bytes than asked for are left', () => {
  const data = Uint8Array.from({ length: 100 }, (_, i) => i % 7);
  expect(decodeLzw(encodeLzw(data), 500)).toHaveLength(100);
  expect(Array.from(decodeLzw(encodeLzw(data), 33))).toEqual(Array.from(data.subarray(0, 33)));
  expect(decodeLzw(new Uint8Array(0), 10)).toHaveLength(0);
});

test('a code beyond the table is refused, in both bit orders', () => {
  expect(() => decodeLzw(Uint8Array.from([0x80, 0x3f, 0xff, 0xff]), 100)).toThrow(/not in a table/);
  expect(() => decodeLzw(Uint8Array.from([0x00, 0x01, 0xff]), 100)).toThrow(/not in a table/);
});

test.skipIf(lacksGdal)('files in the old bit order are read as GDAL reads them', async () => {
  const path = writeTiff(join(folder, 'old.tif'), {
    width: 300,
    height: 200,
    rowsPerStrip: 50,
    compression: 'lzw-old',
    keys: UTM43N,
    place: [500_000, 2_600_000, 10, 10],
    value: (column, row) => (column * 7 + row * row * 13 + (column % 5) * (row % 3)) % 251,
  });
  const raster = await openRaster(path);
  const samples = await raster.readWindow({ column: 0, row: 0, width: 300, height: 200 });
  await raster.close();
  expect(createHash('sha256').update(samples).digest('hex')).toBe(gdalFacts([path])[0]!.sha256);
});

test('the library’s own decoder gives the same bytes', async () => {
  const { default: LibraryLzw } = (await import(
    pathToFileURL(join(root, 'node_modules/geotiff/dist-module/compression/lzw.js')).href
  )) as { default: new (parameters: object) => { decodeBlock(data: ArrayBufferLike): ArrayBuffer } };
  const library = new LibraryLzw({});
  const files = ['zion_nlcd.tif', 'mongon_dem.tif', 'colorado_dem_srtmgl3.tif']
    .map((name) => resolve(root, '../shared/data/geo', name))
    .filter((path) => existsSync(path));
  if (files.length === 0)
    console.warn('lzw.test: ../shared/data/geo is absent, real LZW files were not compared');
  files.push(
    writeTiff(join(folder, 'own.tif'), {
      width: 300,
      height: 40,
      compression: 'lzw',
      value: (column, row) => (column * row) % 251,
    }),
  );
  for (const path of files) {
    const source = new FileSource(path);
    const directory = readDirectories(path, source).directories[0]!;
    const offsets = directory.numbers(TAG.stripOffsets)!;
    const counts = directory.numbers(TAG.stripByteCounts)!;
    for (const i of [0, Math.floor(offsets.length / 2), offsets.length - 1]) {
      const data = source.read(offsets[i]!, counts[i]!);
      const expected = Buffer.from(library.decodeBlock(data.buffer));
      const found = Buffer.from(decodeLzw(data, expected.length + 1));
      expect(found.equals(expected), `${path} strip ${i}`).toBe(true);
    }
    source.close();
  }
});
