import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  curveNumber,
  dailyRunoff,
  RUNOFF_RULES,
  slopeAdjusted,
  storagesOf,
} from '../../../../src/geo/curve-number.js';
import deltaG from '../../../../src/tasks/water/hydrology/delta-g.js';
import seVariables from '../../../../src/tasks/water/hydrology/se-variables.js';
import { isoDay, parseDay } from '../../../../src/tasks/water/series/calendar.js';
import { type Entry, featuresOf, prepareTask, type Row } from '../in-process.js';
import { METRES, makeFolder, pixelRectangle, writeRaster } from '../made-rasters.js';

const START = parseDay('2017-07-01')!;
const DAYS = 40;
const NODATA = 255;
const COARSE = { ...METRES, width: 3, height: 2, affine: { ...METRES.affine, stepX: 200, stepY: -200 } };
const box = [10, 5, 45, 33] as const;
const watershed: Row = { uid: '14_1', geometry: pixelRectangle(METRES, ...box) };

/** Rain of a coarse cell and day: none on most days, heavy on some. */
const rainAt = (day: number) => (column: number, row: number) =>
  day % 3 === 0 ? 30 + 25 * ((day + column + row) % 4) : day % 7 === 1 ? 8 : 0;
const coverAt = (column: number, row: number) => (column < 14 ? 0 : column < 30 ? 4 : row < 20 ? 1 : 7);
const soilAt = (column: number, row: number) => (column === 20 && row === 10 ? NODATA : row < 16 ? 2 : 13);
const elevationAt = (column: number, row: number) => 100 + 0.8 * column - 0.4 * row;
const SLOPE = Math.hypot(0.08, 0.04);

let data: Record<string, string | string[] | Entry>;
beforeAll(async () => {
  const folder = await makeFolder();
  const precipitation: string[] = [];
  for (let day = 0; day < DAYS; day++) {
    const file = join(folder, `rain_${isoDay(START + day).replaceAll('-', '')}.tif`);
    precipitation.push(await writeRaster(file, COARSE, [rainAt(day)]));
  }
  const et = await writeRaster(join(folder, 'et_20170701.tif'), COARSE, [
    () => 3,
    () => 4,
    () => 5,
    () => 2,
    () => 1,
  ]);
  data = {
    precipitation,
    et: { files: [et], period: '8-day', unit: 'mm/day' },
    soil: await writeRaster(join(folder, 'soil.tif'), METRES, [soilAt], {
      sampleType: 'uint8',
      nodata: NODATA,
    }),
    landcover: await writeRaster(join(folder, 'dw.tif'), METRES, [coverAt], { sampleType: 'uint8' }),
    dem: await writeRaster(join(folder, 'dem.tif'), METRES, [elevationAt]),
  };
});

/** The same, pixel by pixel and day by day, from the functions that the rasters were written with. */
function expectedFortnight(window: number): { precipitation: number; et: number; runoff: number } {
  const [left, top, right, bottom] = box;
  const from = window * 14;
  let [rain, runoff, pixels, counted] = [0, 0, 0, 0];
  const et = Array.from({ length: 14 }, (_, i) => [3, 4, 5, 2, 1][Math.floor((from + i) / 8)]!).reduce(
    (a, b) => a + b,
  );
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const cell = (day: number) => rainAt(day)(Math.floor(column / 20), Math.floor(row / 20));
      const days = Array.from({ length: 14 }, (_, i) => from + i);
      const total = days.reduce((sum, day) => sum + cell(day), 0);
      rain += total;
      pixels++;
      const soil = soilAt(column, row);
      const cn2 = soil === NODATA ? undefined : curveNumber(coverAt(column, row), soil);
      if (cn2 === undefined) continue;
      counted++;
      if (cn2 === 0) {
        runoff += Math.max(0, total - et);
        continue;
      }
      const storages = storagesOf(slopeAdjusted(cn2, SLOPE));
      for (const day of days) {
        let before = 0;
        for (let back = 1; back <= 5; back++) if (day - back >= 0) before += cell(day - back);
        runoff += dailyRunoff(cell(day), before, storages, RUNOFF_RULES);
      }
    }
  }
  return { precipitation: rain / pixels, et, runoff: runoff / counted };
}

