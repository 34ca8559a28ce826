import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { openRaster, type Raster } from '../../src/raster/raster.js';

const EXAMPLE = path.resolve(import.meta.dirname, '../../examples/watershed');
const YEARS = [2017, 2018, 2019, 2020, 2021, 2022, 2023, 2024].map((year) => `${year}_${year + 1}`);
/** Hydrological years whose monsoon failed. */
const DRY = ['2018_2019', '2023_2024'];

interface Feature {
  properties: Record<string, unknown>;
  geometry: { type: string; coordinates: unknown };
}

test('the generator makes the very files that are committed, byte for byte, and they are small', {
  timeout: 120_000,
}, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-watershed-'));
  try {
    const { generate } = (await import(path.join(EXAMPLE, 'generate.mjs'))) as { generate(to: string): void };
    generate(folder);
    const made = filesIn(folder);
    expect(made).toEqual([...filesIn(path.join(EXAMPLE, 'data'), 'data/'), 'desilting.csv', 'points.csv']);
    for (const name of made) {
      const same = readFileSync(path.join(folder, name)).equals(readFileSync(path.join(EXAMPLE, name)));
      expect(same, `${name} is what the generator makes`).toBe(true);
    }
    const bytes = made.reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);
    expect(bytes).toBeLessThan(1_500_000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('the data', () => {
  let dem: Raster;
  let lulc: Raster[];
  beforeAll(async () => {
    dem = await openRaster(path.join(EXAMPLE, 'data/dem.tif'));
    lulc = await Promise.all(
      YEARS.map((year) => openRaster(path.join(EXAMPLE, `data/lulc/lulc_${year}.tif`))),
    );
  });
  afterAll(() => Promise.all([dem, ...lulc].map((raster) => raster?.close())));

  test('are found by the example’s own config', async () => {
    const { config } = await loadConfig({ cwd: EXAMPLE, env: {} });
    const found = Object.fromEntries(
      Object.entries(config.data).map(([name, source]) => [name, source?.files.length]),
    );
    expect(found).toEqual({
      ...{ dem: 1, mws: 1, rivers: 1, canals: 1, villages: 1, aquifers: 1, soil: 1 },
      ...{ lulc: 8, landcover: 8, ndvi: 8, ndwi: 8, precipitation: 18, et: 9, pet: 9 },
    });
  });

  test('are read by GDAL without a word', () => {
    const rasters = filesIn(path.join(EXAMPLE, 'data')).filter((name) => name.endsWith('.tif'));
    const oneOfEach = new Map(rasters.map((name) => [path.dirname(name), name]));
    for (const name of ['dem.tif', ...oneOfEach.values()]) {
      const said = execFileSync('gdalinfo', ['-checksum', path.join(EXAMPLE, 'data', name)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      expect(said, name).not.toMatch(/warning|error/i);
    }
  }, 60_000);

  test('have heights with relief, flat tanks, and gaps at two edges', async () => {
    const heights = await dem.readWindow({ column: 0, row: 0, width: dem.width, height: dem.height });
    const known = [...heights].filter((value) => !dem.isNodata(value));
    expect(known.length / heights.length).toBeGreaterThan(0.98);
    expect(known.length).toBeLessThan(heights.length);
    expect(range(known)).toBeGreaterThan(100);
    expect(dem.crs.label).toBe('EPSG:32643');
    const flat = heights.filter(
      (value, at) => value === heights[at + 1] && value === heights[at + dem.width],
    );
    expect(flat.length).toBeGreaterThan(800);
  });

  test('have watersheds of some hundred hectares that cover the known land', async () => {
    const { features } = readCollection('mws.geojson');
    const areas = features.map(({ properties }) => properties.area_in_ha as number);
    expect(features.length).toBeGreaterThan(10);
    expect(new Set(features.map(({ properties }) => properties.uid)).size).toBe(features.length);
    expect(Math.min(...areas)).toBeGreaterThan(150);
    const known = await countOf(dem, (height) => !dem.isNodata(height));
    expect(areas.reduce((sum, area) => sum + area, 0)).toBeCloseTo((known * 25 * 25) / 10_000, 0);
  });

  test('have water every year, less in dry ones, some of it all year round', async () => {
    const water = await Promise.all(
      lulc.map(async (raster) => countOf(raster, (label) => label >= 2 && label <= 4)),
    );
    const wettest = Math.max(...water);
    for (const [index, year] of YEARS.entries()) {
      expect(water[index]).toBeGreaterThan(3000);
      if (DRY.includes(year)) expect(water[index]! / wettest).toBeLessThan(0.55);
    }
    expect(await countOf(lulc[2]!, (label) => label === 4)).toBeGreaterThan(1000);
  });

  test('have rain for every day, a third to a half less of it when the monsoon failed', async () => {
    const sums = await Promise.all(YEARS.map((year) => rainOf(year)));
    const mean = sums.reduce((sum, one) => sum + one.mm, 0) / sums.length;
    for (const [index, { days, mm }] of sums.entries()) {
      expect(days).toBe(YEARS[index] === '2019_2020' || YEARS[index] === '2023_2024' ? 366 : 365);
      expect(mm).toBeGreaterThan(200);
      expect(mm).toBeLessThan(1400);
      if (DRY.includes(YEARS[index]!)) expect(mm / mean).toBeLessThan(0.75);
    }
  });
});

async function countOf(raster: Raster, is: (label: number) => boolean): Promise<number> {
  const { width, height } = raster;
  const labels = await raster.readWindow({ column: 0, row: 0, width, height });
  let count = 0;
  for (const label of labels) if (is(label)) count++;
  return count;
}

/** Days of a year's raster, and millimetres over them in its first cell. */
async function rainOf(year: string): Promise<{ days: number; mm: number }> {
  const raster = await openRaster(path.join(EXAMPLE, `data/rain/rain_${year}.tif`));
  const bands = await raster.readBands({ column: 0, row: 0, width: 1, height: 1 }, [
    ...Array(raster.bands).keys(),
  ]);
  await raster.close();
  return { days: raster.bands, mm: bands.reduce((sum, [tenths = 0]) => sum + tenths / 10, 0) };
}

function range(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b)) - values.reduce((a, b) => Math.min(a, b));
}

function readCollection(name: string): { features: Feature[] } {
  return JSON.parse(readFileSync(path.join(EXAMPLE, 'data', name), 'utf8')) as { features: Feature[] };
}

function filesIn(folder: string, prefix = ''): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => prefix + path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}
