import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { geodesicDistanceM } from '../../../src/geo/geodesic.js';
import { openRaster } from '../../../src/raster/raster.js';
import { DEGREES, type TiffSpec, UTM43N, writeTiff } from '../../raster/write-tiff.js';
import { failureOf, ledgerRow, prepareBatch, refusalOf } from './desilting-run.js';

let folder = '';
let lulc: string[] = [];
let waterbodies = '';
let mws = '';

/** Persistent water at column 60, row 50; water of one year only at 40, 50. */
const POND: [number, number] = [60, 50];
const PUDDLE: [number, number] = [40, 50];

function raster(name: string, spec: Partial<TiffSpec> = {}): string {
  return writeTiff(join(folder, name), {
    width: 300,
    height: 200,
    tile: 64,
    compression: 'deflate',
    keys: UTM43N,
    place: [400_000, 2_650_000, 10, 10],
    nodata: '255',
    value: () => 6,
    ...spec,
  });
}

/** Centre of a pixel, in degrees. */
async function centre(column: number, row: number) {
  const { grid, close } = await openRaster(lulc[0]!);
  await close();
  return grid.toLonLat({ column: column + 0.5, row: row + 0.5 });
}

async function square(column: number, row: number, side: number): Promise<number[][][]> {
  const corners = [
    [0, 0],
    [0, side],
    [side, side],
    [side, 0],
    [0, 0],
  ];
  return [
    await Promise.all(
      corners.map(async ([x, y]) => {
        const { lon, lat } = await centre(column + x! - 0.5, row + y! - 0.5);
        return [lon, lat];
      }),
    ),
  ];
}

