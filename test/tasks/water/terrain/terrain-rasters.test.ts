import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openRaster } from '../../../../src/raster/raster.js';
import { writeLandforms } from '../../../../src/tasks/water/terrain/landform-raster.js';
import terrain from '../../../../src/tasks/water/terrain/terrain.js';
import { prepareTask, type Row } from '../in-process.js';
import { METRES, makeFolder, pixelRectangle, writeRaster } from '../made-rasters.js';

const GRID = { ...METRES, width: 200, height: 160, affine: { ...METRES.affine, stepX: 30, stepY: -30 } };
const elevationAt = (column: number, row: number) =>
  column === 5 && row === 5
    ? -9999
    : column < 100
      ? 40 + 0.01 * row
      : 40 + 4 * (column - 100) + 60 * Math.sin(row / 9);
const plain: Row = { uid: 'plain', geometry: pixelRectangle(GRID, 10, 10, 80, 150) };
const hills: Row = { uid: 'hills', geometry: pixelRectangle(GRID, 120, 10, 195, 150) };

let dem: string;
let folder: string;
beforeAll(async () => {
  folder = await makeFolder();
  dem = await writeRaster(join(folder, 'dem.tif'), GRID, [elevationAt], { nodata: -9999 });
});

describe('terrain from an elevation model', () => {
  test('a plain is mostly plains, hills are not, and shares add up to 100', async () => {
    const task = await prepareTask(terrain, { dem });
    const flat = await task.run(plain);
    const rough = await task.run(hills);
    expect(flat).toMatchObject({ terrain_cluster: 1, terrain_description: 'Mostly Plains' });
    expect(rough.terrain_cluster).not.toBe(1);
    for (const result of [flat, rough]) {
      const shares = ['plain_area', 'slopy_area', 'ridge_area', 'valley_area', 'hill_slope'] as const;
      expect(shares.reduce((sum, name) => sum + (result[name] as number), 0)).toBeCloseTo(100, 9);
    }
  });

  test('a landform raster that is given goes before the elevation model', async () => {
    const landforms = await writeRaster(join(folder, 'landforms.tif'), GRID, [() => 8], {
      sampleType: 'uint8',
      nodata: 0,
    });
    const task = await prepareTask(terrain, { dem, landforms });
    expect(await task.run(plain)).toMatchObject({ hill_slope: 100, plain_area: 0 });
  });

  test('its raster lies on the model’s grid, is nodata where the model is, and GDAL reads it', async () => {
    const path = join(folder, 'made.tif');
    await writeLandforms(dem, path, [0, 0, 1, 1]);
    const raster = await openRaster(path);
    const classes = await raster.readWindow({ column: 0, row: 0, width: GRID.width, height: GRID.height });
    expect(raster).toMatchObject({ width: GRID.width, height: GRID.height, nodata: 0, affine: GRID.affine });
    expect(classes[5 * GRID.width + 5]).toBe(0);
    expect([...new Set(classes)].every((value) => value >= 0 && value <= 11)).toBe(true);
    await raster.close();
    const info = execFileSync('gdalinfo', ['-json', path], { encoding: 'utf8' });
    expect(JSON.parse(info)).toMatchObject({
      size: [GRID.width, GRID.height],
      bands: [{ type: 'Byte', noDataValue: 0 }],
    });
  });

  test('without either it says what to give', async () => {
    await expect((await prepareTask(terrain)).run(plain)).rejects.toMatchObject({ code: 'DATA_MISSING' });
  });
});
