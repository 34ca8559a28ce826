import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../../../src/core/error.js';
import type { LedgerRow } from '../../../../src/core/row.js';
import { openRaster } from '../../../../src/raster/raster.js';
import { zoneAreaHa, zoneRadiusM } from '../../../../src/tasks/water/pipeline/zone-radius.js';
import { writeTiff } from '../../../raster/write-tiff.js';
import { degreesAt, type Land, labelAt, makeLand, SIDE, WATERSHEDS } from './made-up-land.js';
import { type Batch, type Finished, pipelineBatch, statesOf } from './pipeline-run.js';

let work = '';
let land: Land;
let runs = 0;

/** Everything that is not made from the DEM. */
function dataOf({ folder: _, dem: __, ...data }: Land): Omit<Land, 'folder' | 'dem'> {
  return data;
}

function place(column: number, row: number, name: string) {
  const [lon, lat] = degreesAt(column + 0.5, row + 0.5);
  return { lon, lat, name };
}

const POINTS = () => [
  place(45, 55, 'Moti'),
  place(118, 30, 'Nani'),
  place(52, 60, 'Moti again'),
  place(90, 100, 'Dry'),
];

async function finished(batch: Batch, points = POINTS()): Promise<{ rows: LedgerRow[]; done: Finished }> {
  const rows = await batch.rowsOf(points);
  return { rows, done: await batch.finish(rows) };
}

const newFolder = () => join(work, `run-${runs++}`);
const OPTIONS = { minWaterYears: '1', searchRadiusM: '600' };

/** The first run over all data: its folder has the cache that second runs find. */
let folder = '';
let rows: LedgerRow[] = [];
let done: Finished;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'sluice-pipeline-'));
  land = await makeLand(join(work, 'land'));
  folder = newFolder();
  ({ rows, done } = await finished(await pipelineBatch(folder, dataOf(land), OPTIONS)));
});
afterAll(() => rm(work, { recursive: true, force: true }));