async function layer(
  name: string,
  features: { properties: object; coordinates: number[][][]; id?: string }[],
): Promise<string> {
  const path = join(folder, name);
  await writeFile(
    path,
    JSON.stringify({
      type: 'FeatureCollection',
      features: features.map(({ properties, coordinates, id }) => ({
        type: 'Feature',
        id,
        properties,
        geometry: { type: 'Polygon', coordinates },
      })),
    }),
  );
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-desilting-'));
  lulc = [2017, 2018, 2019].map((year) =>
    raster(`lulc_${year}_${year + 1}.tif`, {
      value: (column, row) => {
        if (column === POND[0] && row === POND[1]) return year === 2018 ? 8 : 2 + (year % 3);
        if (column === PUDDLE[0] && row === PUDDLE[1]) return year === 2018 ? 3 : 255;
        return 5 + ((column + row) % 8);
      },
    }),
  );
  waterbodies = await layer('bodies.geojson', [
    { properties: { UID: 'far', name: 'far' }, coordinates: await square(68, 45, 10) },
    {
      properties: { UID: 'near', Village: 'of the body', area_ored: 2 },
      coordinates: await square(63, 45, 3),
    },
  ]);
  mws = await layer('mws.geojson', [
    { properties: { uid: '12_1', area_in_ha: 9.5 }, coordinates: await square(0, 0, 100) },
    { properties: { uid: '12_2', area_in_ha: 8 }, coordinates: await square(100, 0, 60) },
    { properties: { uid: '12_1', area_in_ha: 1 }, coordinates: await square(100, 100, 20) },
    { properties: { uid: '12_9' }, coordinates: await square(250, 150, 40) },
  ]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the water pixel', () => {
  test('is the nearest that was water in enough years; its centre, distance and years are the result', async () => {
    const batch = await prepareBatch({ lulc });
    const surveyed = await centre(38, 50);
    const pond = await centre(...POND);
    const distanceM = geodesicDistanceM(surveyed, pond);
    expect(batch.prepared.years).toEqual(['2017-18', '2018-19', '2019-20']);
    expect(await batch.run(surveyed.lat, surveyed.lon)).toEqual({
      water_latitude: Number(pond.lat.toFixed(7)),
      water_longitude: Number(pond.lon.toFixed(7)),
      distance_m: Math.trunc(distanceM),
      distance_exact_m: Number(distanceM.toFixed(3)),
      water_years: 2,
      mws_uids: null,
      waterbody_id: null,
      match: 'none',
      match_distance_m: null,
    });
  });

  test('may be one of a single year when minWaterYears says so', async () => {
    const batch = await prepareBatch({ lulc }, { minWaterYears: '1' });
    const surveyed = await centre(38, 50);
    expect(await batch.run(surveyed.lat, surveyed.lon)).toMatchObject({ water_years: 1, distance_m: 20 });
  });

  test('is the point itself, distance 0, with closestWaterPixel off', async () => {
    const batch = await prepareBatch({ lulc }, { closestWaterPixel: 'false' });
    const { lat, lon } = await centre(...POND);
    expect(await batch.run(lat, lon)).toMatchObject({ distance_m: 0, distance_exact_m: 0, water_years: 2 });
    expect(await batch.run(10, 10)).toMatchObject({
      water_latitude: 10,
      water_longitude: 10,
      water_years: null,
    });
  });

  test('that is farther than the radius is none; the reason has the radius of the batch', async () => {
    const surveyed = await centre(280, 180);
    const missed = await failureOf((await prepareBatch({ lulc })).run(surveyed.lat, surveyed.lon));
    expect(missed).toMatchObject({ code: 'NO_WATER', message: 'No water pixel found within 1500m' });
    const narrow = await prepareBatch({ lulc }, { searchRadiusM: '120' });
    expect((await failureOf(narrow.run(surveyed.lat, surveyed.lon))).message).toBe(
      'No water pixel found within 120m',
    );
    expect(
      await (await prepareBatch({ lulc }, { searchRadiusM: 3000 })).run(surveyed.lat, surveyed.lon),
    ).toMatchObject({ water_years: 2 });
  });

  test('is the same whatever blocks the years are stored in', async () => {
    const value = (column: number, row: number) => (column === 7 && row === 9 ? 4 : 5);
    const mixed = [
      raster('mixed_2017.tif', { tile: 64, value }),
      raster('mixed_2018.tif', { tile: undefined as never, rowsPerStrip: 7, compression: 'lzw', value }),
      raster('mixed_2019.tif', { tile: 16, kind: 'float32', compression: 'none', nodata: '-3.4e38', value }),
    ];
    const surveyed = await centre(2, 3);
    for (const files of [mixed, [...mixed].reverse()]) {
      expect(await (await prepareBatch({ lulc: files })).run(surveyed.lat, surveyed.lon)).toMatchObject({
        water_years: 3,
        distance_m: 78,
      });
    }
  });

  test('is not looked for where the value is nodata, even if a class has its number', async () => {
    const files = ['a_2017.tif', 'a_2018.tif'].map((name) => raster(name, { nodata: '2', value: () => 2 }));
    const surveyed = await centre(20, 20);
    expect(
      (await failureOf((await prepareBatch({ lulc: files })).run(surveyed.lat, surveyed.lon))).code,
    ).toBe('NO_WATER');
  });
});

describe('a point outside the rasters', () => {
  test('is named with their bounds', async () => {
    const failure = await failureOf((await prepareBatch({ lulc })).run(10.5, 80));
    expect(failure).toMatchObject({ code: 'POINT_OUTSIDE_RASTER', field: 'latitude' });
    expect(failure.message).toMatch(
      /latitude 10\.5, longitude 80.*within latitude 23\.\d+ to 23\.\d+ and longitude 74\.\d+ to 74\.\d+/,
    );
    expect(failure.hint).not.toContain('swapped');
  });

  test('is said to look swapped when it would lie inside, and is not swapped', async () => {
    const { lat, lon } = await centre(...POND);
    const failure = await failureOf((await prepareBatch({ lulc })).run(lon, lat));
    expect(failure.code).toBe('POINT_OUTSIDE_RASTER');
    expect(failure.hint).toContain('swapped');
  });

  test('still has the water within its reach', async () => {
    const edge = ['edge_2017.tif', 'edge_2018.tif'].map((name) =>
      raster(name, { value: (column) => (column === 0 ? 3 : 6) }),
    );
    const surveyed = await centre(-12, 50);
    expect(await (await prepareBatch({ lulc: edge })).run(surveyed.lat, surveyed.lon)).toMatchObject({
      distance_m: 120,
    });
  });
});

