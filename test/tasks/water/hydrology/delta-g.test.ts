import { describe, expect, test } from 'vitest';
import { FinalError } from '../../../../src/core/error.js';
import deltaG from '../../../../src/tasks/water/hydrology/delta-g.js';
import { difference, goldenRows } from '../golden.js';
import { featuresOf, prepareTask, type Row } from '../in-process.js';

const rows = goldenRows('hydrology');
const YEAR = /^\d{4}_\d{4}$/;

/** What is computed is taken away; what it is computed from stays. */
function primary(row: Row): Row {
  const kept = Object.entries(row).filter(([name]) => !name.startsWith('Net'));
  return Object.fromEntries(
    kept.map(([name, value]) => {
      if (!YEAR.test(name)) return [name, value];
      const { Precipitation, RunOff, ET } = JSON.parse(value as string) as Row;
      return [name, JSON.stringify({ Precipitation, RunOff, ET })];
    }),
  );
}

const year = (precipitation: number | null, runoff = 100, et = 500) =>
  JSON.stringify({ Precipitation: precipitation, RunOff: runoff, ET: et });

describe('hydrology.delta-g', () => {
  test('gives the published balance of all years of 58 watersheds to 1e-9', async () => {
    const task = await prepareTask(deltaG);
    const { artifacts } = await task.finish(rows.map(primary));
    const features = featuresOf(artifacts.get('deltaG_well_depth.geojson'));
    expect(features).toHaveLength(rows.length);
    let compared = 0;
    for (const [i, expected] of rows.entries()) {
      const found = features[i]!.properties;
      for (const [name, value] of Object.entries(expected)) {
        if (name === 'id') continue;
        if (!YEAR.test(name)) {
          expect(difference(found[name], value), `${name} of ${String(expected.uid)}`).toBeLessThan(1e-9);
          continue;
        }
        const [own, published] = [JSON.parse(found[name] as string), JSON.parse(value as string)] as [
          Row,
          Row,
        ];
        expect(Object.keys(own).sort()).toEqual(Object.keys(published).sort());
        for (const member of Object.keys(published)) {
          expect(difference(own[member], published[member]), `${name} ${member}`).toBeLessThan(1e-9);
          compared++;
        }
      }
    }
    expect(compared).toBe(rows.length * 8 * 6);
  });

  test('reads flat columns as well as JSON text, with years written either way', async () => {
    const task = await prepareTask(deltaG);
    const flat = await task.run({
      uid: 'a',
      Precipitation_2017_2018: 700,
      RunOff_2017_2018: 100,
      ET_2017_2018: 500,
      'Precipitation_in_mm_2018-2019': 400,
      'RunOff_in_mm_2018-2019': 50,
      'ET_in_mm_2018-2019': 450,
      weighted_a: 0.02,
    });
    expect(flat).toMatchObject({ last_year: '2018_2019', delta_g_mm: -100, g_mm: 0, well_depth_m: -5 });
  });

  test('takes fortnights by their first day and sums them in order', async () => {
    const task = await prepareTask(deltaG);
    const row = { uid: 'a', '2017-07-15': year(20, 5, 20), '2017-07-01': year(50, 10, 30) };
    const { artifacts } = await task.finish([row]);
    const [feature] = featuresOf(artifacts.get('deltaG_fortnight.geojson'));
    expect(JSON.parse(feature!.properties['2017-07-15'] as string)).toEqual({
      Precipitation: 20,
      RunOff: 5,
      ET: 20,
      DeltaG: -5,
      G: 5,
    });
    expect([...artifacts.keys()]).not.toContain('deltaG_well_depth.geojson');
  });

  test('a missing measurement stays missing, and so does every sum after it', async () => {
    const task = await prepareTask(deltaG);
    const result = await task.run({
      uid: 'a',
      '2017_2018': year(700),
      '2018_2019': year(null),
      '2019_2020': year(800),
      weighted_a: 0.1,
    });
    expect(result.annual).toMatchObject([
      { deltaG: 100, g: 100, wellDepth: 1 },
      { deltaG: null, g: null, wellDepth: null },
      { deltaG: 200, g: null, wellDepth: 2 },
    ]);
  });

  test('a year that the series lacks is named, and ends the running sum and the net values over it', async () => {
    const task = await prepareTask(deltaG);
    const years = ['2017_2018', '2018_2019', '2020_2021', '2021_2022', '2022_2023'];
    const result = await task.run({
      uid: 'a',
      weighted_a: 0.1,
      ...Object.fromEntries(years.map((key) => [key, year(700)])),
    });
    expect(result).toMatchObject({ missing_windows: '2019_2020', g_mm: null, delta_g_mm: 100, net_m: null });
  });

  test('a yield of 0 gives a well depth of 0, an unknown yield none', async () => {
    const task = await prepareTask(deltaG);
    expect(await task.run({ uid: 'a', '2017_2018': year(700), weighted_a: 0 })).toMatchObject({
      well_depth_m: 0,
    });
    expect(await task.run({ uid: 'a', '2017_2018': year(700) })).toMatchObject({
      well_depth_m: null,
      notes: 'no well depth: the specific yield is not known',
    });
  });

  test('says which column holds no balance', async () => {
    const task = await prepareTask(deltaG);
    const failure = await task.run({ uid: 'a', '2017_2018': 'n/a' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FinalError);
    expect(failure).toMatchObject({ code: 'BALANCE_UNREADABLE', field: '2017_2018' });
  });

  test('a row without a balance and without data to make one from says what is missing', async () => {
    const task = await prepareTask(deltaG);
    const square = {
      type: 'Polygon',
      coordinates: [
        [
          [72, 21],
          [72.1, 21],
          [72.1, 21.1],
          [72, 21.1],
          [72, 21],
        ],
      ],
    };
    await expect(task.run({ uid: 'a' })).rejects.toMatchObject({ code: 'WATERSHED_NOT_PLACED' });
    await expect(task.run({ uid: 'a', geometry: square })).rejects.toMatchObject({ code: 'BALANCE_MISSING' });
  });
});
