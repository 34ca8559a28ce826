import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import zonal from '../../../src/tasks/raster/zonal.js';
import { UTM43N, writeTiff } from '../../raster/write-tiff.js';
import { failureOf, prepareTask } from './run-task.js';

const folder = mkdtempSync(join(tmpdir(), 'zonal-task-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** 30 m pixels from 700,000 E, 2,700,000 N; band 1 is the column, band 2 a class. */
const file = writeTiff(join(folder, 'land.tif'), {
  width: 100,
  height: 80,
  tile: 32,
  kind: 'int16',
  bands: 2,
  nodata: '-1',
  keys: UTM43N,
  place: [700_000, 2_700_000, 30, 30],
  value: (column, row, band) => (band === 0 ? column : row < 40 ? 4 : 7),
});

const crs = { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::32643' } };

/** In metres of the raster's own system, by pixels. */
function box(left: number, top: number, right: number, bottom: number): Record<string, unknown> {
  const x = (column: number) => 700_000 + column * 30;
  const y = (row: number) => 2_700_000 - row * 30;
  const ring = [
    [x(left), y(top)],
    [x(right), y(top)],
    [x(right), y(bottom)],
    [x(left), y(bottom)],
    [x(left), y(top)],
  ];
  return { type: 'Polygon', coordinates: [ring], crs };
}

const prepare = (options: Record<string, unknown> = {}) => prepareTask(zonal, options, { raster: [file] });

describe('a zone', () => {
  test('in another system than degrees, named in its crs member, is measured in its place', async () => {
    const { run } = await prepare();
    const found = await run({ geometry: box(10, 10, 20.5, 14) });
    expect(found).toMatchObject({ n: 44, min: 10, max: 20, beyond_edge: false, self_crossing: false });
    expect(found.coverage).toBeCloseTo(42, 6);
    expect(found.area_m2).toBeCloseTo(42 * 900, 3);
    expect(Number(found.polygon_area_m2) / (42 * 900)).toBeCloseTo(1, 2);
  });

  test('of classes has the pixels and the area of each', async () => {
    const { run } = await prepare({ classes: 'true', band: '2', rule: 'centre' });
    const { n, classes } = await run({ geometry: box(10, 38, 20, 43) });
    expect(n).toBe(50);
    expect(JSON.parse(String(classes))).toEqual({
      4: { pixels: 20, coverage: 20, area_m2: expect.closeTo(18_000, 6) },
      7: { pixels: 30, coverage: 30, area_m2: expect.closeTo(27_000, 6) },
    });
  });

  test('has values in the measure that scale and offset make of the samples', async () => {
    const { run } = await prepare({ scale: '0.1', offset: '5' });
    expect(await run({ geometry: box(10, 10, 20, 14) })).toMatchObject({
      min: 6,
      max: expect.closeTo(6.9, 9),
    });
  });

  test('across the edge says so, and one whose rings cross too', async () => {
    const { run } = await prepare();
    expect(await run({ geometry: box(-5, 10, 5, 14) })).toMatchObject({ n: 20, beyond_edge: true });
    const crossing = box(10, 10, 20, 20) as { coordinates: number[][][] };
    const [a, b, c, d] = crossing.coordinates[0]!;
    expect(await run({ geometry: { ...crossing, coordinates: [[a, c, b, d, a]] } })).toMatchObject({
      self_crossing: true,
      coverage: expect.closeTo(50, 4),
    });
  });

  test('outside the raster fails for its geometry and names the raster', async () => {
    const { run } = await prepare();
    expect(await failureOf(run({ geometry: box(200, 10, 210, 14) }))).toMatchObject({
      code: 'ZONE_OUTSIDE_RASTER',
      field: 'geometry',
      message: expect.stringContaining('land.tif'),
    });
  });

  test('in metres that no crs member explains fails, saying what was found', async () => {
    const { run } = await prepare();
    const { crs: _, ...plain } = box(10, 10, 20, 14);
    expect(await failureOf(run({ geometry: plain }))).toMatchObject({
      code: 'GEOMETRY_INVALID',
      field: 'geometry',
      message: expect.stringContaining('not in degrees'),
    });
  });
});

test('rows without a polygon are refused before they run', () => {
  for (const geometry of [undefined, null, { type: 'Point', coordinates: [72, 24] }]) {
    const parsed = zonal.input.safeParse({ geometry });
    expect(parsed.success).toBe(false);
    expect(parsed.error!.issues[0]!.message).toContain('expected a Polygon or MultiPolygon');
  }
});

describe('a batch is refused', () => {
  test('without a raster, or with several', async () => {
    for (const files of [[], [file, file]]) {
      expect(await failureOf(prepareTask(zonal, {}, { raster: files }))).toMatchObject({
        code: 'DATA_MISSING',
      });
    }
  });

  test('for a band that the raster does not have', async () => {
    expect(await failureOf(prepare({ band: 3 }))).toMatchObject({ code: 'RASTER_BAND_MISSING' });
  });

  test('for a raster without a coordinate system', async () => {
    const nowhere = writeTiff(join(folder, 'nowhere.tif'), {
      width: 4,
      height: 4,
      place: [0, 0, 1, 1],
      value: () => 1,
    });
    expect(await failureOf(prepareTask(zonal, {}, { raster: [nowhere] }))).toMatchObject({
      code: 'RASTER_NO_CRS',
    });
  });
});
