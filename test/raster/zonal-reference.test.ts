/** Zones against the tables made with rasterio and shapely (reference/COMMANDS.md). */
import { describe, expect, test } from 'vitest';
import { openRaster, type Raster } from '../../src/raster/raster.js';
import {
  type ZonalRaster,
  type ZoneOptions,
  type ZoneStatistics,
  zonalClassesOfAll,
  zonalStatisticsOfAll,
} from '../../src/raster/zonal.js';
import { readPolygonLayer } from '../../src/tasks/water/polygon-layer.js';
import { readTable, sharedGeo } from '../helpers/shared-geo.js';

const geo = sharedGeo('zonal-reference.test');
const CENTRE = 1e-9;
const EXACT = 1e-6;

type Row = Record<string, string>;

async function zonesOf(file: string): Promise<{ ids: string[]; polygons: never[] }> {
  const { features } = await readPolygonLayer([geo!(file)]);
  return { ids: features.map(({ id }) => id), polygons: features.map(({ polygon }) => polygon) as never[] };
}

function expectStatistics(
  rows: Row[],
  ids: string[],
  centre: ZoneStatistics[],
  exact: ZoneStatistics[],
): void {
  expect(rows.length).toBe(ids.length);
  for (const row of rows) {
    const i = ids.indexOf(row.zone!);
    const { n, mean, std, min, max, percentiles } = centre[i]!;
    expect(n, `n of ${row.zone}`).toBe(Number(row.n_center));
    near({ mean, std, min, max, median: percentiles[0]! }, row, 'center', CENTRE);
    relative(exact[i]!.coverage, row.sum_cov_exact!, EXACT);
    relative(exact[i]!.mean!, row.mean_exact!, EXACT);
    relative(exact[i]!.nodataCoverage, row.cov_nodata!, EXACT);
  }
}

function near(found: Record<string, number | null>, row: Row, suffix: string, tolerance: number): void {
  for (const [name, value] of Object.entries(found)) relative(value!, row[`${name}_${suffix}`]!, tolerance);
}

function relative(found: number, expected: string, tolerance: number): void {
  const value = Number(expected);
  expect(Math.abs(found - value), `${found} is not ${value}`).toBeLessThanOrEqual(
    tolerance * Math.max(1, Math.abs(value)),
  );
}

async function both(raster: ZonalRaster, polygons: never[], options: ZoneOptions = {}) {
  const centre = await zonalStatisticsOfAll(raster, polygons, {
    ...options,
    rule: 'centre',
    percentiles: [50],
  });
  return { centre, exact: await zonalStatisticsOfAll(raster, polygons, { ...options, rule: 'exact' }) };
}

async function withRaster<T>(file: string, use: (raster: Raster) => Promise<T>): Promise<T> {
  const raster = await openRaster(geo!(file));
  try {
    return await use(raster);
  } finally {
    await raster.close();
  }
}

describe.skipIf(geo === null)('zones equal the reference tables', () => {
  test.each([
    ['zonal_zion_dem.csv', 'zion_dem_srtm.tif', 'zion_zones.geojson'],
    ['zonal_landsat8_B5.csv', 'landsat8_gulf_B5.tif', 'landsat8_zones.geojson'],
  ])('%s', async (table, file, layer) => {
    const { ids, polygons } = await zonesOf(layer);
    const { centre, exact } = await withRaster(file, (raster) => both(raster, polygons));
    expectStatistics(readTable(geo!(`reference/${table}`)), ids, centre, exact);
  });

  test.each([
    ['zonal_zion_nlcd.csv', 'zion_nlcd.tif', 'zion_zones.geojson'],
    ['zonal_planslab_lulc.csv', 'planslab_lulc.tif', 'planslab_zones.geojson'],
  ])('%s: pixels and areas of each class', async (table, file, layer) => {
    const { ids, polygons } = await zonesOf(layer);
    await withRaster(file, async (raster) => {
      const centre = await zonalClassesOfAll(raster, polygons, { rule: 'centre', areas: true });
      const exact = await zonalClassesOfAll(raster, polygons, { rule: 'exact', areas: true });
      const rows = readTable(geo!(`reference/${table}`));
      for (const row of rows) {
        const i = ids.indexOf(row.zone!);
        const counted = centre[i]!.classes.find(({ value }) => value === Number(row.class));
        const covered = exact[i]!.classes.find(({ value }) => value === Number(row.class))!;
        expect(counted?.pixels ?? 0, `pixels of ${row.zone} ${row.class}`).toBe(Number(row.px_center));
        relative(covered.coverage, row.px_exact!, EXACT);
        // The table has areas to the centimetre squared.
        expect(counted?.areaM2 ?? 0).toBeCloseTo(Number(row.area_m2_center), 1);
        expect(covered.areaM2).toBeCloseTo(Number(row.area_m2_exact), 1);
      }
      expect(exact.flatMap(({ classes }) => classes).length).toBe(rows.length);
    });
  });

  test('zonal_sinop_ndvi_series.csv: a band a date', async () => {
    const { ids, polygons } = await zonesOf('sinop_zones.geojson');
    const rows = readTable(geo!('reference/zonal_sinop_ndvi_series.csv'));
    const dates = [...new Set(rows.map(({ date }) => date))];
    await withRaster('sinop_modis_ndvi_stack.tif', async (raster) => {
      for (const [band, date] of dates.entries()) {
        const found = await both(raster, polygons, { band, value: (dn) => dn * 0.0001 });
        expectStatistics(
          rows.filter((row) => row.date === date),
          ids,
          found.centre,
          found.exact,
        );
      }
    });
  });
});

if (geo === null) test('there is nothing to compare with', () => {});