describe('the pipeline over all its data', () => {
  test('does all 13 steps, and leaves a layer, a raster or a section of each', () => {
    expect(done.error).toBeNull();
    expect(new Set(Object.values(statesOf(done)))).toEqual(new Set(['done']));
    expect(Object.keys(done.hashes).sort()).toEqual([
      'catchment-area.tif',
      'desilting-points.geojson',
      'drainage-lines.geojson',
      'drought.geojson',
      'lulc-2017-18.tif',
      'lulc-2018-19.tif',
      'lulc-2019-20.tif',
      'precipitation-fortnight.geojson',
      'stream-order.geojson',
      'stream-order.tif',
      'surface-water-bodies.geojson',
      'terrain.tif',
      'waterbodies-mws.geojson',
      'waterbodies.geojson',
      'watersheds.geojson',
      'zoi.geojson',
    ]);
    expect(done.sections.map(({ id }) => id)).toEqual([
      'lulc',
      'drainage',
      'catchment-area',
      'stream-order',
      'surface-water-bodies',
      'precipitation',
      'drought',
      'desilting-points',
      'terrain',
      'mws-layer',
      'zoi',
      'desilting-steps',
    ]);
    const drawn = done.sections.flatMap(({ items }) =>
      items.flatMap((item) => (item.kind === 'map' ? item.layers : [])),
    );
    for (const { artifact } of drawn) expect(done.hashes).toHaveProperty([artifact]);
  });

  test('gives the distinct micro-watersheds around all points', async () => {
    const features = await done.features('watersheds.geojson');
    expect(features.map(({ properties }) => properties)).toEqual(
      WATERSHEDS.map(({ uid }) => ({ uid, area_in_ha: 180 })),
    );
  });

  test('cuts land use to the watersheds pixel for pixel, with nodata outside, where it lay before', async () => {
    for (const [year, name] of ['lulc-2017-18.tif', 'lulc-2018-19.tif', 'lulc-2019-20.tif'].entries()) {
      const raster = await openRaster(join(done.folder, name));
      const { width, height } = raster;
      expect([width, raster.nodata]).toEqual([200, 255]);
      const samples = await raster.readWindow({ column: 0, row: 0, width, height });
      const expected = Array.from({ length: height * width }, (_, i) =>
        i < 180 * width ? labelAt(i % width, Math.floor(i / width), year) : 255,
      );
      expect(Array.from(samples)).toEqual(expected);
      const whole = await openRaster(land.lulc[year]!);
      expect(raster.affine).toEqual(whole.affine);
      await raster.close();
      await whole.close();
    }
  });

  test('gives every order its share of each watershed, by true pixel areas', async () => {
    const [west, east] = await done.features('stream-order.geojson');
    // Column 16 is 30 m of the 1000 m of the watershed; order 1 is on 15 of its 60 rows of 30 m.
    expect(west!.properties.order_1_area_percent).toBeCloseTo((100 * 30 * 450) / (1000 * 1800), 3);
    expect(west!.properties.order_4_area_percent).toBeCloseTo((100 * 30 * 450) / (1000 * 1800), 3);
    expect(Object.keys(west!.properties).filter((name) => name.startsWith('order_'))).toHaveLength(11);
    expect(east!.properties.order_1_area_percent).toBe(0);
  });

  test('keeps the drainage lines that touch a watershed, whole', async () => {
    const [line, ...others] = await done.features('drainage-lines.geojson');
    expect(others).toEqual([]);
    expect(line!.properties).toEqual({ name: 'through the large pond' });
    expect(line!.geometry.coordinates).toHaveLength(2);
  });

  test('sums the rain of every fortnight and of every season by the first day of the fortnight', async () => {
    const rain = new Map<string, number>();
    for (const row of readFileSync(land.precipitation, 'utf8').trim().split('\n').slice(1)) {
      const [uid, day, mm] = row.split(',') as [string, string, string];
      if (uid === '12_1') rain.set(day, Number(mm));
    }
    const sums = new Map<string, number>();
    const seasons = new Map<string, number>();
    for (
      let from = Date.UTC(2017, 6, 1);
      from + 14 * 86_400_000 <= Date.UTC(2020, 6, 1);
      from += 14 * 86_400_000
    ) {
      const key = new Date(from).toISOString().slice(0, 10);
      let sum = 0;
      for (let day = 0; day < 14; day++)
        sum += rain.get(new Date(from + day * 86_400_000).toISOString().slice(0, 10))!;
      sums.set(key, sum);
      const [year, month] = key.split('-').map(Number) as [number, number];
      const season = month >= 7 && month <= 10 ? 'kharif' : month >= 3 && month <= 6 ? 'zaid' : 'rabi';
      const start = month >= 7 ? year : year - 1;
      const name = `precipitation_${season}_${start}-${start + 1}`;
      seasons.set(name, (seasons.get(name) ?? 0) + sum);
    }
    const [fortnights] = await done.features('precipitation-fortnight.geojson');
    expect(fortnights!.properties).toEqual({ uid: '12_1', area_in_ha: 180, ...Object.fromEntries(sums) });
    const [mws] = await done.features('waterbodies-mws.geojson');
    expect(mws!.properties).toMatchObject({ uid: '12_1', ...Object.fromEntries(seasons) });
    expect(Object.keys(mws!.properties).filter((name) => name.startsWith('precipitation_'))).toHaveLength(9);
  });

  test('copies every drought property to the watershed layer under drought_', async () => {
    const drought = await done.features('drought.geojson');
    const layer = await done.features('waterbodies-mws.geojson');
    for (const [i, { properties }] of drought.entries()) {
      expect(properties).toHaveProperty('drlb_2019');
      for (const [name, value] of Object.entries(properties))
        expect(layer[i]!.properties[`drought_${name}`]).toEqual(value);
    }
  });

  test('matches every point to its water body: a feature a point, whose values win, and the others apart', async () => {
    const points = await done.features('desilting-points.geojson');
    expect(Object.keys(points[0]!.properties)).toEqual([
      'desilt_id',
      'latitude',
      'longitude',
      'desiltingpoint_lat',
      'desiltingpoint_lon',
      'Village',
      'distance_from_desilting_point',
      'name_of_ngo',
      'State',
      'District',
      'Taluka',
      'waterbody_name',
      'slit_excavated',
      'intervention_year',
    ]);
    expect(points[0]!.properties).toMatchObject({
      desilt_id: 2,
      Village: 'N/A',
      name_of_ngo: 'N/A',
      waterbody_name: 'Moti',
    });
    const bodies = await done.features('waterbodies.geojson');
    const surface = await done.features('surface-water-bodies.geojson');
    expect(
      bodies.map(({ properties }) => [properties.waterbody_name, properties.UID, properties.match_type]),
    ).toEqual([
      ['Moti', '12_1_1', 'intersect'],
      ['Nani', '12_2_0', 'intersect'],
      ['Moti again', '12_1_1', 'intersect'],
      ['Dry', '12_1_1', 'intersect'],
    ]);
    const large = surface.find(({ properties }) => properties.UID === '12_1_1')!;
    expect(bodies[0]!.geometry).toEqual(large.geometry);
    expect(bodies[0]!.properties).toEqual({
      ...large.properties,
      ...points[0]!.properties,
      match_type: 'intersect',
      matched: true,
    });
  });

  test('draws a zone around each matched body once, with its crops and its vegetation', async () => {
    const zones = await done.features('zoi.geojson');
    expect(zones.map(({ properties }) => properties.UID)).toEqual(['12_1_1', '12_2_0']);
    const [large, small] = zones.map(({ properties }) => properties);
    expect(large).toMatchObject({ zoi: zoneRadiusM(2.56), zoi_area: zoneAreaHa(zoneRadiusM(2.56)) });
    expect(small).toMatchObject({ zoi: zoneRadiusM(0.01) });
    // The small zone is 26.7 m around the middle of pixel (120, 30): centres within 2 pixels and a diagonal.
    const inside: (readonly [number, number])[] = [];
    for (let row = 27; row <= 33; row++)
      for (let column = 117; column <= 123; column++)
        if (Math.hypot(column - 120, row - 30) * 10 < zoneRadiusM(0.01)) inside.push([column, row] as const);
    const crops =
      (...classes: number[]) =>
      (year: number) =>
        inside.filter(([column, row]) => classes.includes(labelAt(column, row, year))).length / 100;
    const ever = inside.filter(([column, row]) =>
      [0, 1, 2].some((year) => [8, 9, 10, 11].includes(labelAt(column, row, year))),
    );
    for (const [i, year] of [2017, 2018, 2019].entries()) {
      const [kharif, other, double, triple] = [crops(8)(i), crops(9)(i), crops(10)(i), crops(11)(i)];
      expect(small).toMatchObject({
        [`single_kharif_cropped_area_${year}`]: expect.closeTo(kharif, 10),
        [`single_non_kharif_cropped_area_${year}`]: expect.closeTo(other, 10),
        [`doubly_cropped_area_${year}`]: expect.closeTo(double, 10),
        [`triply_cropped_area_${year}`]: expect.closeTo(triple, 10),
        [`cropping_intensity_${year}`]: expect.closeTo(
          (kharif + other + 2 * double + 3 * triple) / (ever.length / 100),
          10,
        ),
      });
    }
    expect(small!.total_cropable_area_ever_hydroyear_2017_2019).toBeCloseTo(ever.length / 100, 10);
    const ndvi = JSON.parse(small!.NDVI_2017 as string) as Record<string, number>;
    expect(Object.keys(ndvi)).toEqual(['2018-01-05']);
    // Pixels of 50 m hold column / 400; column 120 of 10 m lies in column 24.
    expect(ndvi['2018-01-05']).toBeCloseTo(24 / 400, 2);
    expect(JSON.parse(small!.NDVI_2018 as string)).toEqual({});
  });
});

