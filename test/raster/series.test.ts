import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSeries } from '../../src/raster/series.js';
import { DEGREES, type TiffSpec, UTM43N, writeTiff } from './write-tiff.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-series-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
function raster(spec: Partial<TiffSpec> = {}): string {
  return writeTiff(join(folder, `r${files++}.tif`), {
    width: 40,
    height: 30,
    tile: 16,
    value: (column, row) => column + row,
    nodata: '255',
    keys: UTM43N,
    place: [500_000, 2_600_000, 10, 10],
    ...spec,
  });
}

test('rasters whose corners agree to a hundredth of a pixel are one series', async () => {
  const series = await openSeries([raster(), raster({ place: [500_000.05, 2_600_000, 10, 10] })]);
  expect(series.rasters).toHaveLength(2);
  await series.close();
});

test.each<[string, Partial<TiffSpec>, RegExp]>([
  ['size', { width: 41 }, /sizes 40 x 30 and 41 x 30/],
  ['origin', { place: [500_025, 2_599_985, 10, 10] }, /2\.5 columns and 1\.5 rows apart/],
  ['pixel', { place: [500_000, 2_600_000, 10, 10.1] }, /pixels of 10 x -10 and 10 x -10\.1/],
  ['system', { keys: DEGREES, place: [75, 23, 0.0001, 0.0001] }, /EPSG:32643 and EPSG:4326/],
])('rasters that do not align are named, and by how much: %s', async (_, spec, expected) => {
  const [first, other] = [raster(), raster(spec)];
  const error = await openSeries([first, raster(), other], { hint: 'type this' }).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  expect(error).toMatchObject({ code: 'RASTERS_NOT_ALIGNED', details: { files: [first, other] } });
  expect(error?.message).toMatch(expected);
  expect((error as unknown as { hint: string }).hint).toContain('type this');
});

test('or are read on the grid of the first, by the nearest pixel', async () => {
  const first = raster();
  const series = await openSeries([first, raster({ place: [500_014, 2_599_986, 10, 10] })], {
    resample: 'nearest',
  });
  const [one, other] = series.rasters;
  expect(other).toMatchObject({
    width: 40,
    height: 30,
    affine: one!.affine,
    sampleType: 'uint8',
    nodata: 255,
  });
  const samples = await other!.readWindow({ column: 0, row: 0, width: 40, height: 30 });
  expect(samples[0]).toBe(255);
  expect(samples[5 * 40 + 7]).toBe(4 + 6);
  const tile = await other!.readTile(2, 1);
  expect([tile.width, tile.height, tile.samples[0]]).toEqual([8, 14, 16 + 32 - 2]);
  await series.close();
});

test('a missing file closes those before it and is named', async () => {
  await expect(openSeries([raster(), join(folder, 'none.tif')])).rejects.toMatchObject({
    code: 'RASTER_NOT_FOUND',
  });
});
