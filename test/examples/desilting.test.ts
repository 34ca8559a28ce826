import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ExcelJS from 'exceljs';
import geodesic from 'geographiclib-geodesic';
import { fromFile } from 'geotiff';
import proj4 from 'proj4';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.js';

const EXAMPLE = path.resolve(import.meta.dirname, '../../examples/desilting');
const UTM_43N = '+proj=utm +zone=43 +datum=WGS84 +units=m +no_defs';
const HEADERS = [
  'Sr No.',
  'Name of NGO',
  'State',
  'District',
  'Taluka',
  'Village',
  'Name of the waterbody ',
  'Latitude',
  'Longitude',
  'Silt Excavated as per App',
  'Intervention_year',
];

interface Raster {
  labels: Uint8Array;
  width: number;
  height: number;
  left: number;
  top: number;
}

interface Collection {
  features: {
    properties: Record<string, unknown>;
    geometry: { type: string; coordinates: [number, number][][] };
  }[];
}

describe('the generator', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-desilting-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('makes the very files that are committed, byte for byte', { timeout: 60_000 }, async () => {
    const { generate } = (await import(path.join(EXAMPLE, 'generate.mjs'))) as {
      generate(folder: string): Promise<void>;
    };
    await generate(folder);
    const made = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
    expect(made.sort()).toEqual([
      ...readdirSync(path.join(EXAMPLE, 'data/lulc')).map((name) => `data/lulc/${name}`),
      'data/mws.geojson',
      'data/waterbodies.geojson',
      'sheet.xlsx',
    ]);
    for (const name of made) {
      const same = readFileSync(path.join(folder, name)).equals(readFileSync(path.join(EXAMPLE, name)));
      expect(same, `${name} is what the generator makes`).toBe(true);
    }
    expect(made.reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0)).toBeLessThan(
      2_000_000,
    );
  });
});

