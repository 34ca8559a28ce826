import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRaster, type PixelSource, type Window } from '../../src/raster/raster.js';
import { rowWindows } from '../../src/raster/row-windows.js';
import { UTM43N, writeTiff } from './write-tiff.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-rows-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A source of which every sample is 1000 times its row plus its column; `reads` tells what was asked for. */
function source(width: number, height: number, tileHeight: number, reads: Window[] = []): PixelSource {
  const readWindow = async (window: Window) => {
    reads.push(window);
    return Float64Array.from(
      { length: window.width * window.height },
      (_, i) => 1000 * (window.row + Math.floor(i / window.width)) + (i % window.width),
    );
  };
  return {
    ...{ width, height, tileHeight, tileWidth: width, bands: 1, sampleType: 'float64', nodata: undefined },
    isNodata: () => false,
    readWindow,
    readBands: async (window, bands) => await Promise.all(bands.map(() => readWindow(window))),
  };
}

test('windows follow one another from the first row to the last, whole tiles each', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 300 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 100 }),
      async (width, height, tileHeights, rows) => {
        const sources = tileHeights.map((tileHeight) => source(width, height, Math.min(tileHeight, height)));
        let next = 0;
        for await (const { window, samples } of rowWindows(sources, { rows })) {
          expect(window).toMatchObject({ column: 0, row: next, width });
          for (const { tileHeight } of sources)
            expect(next % tileHeight === 0 || tileHeights.length > 1).toBe(true);
          expect(window.height >= rows || next + window.height === height).toBe(true);
          expect(samples).toHaveLength(sources.length);
          for (const each of samples)
            expect(each[each.length - 1]).toBe(1000 * (next + window.height - 1) + width - 1);
          next += window.height;
        }
        expect(next).toBe(height);
      },
    ),
    { numRuns: 60 },
  );
});

test('the next window is being read while one is used, and no further one', async () => {
  const reads: Window[] = [];
  const windows = rowWindows(source(4, 1000, 100, reads));
  await windows.next();
  expect(reads.map(({ row }) => row)).toEqual([0, 100]);
  await windows.next();
  expect(reads.map(({ row }) => row)).toEqual([0, 100, 200]);
  await windows.return();
  expect(reads).toHaveLength(3);
});

test('strips of one row are read by many', async () => {
  const reads: Window[] = [];
  for await (const _ of rowWindows(source(4, 200, 1, reads)));
  expect(reads.length).toBeLessThanOrEqual(4);
});

test('an error of the next window comes when it is asked for, and not before', async () => {
  const path = writeTiff(join(folder, 'damaged.tif'), {
    width: 64,
    height: 192,
    tile: 64,
    compression: 'deflate',
    keys: UTM43N,
    place: [500_000, 2_600_000, 10, 10],
    value: (column, row) => (column * row) % 251,
  });
  const raster = await openRaster(path);
  const real = raster.readBands;
  const failing: PixelSource = {
    ...raster,
    readBands: async (window, bands, options) => {
      if (window.row === 64) throw new Error('the disk is gone');
      return await real(window, bands, options);
    },
  };
  const windows = rowWindows(failing);
  expect((await windows.next()).value?.window.row).toBe(0);
  await expect(windows.next()).rejects.toThrow('the disk is gone');
  await raster.close();
});

test('rasters of other sizes are not read together; none is no window', async () => {
  await expect(rowWindows([source(4, 10, 5), source(4, 11, 5)]).next()).rejects.toMatchObject({
    code: 'RASTERS_NOT_ALIGNED',
  });
  expect((await rowWindows([]).next()).done).toBe(true);
});
