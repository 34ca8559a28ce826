import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Picture, readPreview } from '../../src/raster/preview.js';
import { openRaster, type Raster } from '../../src/raster/raster.js';
import { UTM43N, writeTiff } from './write-tiff.js';

const SIZE = { width: 300, height: 200 };

let folder = '';
let plain = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-preview-'));
  plain = writeTiff(join(folder, 'plain.tif'), {
    ...SIZE,
    kind: 'int16',
    tile: 64,
    nodata: '-1',
    value: (column, row) => (column < 40 && row < 40 ? -1 : column + 300 * (row % 100)),
    keys: UTM43N,
    place: [500_000, 2_600_000, 10, 10],
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The raster's own pixels, `shrink` of them to one of the picture's, moved by `beside` pixels. */
function pictureOf(raster: Raster, shrink: number, beside = 0): Picture {
  return {
    width: raster.width / shrink,
    height: raster.height / shrink,
    toLonLat: (x, y) => raster.grid.toLonLat({ column: x * shrink + beside, row: y * shrink + beside }),
  };
}

test('at the size of the raster the preview is the raster, its nodata nothing', async () => {
  const raster = await openRaster(plain);
  const values = await readPreview(raster, pictureOf(raster, 1));
  await raster.close();
  for (let row = 0; row < SIZE.height; row++) {
    for (let column = 0; column < SIZE.width; column++) {
      const expected = column < 40 && row < 40 ? Number.NaN : column + 300 * (row % 100);
      expect(values[row * SIZE.width + column]).toBe(expected);
    }
  }
});

test('half as large, it has every other pixel', async () => {
  const raster = await openRaster(plain);
  const picture = pictureOf(raster, 2, 0.5);
  const values = await readPreview(raster, picture);
  await raster.close();
  expect(values).toHaveLength(150 * 100);
  expect([values[30 * 150 + 100], values[99 * 150 + 149]]).toEqual([201 + 300 * 61, 299 + 300 * 99]);
});

test('beside the raster there is nothing', async () => {
  const raster = await openRaster(plain);
  const values = await readPreview(raster, pictureOf(raster, 1, 190));
  await raster.close();
  expect(values[5]).toBe(195 + 300 * 90);
  expect([...values.subarray(110, 300)].every(Number.isNaN)).toBe(true);
  expect([...values.subarray(300 * 10)].every(Number.isNaN)).toBe(true);
});

test('a small preview is read from the overview that is just fine enough, at the same places', async () => {
  const cog = join(folder, 'cog.tif');
  execFileSync('gdal_translate', ['-q', plain, cog]);
  execFileSync('gdaladdo', ['-q', '-r', 'nearest', cog, '2', '4']);
  const raster = await openRaster(cog);
  expect(raster.overviews).toHaveLength(2);
  const untouched = { ...raster, readWindow: () => Promise.reject(new Error('the raster itself was read')) };
  const values = await readPreview(untouched, pictureOf(raster, 4));
  await raster.close();
  const [column, row] = [60, 40];
  const found = values[row * 75 + column] ?? Number.NaN;
  expect(Math.abs((found % 300) - 4 * column)).toBeLessThan(4);
  expect(Math.abs(Math.floor(found / 300) - ((4 * row) % 100))).toBeLessThan(4);
});