describe('a second run of the same batch', { timeout: 120_000 }, () => {
  test('keeps every step, and its outputs are the same byte for byte', async () => {
    const again = await (await pipelineBatch(folder, dataOf(land), OPTIONS)).finish(rows);
    expect(new Set(Object.values(statesOf(again)))).toEqual(new Set(['kept']));
    expect(again.hashes).toEqual(done.hashes);
    expect(again.sections.slice(0, -1)).toEqual(done.sections.slice(0, -1));
    const elsewhere = await (await pipelineBatch(newFolder(), dataOf(land), OPTIONS)).finish(rows);
    expect(elsewhere.hashes).toEqual(done.hashes);
  });

  test('makes anew what was asked for by name, and keeps the others', async () => {
    const again = await (await pipelineBatch(folder, dataOf(land), { ...OPTIONS, steps: 'zoi' })).finish(
      rows,
    );
    const { zoi, ...others } = statesOf(again);
    expect(zoi).toBe('done');
    expect(new Set(Object.values(others))).toEqual(new Set(['kept']));
    expect(again.hashes).toEqual(done.hashes);
  });

  test('leaves alone what was not asked for and is not there', async () => {
    const again = await (
      await pipelineBatch(newFolder(), dataOf(land), { ...OPTIONS, steps: 'match' })
    ).finish(rows);
    expect(doneIn(again)).toEqual([
      'mws',
      'drainage',
      'catchment-area',
      'stream-order',
      'waterbodies',
      'desilting-points',
      'match',
    ]);
    expect(again.steps.find(({ name }) => name === 'zoi')?.reason).toBe('it was not asked for (steps)');
  });

  test('makes anew what reads a changed file or option, and what follows from it', async () => {
    const villages = join(work, 'other-villages.geojson');
    await writeFile(villages, await readFile(land.villages));
    const other = await (await pipelineBatch(folder, { ...dataOf(land), villages }, OPTIONS)).finish(rows);
    expect(doneIn(other)).toEqual(['waterbodies', 'match', 'zoi']);
    const narrow = { ...OPTIONS, matchRadiusM: '50' };
    const radius = await (await pipelineBatch(folder, dataOf(land), narrow)).finish(rows);
    expect(doneIn(radius)).toEqual(['match', 'zoi']);
    const fewer = await (await pipelineBatch(folder, dataOf(land), OPTIONS)).finish(rows.slice(0, 3));
    expect(doneIn(fewer)).toEqual(['desilting-points', 'match', 'zoi']);
  });

  test('makes anew what was damaged in the cache', async () => {
    const kept = join(folder, 'cache', 'steps', 'terrain');
    for (const key of await readdir(kept)) await writeFile(join(kept, key, 'terrain.tif'), 'x');
    const again = await (await pipelineBatch(folder, dataOf(land), OPTIONS)).finish(rows);
    expect(doneIn(again)).toEqual(['terrain']);
    expect(again.hashes).toEqual(done.hashes);
  });

  test('goes on after the step that was cut off', async () => {
    const cutFolder = newFolder();
    const batch = await pipelineBatch(cutFolder, dataOf(land), OPTIONS);
    const cut = await batch.finish(rows, abortAfter(new AbortController(), 40));
    expect(cut.error?.message).toContain('stopped by the test');
    const whole = await (await pipelineBatch(cutFolder, dataOf(land), OPTIONS)).finish(rows);
    expect(whole.error).toBeNull();
    expect(statesOf(whole)).toMatchObject({ mws: 'kept', lulc: 'kept', zoi: 'done' });
    expect(whole.hashes).toEqual(done.hashes);
  });
});