describe('micro-watersheds', () => {
  test('are those that meet the disc around the water pixel, each uid once', async () => {
    const batch = await prepareBatch({ lulc, mws });
    const surveyed = await centre(38, 50);
    expect(await batch.run(surveyed.lat, surveyed.lon)).toMatchObject({ mws_uids: '12_1, 12_2' });
    const narrow = await prepareBatch({ lulc, mws }, { searchRadiusM: 300 });
    expect(await narrow.run(surveyed.lat, surveyed.lon)).toMatchObject({ mws_uids: '12_1' });
  });

  test('that cannot be read any more cost the row its watersheds, not its result', async () => {
    const passing = await layer('passing.geojson', [
      { properties: { uid: 'x' }, coordinates: await square(0, 0, 9) },
    ]);
    const batch = await prepareBatch({ lulc, mws: passing });
    await writeFile(passing, '{"type":"Feat');
    const surveyed = await centre(38, 50);
    expect(await batch.run(surveyed.lat, surveyed.lon)).toMatchObject({ water_years: 2, mws_uids: null });
    expect(batch.warnings.join()).toMatch(/Watershed failure for row 7: .*passing\.geojson/);
  });
});

describe('the water body', () => {
  test('that holds the water pixel is taken', async () => {
    const holding = await layer('holding.geojson', [
      { properties: { UID: 'beside' }, coordinates: await square(62, 45, 3) },
      { properties: { UID: 'around' }, coordinates: await square(55, 45, 10) },
    ]);
    const surveyed = await centre(38, 50);
    expect(
      await (await prepareBatch({ lulc, waterbodies: holding })).run(surveyed.lat, surveyed.lon),
    ).toMatchObject({
      waterbody_id: 'around',
      match: 'intersect',
      match_distance_m: 0,
    });
  });

  test('is else the nearest within the radius, or the first of the file as in the original', async () => {
    const surveyed = await centre(38, 50);
    const nearest = await (await prepareBatch({ lulc, waterbodies })).run(surveyed.lat, surveyed.lon);
    expect(nearest).toMatchObject({ waterbody_id: 'near', match: 'near' });
    expect(nearest.match_distance_m).toBeGreaterThan(30);
    expect(nearest.match_distance_m).toBeLessThan(36);
    const first = await (await prepareBatch({ lulc, waterbodies }, { waterbodyMatch: 'first' })).run(
      surveyed.lat,
      surveyed.lon,
    );
    expect(first).toMatchObject({ waterbody_id: 'far', match: 'near' });
  });

  test('that is too far fails the row, and the water pixel found is kept', async () => {
    const surveyed = await centre(38, 50);
    const failure = await failureOf(
      (await prepareBatch({ lulc, waterbodies }, { matchRadiusM: 20 })).run(surveyed.lat, surveyed.lon),
    );
    expect(failure).toMatchObject({ code: 'NO_WATERBODY', message: 'No waterbody found within 20m' });
    expect(failure.details.result).toMatchObject({
      water_years: 2,
      match: 'none',
      waterbody_id: null,
      match_distance_m: null,
    });
  });
});

