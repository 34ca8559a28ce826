import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { polygonFromGeoJson } from '../../src/geo/geojson.js';
import type { Polygon } from '../../src/geo/polygon.js';
import { openRaster, type Raster } from '../../src/raster/raster.js';
import {
  type ZonalRaster,
  zonalClasses,
  zonalClassesOfAll,
  zonalSeries,
  zonalStatistics,
  zonalStatisticsOfAll,
} from '../../src/raster/zonal.js';
import { DEGREES, type TiffSpec, UTM43N, writeTiff } from './write-tiff.js';

const folder = mkdtempSync(join(tmpdir(), 'zonal-'));
const opened: Raster[] = [];
afterAll(async () => {
  for (const raster of opened) await raster.close();
  rmSync(folder, { recursive: true });
});

const [WIDTH, HEIGHT] = [70, 50];
const STEP = 0.01;
let files = 0;

async function raster(spec: { [Key in keyof TiffSpec]?: TiffSpec[Key] | undefined }): Promise<Raster> {
  const path = writeTiff(join(folder, `${files++}.tif`), {
    width: WIDTH,
    height: HEIGHT,
    tile: 16,
    kind: 'float32',
    keys: DEGREES,
    place: [72, 25, STEP, STEP],
    value: (column, row) => column + 100 * row,
    ...(spec as Partial<TiffSpec>),
  });
  const found = await openRaster(path);
  opened.push(found);
  return found;
}

/** By pixels of the raster in degrees. */
function box(left: number, top: number, right: number, bottom: number): Polygon {
  const [west, east] = [72 + left * STEP, 72 + right * STEP];
  const [north, south] = [25 - top * STEP, 25 - bottom * STEP];
  const outline = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return polygonFromGeoJson({ type: 'Polygon', coordinates: [outline] }, (lon, lat) => ({ lon, lat }))!;
}

/** Counts the tiles that are read. */
function counted(source: Raster): { source: ZonalRaster; tiles: string[] } {
  const tiles: string[] = [];
  return {
    tiles,
    source: {
      ...source,
      readBands: (window, bands, options) => {
        tiles.push(`${window.column} ${window.row}`);
        return source.readBands(window, bands, options);
      },
    },
  };
}

describe('statistics of a zone', () => {
  test('are those of its pixels, whole tiles of the raster apart', async () => {
    const { n, coverage, mean, min, max, sum, std, percentiles } = await zonalStatistics(
      await raster({}),
      box(10, 12, 40, 42),
      { percentiles: [0, 50, 100] },
    );
    const values = Array.from({ length: 900 }, (_, i) => 10 + (i % 30) + 100 * (12 + Math.floor(i / 30)));
    const average = values.reduce((total, value) => total + value, 0) / 900;
    const spread = values.reduce((total, value) => total + (value - average) ** 2, 0) / 900;
    expect({ n, min, max, percentiles }).toEqual({
      n: 900,
      min: 1210,
      max: 4139,
      percentiles: [1210, expect.closeTo(average, 6), 4139],
    });
    expect(coverage).toBeCloseTo(900, 9);
    expect(mean).toBeCloseTo(average, 8);
    expect(std).toBeCloseTo(Math.sqrt(spread), 8);
    expect(sum).toBeCloseTo(average * 900, 4);
  });

  test('weigh each pixel by the share of it that is inside', async () => {
    const found = await zonalStatistics(await raster({}), box(10.5, 10, 12.25, 11));
    expect(found.n).toBe(3);
    expect(found.coverage).toBeCloseTo(1.75, 9);
    expect(found.mean).toBeCloseTo((0.5 * 1010 + 1011 + 0.25 * 1012) / 1.75, 6);
  });

  test('take no nodata in, of any kind, and say how much of it there was', async () => {
    for (const [kind, nodata, stored] of [
      ['float32', '-3.4e38', -3.4e38],
      ['float32', 'nan', Number.NaN],
      ['float32', undefined, Number.NaN],
      ['uint16', '65535', 65_535],
    ] as const) {
      const source = await raster({
        kind,
        ...(nodata === undefined ? {} : { nodata }),
        value: (column, row) => (column < 12 ? stored : row),
      });
      const found = await zonalStatistics(source, box(10, 10, 15, 12));
      expect(found).toMatchObject({ n: 6, min: 10, max: 11 });
      expect(found.nodataCoverage).toBeCloseTo(4, 8);
    }
  });

  test('of a zone that has only nodata are null', async () => {
    const found = await zonalStatistics(await raster({ nodata: '7', value: () => 7 }), box(3, 3, 6, 6), {
      percentiles: [50],
    });
    expect(found).toMatchObject({ n: 0, mean: null, std: null, min: null, sum: null, percentiles: [null] });
    expect(found.outside).toBe(false);
  });

  test('void samples that mean nothing', async () => {
    const found = await zonalStatistics(await raster({ value: (column) => column }), box(10, 10, 14, 11), {
      value: (sample) => (sample === 11 ? Number.NaN : sample / 10),
    });
    expect(found).toMatchObject({ n: 3, min: 1, max: 1.3 });
    expect(found.nodataCoverage).toBeCloseTo(1, 9);
  });

  test('of a band other than the first', async () => {
    const source = await raster({ bands: 3, value: (_column, _row, band) => band * 10 });
    expect((await zonalStatistics(source, box(3, 3, 6, 6), { band: 2 })).mean).toBe(20);
  });
});