describe('steps that cannot be done', { timeout: 120_000 }, () => {
  test('fail by themselves: what does not need them goes on, and the batch ends with one error that names them', async () => {
    const broken = await makeLand(join(work, 'broken'));
    await truncate(broken.streamOrder, 200);
    const folder = newFolder();
    const { rows, done } = await finished(await pipelineBatch(folder, dataOf(broken), OPTIONS));
    expect(statesOf(done)).toMatchObject({
      'stream-order': 'failed',
      waterbodies: 'done',
      match: 'done',
      zoi: 'done',
    });
    expect(done.error).toMatchObject({ code: 'STEPS_FAILED', details: { steps: ['stream-order'] } });
    expect(done.error?.message).toContain(broken.streamOrder);
    expect(done.warnings[0]).toContain('Step stream-order failed');
    const failed = done.steps.find(({ name }) => name === 'stream-order');
    expect(failed).toMatchObject({ outputs: [], error: { code: 'RASTER_TRUNCATED' } });
    expect((await done.features('surface-water-bodies.geojson'))[0]!.properties.max_stream_order).toBeNull();

    const whole = await makeLand(join(work, 'broken'));
    const mended = await (await pipelineBatch(folder, dataOf(whole), OPTIONS)).finish(rows);
    expect(mended.error).toBeNull();
    expect(statesOf(mended)).toMatchObject({ 'stream-order': 'done', waterbodies: 'done' });
    expect((await mended.features('surface-water-bodies.geojson'))[1]!.properties.max_stream_order).toBe(2);
  });

  test('fail when a file of theirs is not there, naming it', async () => {
    const { lulc, mws } = land;
    const landforms = join(work, 'no-such.tif');
    const { done } = await finished(await pipelineBatch(newFolder(), { lulc, mws, landforms }, OPTIONS));
    expect(done.error?.message).toContain(
      `terrain: ${landforms} (data.landforms in jobs.config.ts) cannot be read`,
    );
    expect(statesOf(done)).toMatchObject({ terrain: 'failed', zoi: 'done' });
  });

  test('are skipped with what is missing, or with the step that left nothing', async () => {
    const { lulc, mws, rivers } = land;
    const { done } = await finished(await pipelineBatch(newFolder(), { lulc, mws, rivers }, OPTIONS));
    expect(done.error).toBeNull();
    const reasons = Object.fromEntries(done.steps.map(({ name, reason }) => [name, reason]));
    expect(reasons).toMatchObject({
      drainage: 'there is no data.drainage or data.dem',
      precipitation: 'there is no data.precipitation',
      'mws-layer': 'there is no data.precipitation',
      terrain: 'there is no data.landforms or data.dem',
    });
    expect(statesOf(done)).toMatchObject({ mws: 'done', waterbodies: 'done', zoi: 'done' });
  });

  test('and that follow from a skipped one say so', async () => {
    const far = await makeLand(join(work, 'far'));
    const away = writeTiff(join(work, 'far', 'away.tif'), {
      width: SIDE,
      height: SIDE,
      keys: { 1024: 1, 1025: 1, 3072: 32643 },
      place: [600_000, 2_650_000, 10, 10],
      value: () => 1,
    });
    const { lulc, mws, precipitation } = far;
    await writeFile(precipitation, 'uid,date,mm\nother,2017-07-01,3\n');
    const { done } = await finished(
      await pipelineBatch(newFolder(), { lulc, mws, precipitation, landforms: away }, OPTIONS),
    );
    expect(done.error).toBeNull();
    expect(done.steps.find(({ name }) => name === 'terrain')).toMatchObject({
      state: 'skipped',
      reason: 'the micro-watersheds lie outside away.tif',
    });
    expect(done.steps.find(({ name }) => name === 'drought')).toMatchObject({ state: 'skipped' });
    expect(statesOf(done)['mws-layer']).toBe('done');
  });

  test('have nothing to process when no row has a water pixel, and that is no error', async () => {
    const batch = await pipelineBatch(newFolder(), dataOf(land), OPTIONS);
    const done = await batch.finish([]);
    expect(done.error).toBeNull();
    expect(new Set(done.steps.map(({ state }) => state))).toEqual(new Set(['skipped']));
    expect(done.steps[0]!.reason).toBe('nothing to process: no row has a water pixel');
    expect(done.hashes).toEqual({});
  });

  test('are refused before any row runs when they were asked for by name', async () => {
    const { lulc, mws } = land;
    const refusal = await pipelineBatch(newFolder(), { lulc, mws }, { steps: 'drought' }).catch(
      (error) => error,
    );
    expect(refusal).toBeInstanceOf(InputError);
    expect(refusal).toMatchObject({
      code: 'STEP_DATA_MISSING',
      hint: expect.stringContaining("precipitation: '…'"),
    });
  });

  test('leave the layers of the points alone with steps=none', async () => {
    const { done } = await finished(
      await pipelineBatch(newFolder(), dataOf(land), { ...OPTIONS, steps: 'none' }),
    );
    expect(Object.keys(done.hashes).sort()).toEqual(['desilting-points.geojson', 'watersheds.geojson']);
    expect(done.steps).toEqual([]);
    expect(done.sections).toEqual([]);
  });
});

