/** Indices of real scenes against reference/indices.json (float64, population std, linear percentiles). */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { usablePixels } from '../../src/geo/cloud-mask.js';
import { type IndexName, spectralIndices } from '../../src/geo/indices.js';
import { computeIndex, type IndexRequest, type IndexStatistics } from '../../src/raster/compute-index.js';
import { openRaster } from '../../src/raster/raster.js';
import { type ZonalRaster, zonalStatisticsOfAll } from '../../src/raster/zonal.js';
import { readPolygonLayer } from '../../src/tasks/water/polygon-layer.js';
import { readTable, sharedGeo } from '../helpers/shared-geo.js';

const geo = sharedGeo('index-reference.test');
const folder = mkdtempSync(join(tmpdir(), 'index-reference-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PERCENTILES = [5, 25, 50, 75, 95];
const TOLERANCE = 1e-6;

type Entry = Record<string, number>;

const tables: Record<string, Record<string, Entry>> = geo === null
  ? {}
  : JSON.parse(readFileSync(geo('reference/indices.json'), 'utf8'));

function expectEqual(found: IndexStatistics, expected: Entry): void {
  expect(found.count).toBe(expected.count);
  for (const name of ['min', 'max', 'mean', 'std'] as const) {
    expect(Math.abs(found[name]! - expected[name]!), name).toBeLessThan(TOLERANCE);
  }
  PERCENTILES.forEach((percent, i) => {
    const value = expected[`p${String(percent).padStart(2, '0')}`]!;
    expect(Math.abs(found.percentiles[i]! - value), `p${percent}`).toBeLessThan(TOLERANCE);
  });
}

const landsat = (more: Partial<IndexRequest> & { index: IndexName }): IndexRequest => ({
  bands: {
    blue: { file: geo!('landsat8_gulf_B2.tif'), band: 0 },
    red: { file: geo!('landsat8_gulf_B4.tif'), band: 0 },
    nir: { file: geo!('landsat8_gulf_B5.tif'), band: 0 },
  },
  scaling: { scale: 2e-5, offset: -0.1 },
  percentiles: PERCENTILES,
  ...more,
});

const landsatMask = () => ({
  quality: { file: geo!('landsat8_gulf_BQA.tif'), band: 0 },
  scheme: 'landsat-pre' as const,
  dilate: 0,
});

const barbellino = (more: Partial<IndexRequest> & { index: IndexName }): IndexRequest => {
  const file = geo!('barbellino_s2_20190723_boa.tif');
  return {
    bands: { blue: { file, band: 1 }, red: { file, band: 3 }, nir: { file, band: 7 } },
    scaling: { scale: 1e-4, offset: 0 },
    percentiles: PERCENTILES,
    ...more,
  };
};

describe.skipIf(geo === null)('Landsat 8, cloudy', () => {
  test.each<[string, Partial<IndexRequest> & { index: IndexName }, masked: boolean]>([
    ['ndvi_dn_all', { index: 'ndvi', scaling: 'dn' }, false],
    ['ndvi_refl_all', { index: 'ndvi' }, false],
    ['ndvi_refl_clear', { index: 'ndvi' }, true],
    ['evi_refl_all', { index: 'evi', keepOutside: true }, false],
    ['evi_refl_clear', { index: 'evi' }, true],
    ['evi2_refl_clear', { index: 'evi2' }, true],
    ['lai_from_evi_clear', { index: 'lai-evi', keepOutside: true }, true],
  ])('%s', async (name, more, masked) => {
    const mask = masked ? { mask: landsatMask() } : {};
    expectEqual(await computeIndex(landsat({ ...more, ...mask })), tables.landsat8_gulf![name]!);
  });

  test('EVI beyond 1 is voided and counted unless it is to be kept', async () => {
    const found = await computeIndex(landsat({ index: 'evi' }));
    expect(found.max).toBeLessThanOrEqual(1);
    expect(found.voided).toBeGreaterThan(0);
    expect(found.count + found.voided).toBe(tables.landsat8_gulf!.evi_refl_all!.count);
  });

  test('the raster that is written holds what the statistics are of', async () => {
    const output = join(folder, 'evi.tif');
    const found = await computeIndex(landsat({ index: 'evi', mask: landsatMask(), output }));
    const raster = await openRaster(output);
    const samples = await raster.readWindow({
      column: 0,
      row: 0,
      width: raster.width,
      height: raster.height,
    });
    const values = Array.from(samples).filter((value) => !Number.isNaN(value));
    expect(values.length).toBe(found.count);
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(found.mean!, 7);
    expect([raster.bandNames[0], raster.crs.label]).toEqual(['evi', 'EPSG:32616']);
    await raster.close();
  });

  test.each([
    ['zonal_landsat8_ndvi_refl.csv', false],
    ['zonal_landsat8_ndvi_refl_clear.csv', true],
  ])('zones of its NDVI: %s', async (table, masked) => {
    const { features } = await readPolygonLayer([geo!('landsat8_zones.geojson')]);
    const polygons = features.map(({ polygon }) => polygon);
    const { source, close } = await ndviInMemory(masked);
    const centre = await zonalStatisticsOfAll(source, polygons, { rule: 'centre', percentiles: [50] });
    const exact = await zonalStatisticsOfAll(source, polygons, { rule: 'exact' });
    await close();
    for (const row of readTable(geo!(`reference/${table}`))) {
      const i = features.findIndex(({ id }) => id === row.zone);
      const { n, mean, std, min, max, percentiles } = centre[i]!;
      expect(n).toBe(Number(row.n_center));
      for (const [name, value] of Object.entries({ mean, std, min, max, median: percentiles[0] })) {
        expect(Math.abs(value! - Number(row[`${name}_center`])), `${row.zone} ${name}`).toBeLessThan(1e-9);
      }
      expect(Math.abs(exact[i]!.mean! - Number(row.mean_exact))).toBeLessThan(TOLERANCE);
      expect(Math.abs(exact[i]!.coverage - Number(row.sum_cov_exact))).toBeLessThan(TOLERANCE);
      expect(Math.abs(exact[i]!.nodataCoverage - Number(row.cov_nodata))).toBeLessThan(TOLERANCE);
    }
  });
});

/** NDVI of the whole scene as float64, which a written raster (float32) is not. */
async function ndviInMemory(masked: boolean): Promise<{ source: ZonalRaster; close(): Promise<void> }> {
  const raster = await openRaster(geo!('landsat8_gulf_B5.tif'));
  const whole = { column: 0, row: 0, width: raster.width, height: raster.height };
  const read = async (file: string) => {
    const band = await openRaster(geo!(file));
    const samples = await band.readWindow(whole);
    await band.close();
    return samples;
  };
  const reflectance = async (file: string) => Float64Array.from(await read(file), (dn) => dn * 2e-5 - 0.1);
  const [nir, red] = [await reflectance('landsat8_gulf_B5.tif'), await reflectance('landsat8_gulf_B4.tif')];
  const ndvi = new Float64Array(nir.length);
  spectralIndices.ndvi.compute([nir, red], ndvi, { keepOutside: false });
  if (masked) {
    const quality = await read('landsat8_gulf_BQA.tif');
    const usable = usablePixels(quality, whole, { scheme: 'landsat-pre', isNodata: () => false });
    for (let i = 0; i < ndvi.length; i++) if (usable[i] === 0) ndvi[i] = Number.NaN;
  }
  const source: ZonalRaster = {
    ...raster,
    isNodata: Number.isNaN,
    readBands: async ({ column, row, width, height }) => [
      Float64Array.from({ length: width * height }, (_, i) => {
        return ndvi[(row + Math.floor(i / width)) * raster.width + column + (i % width)]!;
      }),
    ],
  };
  return { source, close: () => raster.close() };
}

describe.skipIf(geo === null)('Sentinel-2 with scene classes at half the resolution', () => {
  const mask = () => ({
    quality: { file: geo!('barbellino_s2_20190723_scl.tif'), band: 0 },
    scheme: 'scl' as const,
    dilate: 0,
  });

  test.each<[string, IndexName, masked: boolean]>([
    ['ndvi_all', 'ndvi', false],
    ['ndvi_scl4567', 'ndvi', true],
    ['evi_all', 'evi', false],
    ['evi_scl4567', 'evi', true],
  ])('%s', async (name, index, masked) => {
    const found = await computeIndex(
      barbellino({ index, keepOutside: true, ...(masked ? { mask: mask() } : {}) }),
    );
    expectEqual(found, tables.barbellino_20190723![name]!);
  });
});

describe.skipIf(geo === null)('what one scene holds, as values', () => {
  test.each([
    ['mongon_ndvi.tif', 1, (): Entry[] => [tables.mongon_ndvi as unknown as Entry]],
    [
      'sinop_modis_ndvi_stack.tif',
      0.0001,
      (): Entry[] => (tables.sinop_modis_ndvi_stack as unknown as { per_date: Entry[] }).per_date,
    ],
  ])('%s', async (file, scale, expected) => {
    const raster = await openRaster(geo!(file));
    const { west, south, east, north } = {
      west: raster.bounds[0] - 1,
      south: raster.bounds[1] - 1,
      east: raster.bounds[2] + 1,
      north: raster.bounds[3] + 1,
    };
    const everything = [[Float64Array.of(west, south, east, south, east, north, west, north, west, south)]];
    for (const [band, entry] of expected().entries()) {
      const [found] = await zonalStatisticsOfAll(raster as ZonalRaster, [everything], {
        band,
        rule: 'centre',
        percentiles: PERCENTILES,
        value: (sample) => sample * scale,
      });
      const { n, min, max, mean, std, percentiles } = found!;
      expectEqual({ count: n, min, max, mean, std, percentiles } as IndexStatistics, entry);
    }
    await raster.close();
  });
});

if (geo === null) test('there is nothing to compare with', () => {});