describe('many zones', () => {
  const boxes = [
    box(1, 1, 20, 20),
    box(30, 2, 60, 40),
    box(5, 30, 9, 48),
    box(-5, -5, 3, 3),
    box(80, 1, 90, 9),
    box(17.2, 17.3, 17.4, 17.6),
  ];

  test('give what each gives alone, in order, and read each tile once', async () => {
    const whole = await raster({});
    const { source, tiles } = counted(whole);
    const together = await zonalStatisticsOfAll(source, boxes, { percentiles: [50], areas: true });
    for (const [i, polygon] of boxes.entries()) {
      expect(together[i]).toEqual(await zonalStatistics(whole, polygon, { percentiles: [50], areas: true }));
    }
    expect(new Set(tiles).size).toBe(tiles.length);
    expect(tiles.length).toBeLessThan(Math.ceil(WIDTH / 16) * Math.ceil(HEIGHT / 16));
  });

  test('say which lie outside and which reach beyond the edge, and go on', async () => {
    const found = await zonalStatisticsOfAll(await raster({}), boxes);
    expect(found.map(({ outside }) => outside)).toEqual([false, false, false, false, true, false]);
    expect(found.map(({ beyondEdge }) => beyondEdge)).toEqual([false, false, false, true, true, false]);
    expect(found[3]!.coverage).toBeCloseTo(9, 8);
    expect(found[5]!.coverage).toBeCloseTo(0.06, 8);
  });

  test('are laid over the grid of a series once, and none at all give none', async () => {
    const series = [await raster({ value: () => 1 }), await raster({ value: () => 2 })];
    const means: (number | null)[][] = [];
    for await (const zones of zonalSeries(series, boxes.slice(0, 2)))
      means.push(zones.map(({ mean }) => mean));
    expect(means).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(await zonalStatisticsOfAll(series[0]!, [])).toEqual([]);
  });

  test('of a raster in strips are those of one in tiles', async () => {
    const value = (column: number, row: number) => column * row;
    const [strips, tiles] = [
      await raster({ value, tile: undefined, rowsPerStrip: 3 }),
      await raster({ value }),
    ];
    const expected = await zonalStatisticsOfAll(tiles, boxes);
    for (const [i, { n, mean, std }] of (await zonalStatisticsOfAll(strips, boxes)).entries()) {
      expect(n).toBe(expected[i]!.n);
      expect(mean ?? 0).toBeCloseTo(expected[i]!.mean ?? 0, 8);
      expect(std ?? 0).toBeCloseTo(expected[i]!.std ?? 0, 8);
    }
  });
});

describe('classes of a zone', () => {
  test('have their pixels, their coverage and their areas, row by row', async () => {
    const source = await raster({
      kind: 'uint8',
      nodata: '0',
      value: (column) => (column < 12 ? 0 : column < 14 ? 5 : 3),
    });
    const { classes, nodataCoverage } = await zonalClasses(source, box(10, 10, 16.5, 20), { areas: true });
    expect(classes.map(({ value, pixels }) => [value, pixels])).toEqual([
      [3, 30],
      [5, 20],
    ]);
    expect(classes[0]!.coverage).toBeCloseTo(25, 8);
    expect(nodataCoverage).toBeCloseTo(20, 8);
    const cell = (25 - 10 * STEP) * (Math.PI / 180);
    expect(classes[1]!.areaM2! / (20 * (1113.2 * Math.cos(cell)) * 1108)).toBeCloseTo(1, 2);
  });

  test('of a projected raster have the areas of the plane', async () => {
    const source = await raster({
      kind: 'uint8',
      keys: UTM43N,
      place: [700_000, 2_700_000, 30, 30],
      value: () => 4,
    });
    const { lon, lat } = source.grid.toLonLat({ column: 30, row: 20 });
    const around = polygonFromGeoJson(
      {
        type: 'Polygon',
        coordinates: [
          [
            [-0.001, -0.001],
            [0.001, -0.001],
            [0, 0.001],
          ],
        ],
      },
      (x, y) => ({ lon: lon + x, lat: lat + y }),
    )!;
    const [zone] = await zonalClassesOfAll(source, [around], { areas: true });
    expect(zone!.classes[0]!.areaM2).toBeCloseTo(zone!.classes[0]!.coverage * 900, 6);
    expect((await zonalClasses(source, around)).classes[0]!.areaM2).toBeNull();
  });
});

test('a tile that cannot be read fails the zones that need it', async () => {
  const source = await raster({});
  const broken: ZonalRaster = {
    ...source,
    readBands: () => Promise.reject(new Error('the disk is gone')),
  };
  await expect(zonalStatisticsOfAll(broken, [box(1, 1, 60, 40), box(2, 2, 3, 3)])).rejects.toThrow(
    'the disk is gone',
  );
});