describe('an elevation model', { timeout: 120_000 }, () => {
  test('gives drainage lines, catchments, stream orders and landforms where no layer does', async () => {
    const { lulc, mws, dem } = land;
    const options = { ...OPTIONS, streamThresholdCells: '40' };
    const { done } = await finished(await pipelineBatch(newFolder(), { lulc, mws, dem }, options));
    expect(done.error).toBeNull();
    // The made-up valley runs south along column 33 of 67, and its sides slope to it.
    const lines = await done.features('drainage-lines.geojson');
    expect(lines.every(({ properties }) => (properties.ORDER as number) >= 1)).toBe(true);
    const order = await openRaster(join(done.folder, 'stream-order.tif'));
    const area = await openRaster(join(done.folder, 'catchment-area.tif'));
    const valley = { column: 33, row: 0, width: 1, height: order.height - 1 };
    const hectares = Array.from(await area.readWindow(valley));
    expect(hectares.every((ha, row) => row === 0 || ha > hectares[row - 1]!)).toBe(true);
    expect(hectares.at(-1)).toBeGreaterThan(100);
    expect(Math.max(...(await order.readWindow(valley)))).toBeGreaterThanOrEqual(1);
    await order.close();
    await area.close();
    const shares = (await done.features('stream-order.geojson')).map(({ properties }) => properties);
    expect(shares.some(({ order_1_area_percent: share }) => (share as number) > 0)).toBe(true);
    expect(statesOf(done)).toMatchObject({ terrain: 'done', waterbodies: 'done' });
    const large = (await done.features('surface-water-bodies.geojson'))[1]!.properties;
    expect(large.max_catchment_area as number).toBeGreaterThan(0);
  });
});