describe('what a batch cannot begin with names the file and what to do', () => {
  test('no rasters', async () => {
    const error = await refusalOf({});
    expect(error).toMatchObject({ code: 'DATA_MISSING' });
    expect(error.hint).toContain("lulc: 'data/lulc/*.tif'");
    expect((await refusalOf({ lulc: [] })).message).toContain('data.lulc in jobs.config.ts matches no file');
  });

  test('fewer years than must have water', async () => {
    const error = await refusalOf({ lulc }, { minWaterYears: 4 });
    expect(error).toMatchObject({ code: 'TOO_FEW_YEARS' });
    expect(error.message).toContain('3 years (2017-18, 2018-19, 2019-20)');
  });

  test('a missing raster', async () => {
    const error = await refusalOf({ lulc: [...lulc, join(folder, 'lulc_2020_2021.tif')] });
    expect(error).toMatchObject({ code: 'RASTER_NOT_FOUND' });
    expect(error.message).toContain('lulc_2020_2021.tif');
  });

  test.each<[string, Partial<TiffSpec>, RegExp]>([
    ['size', { width: 299 }, /sizes 300 x 200 and 299 x 200/],
    [
      'origin',
      { place: [400_005, 2_650_000, 10, 10] },
      /origins \(400000, 2650000\) and \(400005, 2650000\)/,
    ],
    ['pixel', { place: [400_000, 2_650_000, 10, 10.1] }, /pixels of 10 x -10 and 10 x -10.1/],
    ['system', { keys: { 1024: 1, 1025: 1, 3072: 32642 } }, /EPSG:32643 and EPSG:32642/],
    ['kind of system', { keys: DEGREES, place: [74, 24, 0.0001, 0.0001] }, /EPSG:32643 and EPSG:4326/],
  ])('rasters that do not align: %s', async (name, spec, expected) => {
    const other = raster(`other_${name.replaceAll(' ', '')}_2021.tif`, spec);
    const error = await refusalOf({ lulc: [lulc[0]!, other] });
    expect(error).toMatchObject({ code: 'RASTERS_NOT_ALIGNED' });
    expect(error.message).toMatch(expected);
    expect(error.message).toContain(other);
    expect(error.message).toContain(lulc[0]!);
  });

  test('rasters that do not align are read on the grid of the first when the entry says so', async () => {
    const moved = raster('moved_2021.tif', {
      place: [400_003, 2_650_000, 10, 10],
      value: (column, row) => (column === POND[0] && row === POND[1] ? 2 : 6),
    });
    const surveyed = await centre(38, 50);
    const entry = { lulc: [lulc[0]!, moved], resample: 'first' };
    const { run } = await prepareBatch(entry);
    expect(await run(surveyed.lat, surveyed.lon)).toMatchObject({ water_years: 2 });
    expect(await refusalOf({ ...entry, resample: 'nearest' })).toMatchObject({
      code: 'DATA_SETTINGS_INVALID',
    });
    expect((await refusalOf({ lulc: entry.lulc })).hint).toContain("resample: 'first'");
  });

  test('two rasters of one year', async () => {
    const again = raster('again_2017.tif');
    const error = await refusalOf({ lulc: [lulc[0]!, again] });
    expect(error).toMatchObject({ code: 'LULC_YEAR_TWICE' });
    expect(error.message).toContain(again);
  });

  test('another class scheme, unless its water classes are given', async () => {
    const files = [2017, 2018].map((year) =>
      raster(`corine_${year}.tif`, { value: (column) => (column === 5 ? 41 : 23) }),
    );
    const error = await refusalOf({ lulc: files });
    expect(error).toMatchObject({ code: 'RASTER_CLASS_SCHEME' });
    expect(error.message).toMatch(/corine_2017\.tif.*found 23, 41; expected whole numbers from 0 to 12/);
    expect(error.hint).toContain('data.lulc.classes.water');
    const surveyed = await centre(8, 8);
    expect(
      await (await prepareBatch({ lulc: files, water: [41] })).run(surveyed.lat, surveyed.lon),
    ).toMatchObject({ water_years: 2 });
  });

  test('measurements instead of classes', async () => {
    const elevation = raster('dem_2017.tif', { kind: 'float32', value: (column) => 100 + column / 3 });
    expect(await refusalOf({ lulc: [elevation], water: [1] }, { minWaterYears: 1 })).toMatchObject({
      code: 'RASTER_CLASS_SCHEME',
    });
  });

  test('a setting of water classes that is no list of numbers', async () => {
    expect(await refusalOf({ lulc, water: 'two' as never })).toMatchObject({
      code: 'CONFIG_CLASSES_INVALID',
    });
    expect(await refusalOf({ lulc, water: [] })).toMatchObject({ code: 'CONFIG_CLASSES_INVALID' });
  });

  test('watersheds without uid, and layers that are none', async () => {
    expect(
      await refusalOf({
        lulc,
        mws: await layer('no-uid.geojson', [
          { properties: { name: 'a' }, coordinates: await square(1, 1, 5) },
        ]),
      }),
    ).toMatchObject({
      code: 'LAYER_PROPERTY_MISSING',
    });
    expect(await refusalOf({ lulc, waterbodies: lulc[0]! })).toMatchObject({ code: 'LAYER_UNREADABLE' });
    expect(await refusalOf({ lulc, waterbodies: join(folder, 'absent.geojson') })).toMatchObject({
      code: 'LAYER_NOT_FOUND',
    });
    expect(await refusalOf({ lulc, waterbodies: await layer('none.geojson', []) })).toMatchObject({
      code: 'LAYER_EMPTY',
    });
  });
});

