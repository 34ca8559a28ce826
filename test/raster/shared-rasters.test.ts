/** The real rasters of ../shared/data/geo, against what GDAL says of them. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openRaster, openRasterUnplaced, type PixelRaster } from '../../src/raster/raster.js';
import { rowWindows } from '../../src/raster/row-windows.js';
import { lacksGdal } from '../helpers/gdal.js';
import { gdalFacts } from './gdal-facts.js';

const folder = resolve(import.meta.dirname, '../../../shared/data/geo');
const files = tiffsIn(folder);

function tiffsIn(path: string): string[] {
  try {
    return readdirSync(path)
      .filter((name) => name.endsWith('.tif'))
      .map((name) => resolve(path, name));
  } catch {
    return [];
  }
}

test.skipIf(lacksGdal)(
  'every sample, size, place, nodata value, name and scale is as GDAL says',
  async () => {
    if (files.length === 0)
      return console.warn(`shared-rasters.test: ${folder} is absent, no real raster was read`);
    for (const facts of gdalFacts(files)) {
      const { path, width, height, geotransform } = facts;
      const raster = await openRasterUnplaced(path);
      const name = basename(path);
      expect([raster.width, raster.height], name).toEqual([width, height]);
      expect([raster.tileWidth, raster.tileHeight], name).toEqual(facts.block);
      const { originX, originY, stepX, stepY } = raster.affine;
      const corners = [originX, stepX, originY, stepY];
      [geotransform[0], geotransform[1], geotransform[3], geotransform[5]].forEach((value, i) => {
        expect(corners[i], name).toBeCloseTo(value, 6);
      });
      expectNodata(raster, facts.nodata);
      expect(
        raster.bandNames.map((each) => each ?? ''),
        name,
      ).toEqual(facts.names);
      raster.scaling.forEach((each, i) => {
        const [scale, offset] = facts.scaling[i]!;
        expect([each?.scale ?? 1, each?.offset ?? 0], name).toEqual([scale ?? 1, offset ?? 0]);
      });
      expect(await digest(raster), name).toBe(facts.sha256);
      await raster.close();
    }
  },
);

test.skipIf(lacksGdal)('pixels lie where PROJ puts them', async () => {
  if (files.length === 0)
    return console.warn(`shared-rasters.test: ${folder} is absent, no place was compared`);
  for (const { path, places } of gdalFacts(files)) {
    if (places[0]![2] === null) continue;
    const raster = await openRaster(path);
    await raster.close();
    for (const [column, row, place] of places) {
      const { lon, lat } = raster.grid.toLonLat({ column, row });
      expect(Math.hypot(lon - place![0], lat - place![1]), `${path} at ${column}, ${row}`).toBeLessThan(2e-5);
    }
  }
});

test('the elevation model without a system is read where no place is needed, and refused where one is', async () => {
  const path = files.find((each) => each.endsWith('whitebox_dem_nocrs.tif'));
  if (path === undefined)
    return console.warn(`shared-rasters.test: ${folder} is absent, nothing was refused`);
  await expect(openRaster(path)).rejects.toMatchObject({ code: 'RASTER_NO_CRS' });
  const raster = await openRasterUnplaced(path);
  expect(raster.affine.stepX).toBeCloseTo(89.9835, 3);
  expect(raster.crs).toBeUndefined();
  expect(() => raster.placed()).toThrow(/no coordinate reference system/);
  await raster.close();
});

function expectNodata({ nodata, sampleType, name }: PixelRaster, expected: string | null): void {
  if (expected === null) expect(nodata, name).toBeUndefined();
  else if (expected === 'nan') expect(nodata, name).toBeNaN();
  else if (sampleType === 'float32') expect(Math.fround(nodata!), name).toBe(Math.fround(Number(expected)));
  else expect(nodata, name).toBe(Number(expected));
}

async function digest(raster: PixelRaster): Promise<string> {
  const hash = createHash('sha256');
  for (let band = 0; band < raster.bands; band++) {
    for await (const { samples } of rowWindows(raster, { bands: [band] })) {
      const { buffer, byteOffset, byteLength } = samples[0]!;
      hash.update(Buffer.from(buffer, byteOffset, byteLength));
    }
  }
  return hash.digest('hex');
}