describe('the data', () => {
  let rasters: Raster[];
  let lasting: { longitude: number; latitude: number }[];
  const bodies = readCollection('waterbodies.geojson');
  const watersheds = readCollection('mws.geojson');

  beforeAll(async () => {
    const files = readdirSync(path.join(EXAMPLE, 'data/lulc')).sort();
    expect(files).toEqual(
      [2017, 2018, 2019, 2020, 2021, 2022, 2023, 2024].map((year) => `lulc_${year}_${year + 1}.tif`),
    );
    rasters = await Promise.all(files.map((file) => readRaster(path.join(EXAMPLE, 'data/lulc', file))));
    lasting = lastingPixels(rasters, 2);
  }, 60_000);

  test('are eight rasters on one grid with classes 0 to 12 and water that varies by year', () => {
    const waterPixels = rasters.map(({ labels }) =>
      labels.reduce((sum, label) => sum + Number(isWater(label)), 0),
    );
    expect(
      new Set(rasters.map(({ width, height, left, top }) => [width, height, left, top].join())).size,
    ).toBe(1);
    expect(Math.max(...rasters.map(({ labels }) => labels.reduce((a, b) => Math.max(a, b), 0)))).toBe(12);
    expect(new Set(waterPixels).size).toBe(8);
    expect(Math.min(...waterPixels)).toBeGreaterThan(5000);
  });

  test('have watersheds that tile the land: every lasting water pixel lies in exactly one', () => {
    expect(new Set(watersheds.features.map(({ properties }) => properties.uid)).size).toBe(
      watersheds.features.length,
    );
    for (const { properties, geometry } of watersheds.features) {
      expect(properties.uid).toMatch(/^12_\d{6}$/);
      expect(properties.area_in_ha).toBeGreaterThan(50);
      expect(geometry.type).toBe('Polygon');
    }
    for (const { longitude, latitude } of lasting.filter((_pixel, index) => index % 40 === 0)) {
      const holding = watersheds.features.filter(({ geometry }) =>
        isInside(geometry.coordinates, longitude, latitude),
      );
      expect(holding).toHaveLength(1);
    }
  });

  test('have closed rings as RFC 7946 wants them: outer ones counter-clockwise, holes clockwise', () => {
    for (const { geometry } of [...watersheds.features, ...bodies.features]) {
      for (const [index, ring] of geometry.coordinates.entries()) {
        expect(ring.length).toBeGreaterThanOrEqual(4);
        expect(ring.at(-1)).toEqual(ring[0]);
        expect(Math.sign(areaOf(ring))).toBe(index === 0 ? 1 : -1);
      }
    }
  });

  test('have water bodies with the properties of the surface water layer', () => {
    expect(bodies.features.length).toBeGreaterThan(20);
    for (const { properties } of bodies.features) {
      expect(properties).toMatchObject({
        UID: expect.stringMatching(/^12_\d+.*_\d+$/),
        MWS_UID: expect.stringMatching(/^12_\d+/),
      });
      expect(properties.area_ored).toBeGreaterThan(0);
      expect(properties['k_17-18']).toBeGreaterThanOrEqual(properties['krz_17-18'] as number);
    }
  });

  test('let thirty-eight rows of the sheet succeed, one fail for want of water and one be invalid', {
    timeout: 60_000,
  }, async () => {
    const rows = await readRows();
    expect(rows).toHaveLength(40);
    const outcomes = rows.map(({ number, latitude, longitude }) => {
      if (latitude === undefined || longitude === undefined) return `${number} invalid`;
      const near = nearestPixel(lasting, latitude, longitude);
      if (near === undefined || near.metres > 1500) return `${number} no water`;
      expect(near.metres, 'well inside the limit').toBeLessThan(1450);
      return metresToBody(bodies, near.latitude, near.longitude) <= 90
        ? 'completed'
        : `${number} no water body`;
    });
    expect(outcomes.filter((outcome) => outcome !== 'completed')).toEqual(['20 invalid', '34 no water']);
  });

  test('show water near the dry place in one year, so that only its lasting counts', async () => {
    const dry = (await readRows()).find(({ number }) => number === 34);
    const once = lastingPixels(rasters, 1);
    expect(nearestPixel(once, dry?.latitude as number, dry?.longitude as number)?.metres).toBeLessThan(600);
  });

  test('are found by the example’s own config', async () => {
    const { config } = await loadConfig({ cwd: EXAMPLE, env: {} });
    expect(config.data.lulc?.files).toHaveLength(8);
    expect(config.data.mws?.files).toHaveLength(1);
    expect(config.data.waterbodies?.files).toHaveLength(1);
  });
});

describe('the sheet', () => {
  test('has its title above the headers, which are the eleven of the upload, and a second sheet', async () => {
    const workbook = await readWorkbook();
    expect(workbook.worksheets.map(({ name }) => name)).toEqual(['Desilting points', 'Notes']);
    const sheet = workbook.worksheets[0] as ExcelJS.Worksheet;
    expect(sheet.getCell('N1').master.address).toBe('A1');
    expect(HEADERS.map((_header, index) => sheet.getRow(3).getCell(index + 1).value)).toEqual(HEADERS);
    expect(sheet.getRow(24).hasValues).toBe(false);
  });

  test('holds every way of writing a number that field teams have', async () => {
    const sheet = (await readWorkbook()).worksheets[0] as ExcelJS.Worksheet;
    const coordinates = [8, 9].flatMap((column) => (sheet.getColumn(column).values as unknown[]).slice(4));
    expect(coordinates.some((value) => typeof value === 'number')).toBe(true);
    expect(coordinates.some((value) => typeof value === 'string' && /^ \d+\.\d+ $/.test(value))).toBe(true);
    expect(coordinates.some((value) => typeof value === 'string' && /^\d+,\d+$/.test(value))).toBe(true);
    expect(
      coordinates.some((value) => typeof value === 'object' && value !== null && 'formula' in value),
    ).toBe(true);
    expect(
      coordinates.some((value) => typeof value === 'object' && value !== null && 'richText' in value),
    ).toBe(true);
  });
});

function readCollection(name: string): Collection {
  return JSON.parse(readFileSync(path.join(EXAMPLE, 'data', name), 'utf8')) as Collection;
}