describe('the layers of a finished batch', () => {
  test('hold the points, their water bodies, those without one, and each watershed once', async () => {
    const batch = await prepareBatch({ lulc, mws, waterbodies });
    const surveyed = await centre(38, 50);
    const result = await batch.run(surveyed.lat, surveyed.lon);
    const input = {
      latitude: surveyed.lat,
      longitude: surveyed.lon,
      Village: 'Vadi\u2028',
      State: ' ',
      slit_excavated: '120',
    };
    const artifacts = await batch.finish([
      ledgerRow(2, { result, input }),
      ledgerRow(3, { result, input, state: 'skipped' }),
      ledgerRow(4, { state: 'invalid', input: null }),
      ledgerRow(5, {
        state: 'failed',
        input,
        result: { ...result, waterbody_id: null, match: 'none', match_distance_m: null },
      }),
      ledgerRow(6, { state: 'failed', input }),
    ]);
    expect([...artifacts.keys()]).toEqual([
      'desilting-points.geojson',
      'waterbodies.geojson',
      'desilting-unmatched.geojson',
      'watersheds.geojson',
    ]);
    const read = (name: string) =>
      JSON.parse(artifacts.get(name)!) as {
        features: { properties: Record<string, unknown>; geometry: { type: string; coordinates: unknown } }[];
      };

    const points = read('desilting-points.geojson').features;
    expect(points.map(({ properties }) => properties.desilt_id)).toEqual([2, 3, 5]);
    expect(Object.entries(points[0]!.properties)).toEqual([
      ['desilt_id', 2],
      ['latitude', result.water_latitude],
      ['longitude', result.water_longitude],
      ['desiltingpoint_lat', surveyed.lat],
      ['desiltingpoint_lon', surveyed.lon],
      ['Village', 'Vadi\u2028'],
      ['distance_from_desilting_point', result.distance_m],
      ['name_of_ngo', 'N/A'],
      ['State', 'N/A'],
      ['District', 'N/A'],
      ['Taluka', 'N/A'],
      ['waterbody_name', 'N/A'],
      ['slit_excavated', '120'],
      ['intervention_year', 'N/A'],
    ]);
    expect(points[0]!.geometry).toEqual({
      type: 'Point',
      coordinates: [result.water_longitude, result.water_latitude],
    });

    const bodies = read('waterbodies.geojson').features;
    expect(bodies).toHaveLength(2);
    expect(bodies[0]!.geometry.type).toBe('Polygon');
    expect(bodies[0]!.properties).toMatchObject({
      UID: 'near',
      area_ored: 2,
      Village: 'Vadi\u2028',
      desilt_id: 2,
      match_type: 'near',
      matched: true,
    });

    expect(read('desilting-unmatched.geojson').features.map(({ properties }) => properties)).toMatchObject([
      { desilt_id: 5, matched: false },
    ]);
    expect(read('watersheds.geojson').features.map(({ properties }) => properties)).toEqual([
      { uid: '12_1', area_in_ha: 9.5 },
      { uid: '12_2', area_in_ha: 8 },
    ]);
    for (const text of artifacts.values()) expect(text).not.toMatch(/\d\.\d{8,}(?=[,\]])(?<=\[[^"]*)/);
  });

  test('of a batch without any water are empty, not an error', async () => {
    const artifacts = await (await prepareBatch({ lulc, mws, waterbodies })).finish([
      ledgerRow(2, { state: 'failed' }),
    ]);
    expect([...artifacts.keys()]).toEqual([
      'desilting-points.geojson',
      'waterbodies.geojson',
      'watersheds.geojson',
    ]);
    for (const text of artifacts.values())
      expect(JSON.parse(text)).toEqual({ type: 'FeatureCollection', features: [] });
  });

  test('are only the points when no polygons are configured', async () => {
    const artifacts = await (await prepareBatch({ lulc })).finish([]);
    expect([...artifacts.keys()]).toEqual(['desilting-points.geojson']);
  });
});