describe('water bodies that are given', { timeout: 120_000 }, () => {
  test('are what the points are matched to, as when the rows ran; the computed ones are a layer beside', async () => {
    const waterbodies = join(work, 'given.geojson');
    const [[west, south], [east, north]] = [degreesAt(38, 68), degreesAt(62, 48)];
    const ring = [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ];
    await writeFile(
      waterbodies,
      JSON.stringify({
        type: 'FeatureCollection',
        features: [
          {
            type: 'Feature',
            properties: { UID: 'W1', name: 'Moti Talav' },
            geometry: { type: 'Polygon', coordinates: [ring] },
          },
        ],
      }),
    );
    const { done } = await finished(
      await pipelineBatch(newFolder(), { ...dataOf(land), waterbodies }, OPTIONS),
      [place(45, 55, 'Moti'), place(52, 60, 'Moti again')],
    );
    expect(done.error).toBeNull();
    expect(Object.keys(done.hashes)).toContain('surface-water-bodies.geojson');
    const [first] = await done.features('waterbodies.geojson');
    expect(first!.properties).toMatchObject({ UID: 'W1', name: 'Moti Talav', matched: true });
    const [zone] = await done.features('zoi.geojson');
    expect(zone!.properties.UID).toBe('W1');
    // 240 x 200 m; the plane of UTM and the ellipsoid differ by less than a thousandth.
    expect(zone!.properties.zoi as number).toBeCloseTo(zoneRadiusM(4.8), -1);
  });
});

function doneIn({ steps }: Finished): string[] {
  return steps.filter(({ state }) => state === 'done').map(({ name }) => name);
}

/** A signal that is aborted when it has been asked so often. */
function abortAfter(stop: AbortController, questions: number): AbortSignal {
  let asked = 0;
  return new Proxy(stop.signal, {
    get(signal, name) {
      if (name === 'throwIfAborted' && ++asked === questions) stop.abort(new Error('stopped by the test'));
      const value = Reflect.get(signal, name) as unknown;
      return typeof value === 'function' ? value.bind(signal) : value;
    },
  });
}