describe('hydrology.se-variables', () => {
  test('gives rain, runoff and evaporation of each fortnight as an independent sum over pixels and days does', async () => {
    const task = await prepareTask(seVariables, data);
    const result = (await task.run(watershed)) as { fortnight: Record<string, Record<string, number>> } & Row;
    expect(Object.keys(result.fortnight)).toEqual(['2017-07-01', '2017-07-15']);
    for (const [i, fluxes] of Object.values(result.fortnight).entries()) {
      const expected = expectedFortnight(i);
      expect(fluxes.precipitation).toBeCloseTo(expected.precipitation, 4);
      expect(fluxes.et).toBeCloseTo(expected.et, 4);
      expect(fluxes.runoff! / expected.runoff).toBeCloseTo(1, 4);
    }
    expect(result).toMatchObject({
      last_fortnight: '2017-07-15',
      last_year: null,
      notes: 'the days before the first rain value count as dry',
    });
  });

  test('its layer is what hydrology.delta-g computes with', async () => {
    const task = await prepareTask(seVariables, data);
    const { artifacts, sections } = await task.finish([watershed]);
    const [feature] = featuresOf(artifacts.get('se_variables_fortnight.geojson'));
    const balance = await prepareTask(deltaG);
    const fromLayer = await balance.run({ ...feature!.properties, weighted_a: 0.02 });
    const direct = await (await prepareTask(deltaG, data)).run({ ...watershed, weighted_a: 0.02 });
    expect(fromLayer.fortnight).toEqual(direct.fortnight);
    expect(direct.delta_g_mm).toBeCloseTo(
      (direct.precipitation_mm as number) - (direct.runoff_mm as number) - (direct.et_mm as number),
      9,
    );
    expect(sections[0]?.items.map(({ kind }) => kind)).toEqual(['chart']);
  });

  test('the original’s choices change the runoff, each its own way', async () => {
    const runoff = async (given: Row) =>
      (await (await prepareTask(seVariables, data, given)).run(watershed)).fortnight_runoff_mm as number;
    const meant = await runoff({});
    const changed = await Promise.all(
      [
        { runoffAmc3Reachable: 'false' },
        { runoffDenominator: 'original' },
        { runoffDays: 'original' },
        { slopeUnit: 'degrees' },
        { openWater: 'none' },
        { antecedentDays: '10' },
      ].map(runoff),
    );
    for (const value of changed) expect(Math.abs(value - meant)).toBeGreaterThan(0.01);
    expect(changed[0]).toBeLessThan(meant);
    expect(changed[1]).toBeLessThan(meant);
  });

  test('what has no data is missing and says why, and nothing becomes 0', async () => {
    const { precipitation } = data;
    const result = await (await prepareTask(seVariables, { precipitation: precipitation! })).run(watershed);
    expect(result).toMatchObject({ fortnight_runoff_mm: null, fortnight_et_mm: null, missing_windows: 2 });
    expect(result.notes).toContain('no data.et');
    expect(result.notes).toContain('no runoff without data.soil, data.landcover');
    const dry = await (await prepareTask(deltaG, { precipitation: precipitation! })).run(watershed);
    expect(dry).toMatchObject({ delta_g_mm: null, g_mm: null });
  });

  test('monthly rain has no runoff by curve numbers, and says so', async () => {
    const folder = await makeFolder();
    const file = join(folder, 'rain_2017.tif');
    await writeRaster(
      file,
      COARSE,
      Array.from({ length: 12 }, () => () => 90),
    );
    const task = await prepareTask(
      seVariables,
      { ...data, precipitation: file },
      { startYear: 2017, endYear: 2017, step: 'fortnight' },
    );
    const result = await task.run(watershed);
    expect(result.fortnight_runoff_mm).toBeNull();
    expect(result.notes).toContain('needs rain by the day');
    expect(result.fortnight_precipitation_mm).toBeGreaterThan(30);
  });

  test('a watershed beyond the rain fails alone, with the period that was looked at', async () => {
    const task = await prepareTask(seVariables, data);
    const away = {
      uid: 'x',
      geometry: {
        type: 'Polygon',
        coordinates: [
          [
            [10, 10],
            [10.1, 10],
            [10, 10.1],
            [10, 10],
          ],
        ],
      },
    };
    await expect(task.run(away)).rejects.toMatchObject({
      code: 'NO_RAIN',
      message: expect.stringContaining('2017-07-01'),
    });
  });

  test('a single job does all watersheds of data.mws, one that fails not stopping the others', async () => {
    const folder = await makeFolder();
    const mws = join(folder, 'mws.geojson');
    const away = {
      type: 'Polygon',
      coordinates: [
        [
          [10, 10],
          [10.1, 10],
          [10, 10.1],
          [10, 10],
        ],
      ],
    };
    const features = [
      { type: 'Feature', properties: { uid: '14_1', area_in_ha: 9.8 }, geometry: watershed.geometry },
      { type: 'Feature', properties: { uid: '14_2' }, geometry: away },
    ];
    await writeFile(mws, JSON.stringify({ type: 'FeatureCollection', features }));
    const task = await prepareTask(seVariables, { ...data, mws });
    expect(await task.run({ layer: 'mws' })).toEqual({
      watersheds: 2,
      failed: 1,
      last_fortnight: '2017-07-15',
      last_year: null,
    });
    expect(task.warnings).toEqual([expect.stringContaining('14_2')]);
    const [only] = featuresOf(task.artifacts.get('se_variables_fortnight.geojson'));
    const alone = (await task.run(watershed)) as { fortnight: Record<string, { precipitation: number }> };
    const first = JSON.parse(only!.properties['2017-07-01'] as string) as Row;
    expect(first.Precipitation).toBeCloseTo(alone.fortnight['2017-07-01']!.precipitation, 9);
  });

  test('years that end before they begin are refused', async () => {
    await expect(prepareTask(seVariables, data, { startYear: 2018, endYear: 2017 })).rejects.toMatchObject({
      code: 'YEARS_REVERSED',
    });
  });
});
