import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FileSource } from '../../src/raster/file-source.js';
import { parseGeoTiff } from '../../src/raster/geotiff-library.js';
import { decodeLzw } from '../../src/raster/lzw.js';
import { encodeLzw } from './encode-lzw.js';
import { writeTiff } from './write-tiff.js';

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
      (runs, clearAt) => {
        const data = Buffer.concat(
          runs.flatMap(([bytes, times]) => Array.from({ length: times }, () => bytes)),
        );
        expect(Buffer.from(decodeLzw(encodeLzw(data, clearAt), data.length)).equals(data)).toBe(true);
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

test('a code beyond the table, and the old bit order, are refused', () => {
  expect(() => decodeLzw(Uint8Array.from([0x80, 0x3f, 0xff, 0xff]), 100)).toThrow(/not in a table/);
  expect(() => decodeLzw(Uint8Array.from([0x00, 0x01, 0xff]), 100)).toThrow(/old/);
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
    const tiff = await parseGeoTiff(source);
    const directory = (await tiff.getImage()).getFileDirectory();
    const offsets = (await directory.loadValue('StripOffsets')) as ArrayLike<number>;
    const counts = (await directory.loadValue('StripByteCounts')) as ArrayLike<number>;
    for (const i of [0, Math.floor(offsets.length / 2), offsets.length - 1]) {
      const data = await source.fetch([{ offset: offsets[i]!, length: counts[i]! }]);
      const expected = Buffer.from(library.decodeBlock(data[0] as ArrayBuffer));
      const found = Buffer.from(decodeLzw(new Uint8Array(data[0] as ArrayBuffer), expected.length + 1));
      expect(found.equals(expected), `${path} strip ${i}`).toBe(true);
    }
    await source.close();
  }
});