async function readRaster(file: string): Promise<Raster> {
  const tiff = await fromFile(file);
  const image = await tiff.getImage();
  expect(image.getGeoKeys()).toMatchObject({ ProjectedCSTypeGeoKey: 32643, GTRasterTypeGeoKey: 1 });
  expect(image.getResolution().slice(0, 2)).toEqual([10, -10]);
  const [labels] = (await image.readRasters()) as unknown as [Uint8Array];
  const [left = 0, top = 0] = image.getOrigin();
  await tiff.close();
  return { labels, width: image.getWidth(), height: image.getHeight(), left, top };
}

function lastingPixels(rasters: readonly Raster[], minYears: number) {
  const { width, height, left, top } = rasters[0] as Raster;
  const found: { longitude: number; latitude: number }[] = [];
  for (let at = 0; at < width * height; at++) {
    if (rasters.filter(({ labels }) => isWater(labels[at])).length < minYears) continue;
    const column = at % width;
    const place = [left + 10 * (column + 0.5), top - 10 * ((at - column) / width + 0.5)];
    const [longitude, latitude] = proj4(UTM_43N, 'EPSG:4326', place) as [number, number];
    found.push({ longitude, latitude });
  }
  return found;
}

function isWater(label: number | undefined): boolean {
  return label === 2 || label === 3 || label === 4;
}

/** The nearest of all pixel centres on the ellipsoid; those far beyond the limit are not measured. */
function nearestPixel(
  pixels: readonly { longitude: number; latitude: number }[],
  latitude: number,
  longitude: number,
) {
  let best: { longitude: number; latitude: number; metres: number } | undefined;
  for (const pixel of pixels) {
    if (Math.abs(pixel.latitude - latitude) > 0.016 || Math.abs(pixel.longitude - longitude) > 0.017)
      continue;
    const metres = distanceM(latitude, longitude, pixel.latitude, pixel.longitude);
    if (best === undefined || metres < best.metres) best = { ...pixel, metres };
  }
  return best;
}

function distanceM(
  fromLatitude: number,
  fromLongitude: number,
  toLatitude: number,
  toLongitude: number,
): number {
  return geodesic.Geodesic.WGS84.Inverse(fromLatitude, fromLongitude, toLatitude, toLongitude).s12 as number;
}

/** 0 inside a body; else to its nearest corner, which is never nearer than its nearest edge. */
function metresToBody({ features }: Collection, latitude: number, longitude: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (const { geometry } of features) {
    if (isInside(geometry.coordinates, longitude, latitude)) return 0;
    for (const ring of geometry.coordinates) {
      for (const [x, y] of ring) {
        if (Math.abs(y - latitude) < 0.002) best = Math.min(best, distanceM(latitude, longitude, y, x));
      }
    }
  }
  return best;
}

function isInside(rings: readonly (readonly [number, number])[][], x: number, y: number): boolean {
  let inside = false;
  for (const ring of rings) {
    for (const [index, [ax, ay]] of ring.slice(0, -1).entries()) {
      const [bx, by] = ring[index + 1] as readonly [number, number];
      if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
    }
  }
  return inside;
}

function areaOf(ring: readonly [number, number][]): number {
  return ring.slice(0, -1).reduce((sum, [x, y], index) => {
    const [nextX, nextY] = ring[index + 1] as [number, number];
    return sum + x * nextY - nextX * y;
  }, 0);
}

async function readWorkbook(): Promise<ExcelJS.Workbook> {
  const workbook = new ExcelJS.Workbook();
  await workbook.xlsx.read(createReadStream(path.join(EXAMPLE, 'sheet.xlsx')));
  return workbook;
}

async function readRows() {
  const sheet = (await readWorkbook()).worksheets[0] as ExcelJS.Worksheet;
  const rows: { number: number; latitude: number | undefined; longitude: number | undefined }[] = [];
  sheet.eachRow((row, number) => {
    if (number <= 3) return;
    rows.push({ number, latitude: numberIn(row.getCell(8)), longitude: numberIn(row.getCell(9)) });
  });
  return rows;
}

function numberIn(cell: ExcelJS.Cell): number | undefined {
  const text = String(cell.result ?? cell.text)
    .trim()
    .replace(',', '.');
  return text === '' ? undefined : Number(text);
}
