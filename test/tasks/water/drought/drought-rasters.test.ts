import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import drought from '../../../../src/tasks/water/drought/drought.js';
import { dayOf, isoDay, partsOf } from '../../../../src/tasks/water/series/calendar.js';
import { type Entry, featuresOf, prepareTask, type Row } from '../in-process.js';
import { METRES, makeFolder, pixelRectangle, writeRaster } from '../made-rasters.js';

const YEARS = [2015, 2016, 2017, 2018, 2019];
const DRY_YEAR = 2019;
const CROP_YEARS = [2017, 2018, 2019];
const COARSE = { ...METRES, width: 6, height: 4, affine: { ...METRES.affine, stepX: 100, stepY: -100 } };
const watershed: Row = { uid: '14_1', geometry: pixelRectangle(METRES, 0, 0, 60, 40) };

/** Rain from the 175th day on, heavier in some years; in the dry year it stops after five weeks. */
function rainOn(day: number): number {
  const { year } = partsOf(day);
  const ofYear = day - dayOf(year, 1, 1);
  if (ofYear < 175 || ofYear > 320) return 0;
  if (year === DRY_YEAR && ofYear >= 210) return 0;
  return 6 + ((ofYear + year) % 5) + (year % 3);
}

let data: Record<string, string | string[] | Entry>;
beforeAll(async () => {
  const folder = await makeFolder();
  const lines: string[] = [];
  for (let day = dayOf(2015, 1, 1); day < dayOf(2020, 1, 1); day++)
    lines.push(`14_1,${isoDay(day)},${rainOn(day)}`);
  const precipitation = join(folder, 'rain.csv');
  await writeFile(precipitation, `uid,date,mm\n${lines.join('\n')}\n`);
  const lulc: string[] = [];
  for (const year of CROP_YEARS) {
    // Kharif crops on 40, 30 and 10 columns of 60.
    const cropped = { 2017: 40, 2018: 30, 2019: 10 }[year] ?? 0;
    const at = (column: number) => (column < cropped ? 8 : 7);
    lulc.push(
      await writeRaster(join(folder, `lulc_${year}_${year + 1}.tif`), METRES, [at], { sampleType: 'uint8' }),
    );
  }
  const months = (valueIn: (year: number, month: number) => number) =>
    YEARS.flatMap((year) =>
      Array.from({ length: 12 }, (_, i) => ({ year, month: i + 1, value: valueIn(year, i + 1) })),
    );
  const monthly = async (name: string, valueIn: (year: number, month: number) => number): Promise<Entry> => {
    const all = months(valueIn);
    const file = await writeRaster(
      join(folder, `${name}.tif`),
      COARSE,
      all.map(
        ({ value }) =>
          () =>
            value,
      ),
    );
    return {
      files: [file],
      period: 'month',
      dates: all.map(({ year, month }) => `${year}-${String(month).padStart(2, '0')}-01`),
    };
  };
  data = {
    precipitation,
    lulc,
    ndvi: await monthly('ndvi', (year) => (year === DRY_YEAR ? 0.2 : 0.2 + 0.1 * (year - 2014))),
    et: await monthly('et', (year) => (year === DRY_YEAR ? 20 : 80)),
    pet: await monthly('pet', () => 100),
  };
});

describe('drought from rain, crops and vegetation', () => {
  test('a monsoon that breaks off becomes a severe drought, and one that does not is none', async () => {
    const task = await prepareTask(drought, data);
    const { artifacts } = await task.finish([watershed]);
    const found = featuresOf(artifacts.get('drought.geojson'))[0]!.properties;
    // 2017 has only two years before it: fewer than three say nothing.
    expect(found.drlb_2017).toMatch(/^\[null(,null)*\]$/);
    expect(JSON.parse(found.drlb_2018 as string)).toEqual(new Array(found.t_wks_2018 as number).fill(0));
    expect(found.w_sev_2019).toBeGreaterThan(8);
    expect(found.w_mld_2019).toBe(0);
    expect(found.t_wks_2019).toBe(
      (found.w_no_2019 as number) + (found.w_sev_2019 as number) + (found.w_mod_2019 as number),
    );
    expect(found.drysp_2019).toBeGreaterThan(10);
    expect(found.drysp_2018).toBe(0);
    expect(found).toMatchObject({
      m_ons_2019: expect.stringMatching(/^2019-6-\d\d$/),
      kh_cr_2017: 0.16,
      pcr_k_2017: 100,
    });
    expect(found.kh_cr_2019).toBeCloseTo(0.04, 9);
    expect(found.pcr_k_2019).toBeCloseTo(25, 9);
  });

  test('rain deviations are of 28 days against the mean of the same days of earlier years', async () => {
    const task = await prepareTask(drought, data, { monsoonOnset: '06-25', startYear: 2019, endYear: 2019 });
    const { properties } = (await task.run(watershed)) as { properties: Row };
    const total = (year: number, month: number, date: number) =>
      Array.from({ length: 28 }, (_, i) => rainOn(dayOf(year, month, date) + i)).reduce((a, b) => a + b);
    for (const [month, date] of [
      [6, 25],
      [7, 23],
      [9, 3],
    ] as const) {
      const mean = [2015, 2016, 2017, 2018].reduce((sum, year) => sum + total(year, month, date), 0) / 4;
      const expected = ((total(2019, month, date) - mean) / mean) * 100;
      expect(properties[`rd19-${month}-${date}`]).toBeCloseTo(expected, 9);
    }
    expect(properties.m_ons_2019).toBe('2019-6-25');
    expect(properties.t_wks_2019).toBe(19);
  });

  test('without vegetation, moisture and crops a drought is mild at most, and the notes say what is missing', async () => {
    const task = await prepareTask(
      drought,
      { precipitation: data.precipitation! },
      { startYear: 2019, endYear: 2019 },
    );
    const result = await task.run(watershed);
    expect(result).toMatchObject({ moderate_weeks: 0, severe_weeks: 0, worst_year: 2019 });
    expect(result.mild_weeks).toBeGreaterThan(8);
    for (const name of ['lulc', 'ndvi', 'ndwi', 'et', 'pet'])
      expect(result.notes).toContain(`no data.${name}`);
  });

  test('with the other years as its baseline every year has labels', async () => {
    const task = await prepareTask(drought, data, { baseline: 'other' });
    const { properties } = (await task.run(watershed)) as { properties: Row };
    expect(properties.drlb_2017).not.toContain('null');
  });

  test('the original’s SPI calls wet weeks dry, and its dry spells never count', async () => {
    const given = { startYear: 2018, endYear: 2018 };
    const meant = await (await prepareTask(drought, data, given)).run(watershed);
    const original = await (await prepareTask(drought, data, { ...given, spiUnits: 'original' })).run(
      watershed,
    );
    expect(meant.worst_year).toBeNull();
    expect(original.no_drought_weeks).toBe(0);
  });

  test('without rain data it says what to add, and without rain in the years asked for that too', async () => {
    await expect((await prepareTask(drought)).run(watershed)).rejects.toMatchObject({ code: 'DATA_MISSING' });
    const unknown = await prepareTask(drought, data);
    await expect(unknown.run({ ...watershed, uid: '14_2' })).rejects.toMatchObject({ code: 'NO_RAIN' });
  });
});
