import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DataSource } from '../../../../src/core/task.js';
import { polygonFromGeoJson } from '../../../../src/geo/geojson.js';
import type { Polygon } from '../../../../src/geo/polygon.js';
import { isoDay, parseDay } from '../../../../src/tasks/water/series/calendar.js';
import { extentOf, valuesOf } from '../../../../src/tasks/water/series/dated-values.js';
import { spansOfName } from '../../../../src/tasks/water/series/file-dates.js';
import { ndviSeries } from '../../../../src/tasks/water/series/ndvi-series.js';
import {
  precipitationByWindow,
  seasonalPrecipitation,
} from '../../../../src/tasks/water/series/precipitation.js';
import { fortnightWindows } from '../../../../src/tasks/water/series/windows.js';
import { METRES, makeFolder, pixelRectangle, writeRaster } from '../made-rasters.js';

let folder: string;
beforeAll(async () => {
  folder = await makeFolder();
});

const day = (text: string) => parseDay(text)!;
const ALL = { from: -100_000, to: 100_000 };
/** A coarse grid over the fine one: 100 m pixels. */
const COARSE = { ...METRES, width: 6, height: 4, affine: { ...METRES.affine, stepX: 100, stepY: -100 } };

function source(files: string[], settings: Record<string, unknown> = {}): DataSource {
  return { name: 'precipitation', files, settings, origin: 'data.precipitation in jobs.config.ts' };
}

function place(left: number, top: number, right: number, bottom: number): { uid: string; polygon: Polygon } {
  const geometry = pixelRectangle(COARSE, left, top, right, bottom);
  return { uid: '14_1', polygon: polygonFromGeoJson(geometry, (lon, lat) => ({ lon, lat }))! };
}

describe('dates in names', () => {
  test.each([
    ['rain_20170701.tif', 1, undefined, [['2017-07-01', '2017-07-02']]],
    ['rain-2017-07-01.tif', 1, undefined, [['2017-07-01', '2017-07-02']]],
    ['ET_FLDAS_FORTNIGHT20170701_20170714.tif', 1, undefined, [['2017-07-01', '2017-07-15']]],
    ['pet_2017-02.tif', 1, undefined, [['2017-02-01', '2017-03-01']]],
    ['pet_201702.tif', 1, undefined, [['2017-02-01', '2017-03-01']]],
    ['mod16_20170704.tif', 1, '8-day', [['2017-07-04', '2017-07-12']]],
    ['et_2017_2018.tif', 1, undefined, [['2017-07-01', '2018-07-01']]],
    ['et_2017.tif', 1, undefined, [['2017-01-01', '2018-01-01']]],
  ] as const)('%s (%i band) is of the days that its name says', (name, bands, period, expected) => {
    const spans = spansOfName(name, bands, period);
    expect(spans?.map(({ from, to }) => [isoDay(from), isoDay(to)])).toEqual(expected);
  });

  test('a file of a year has as many bands as days or months, from 1 January or from 1 July', () => {
    const days = spansOfName('rain_2020.tif', 366, undefined)!;
    expect([days.length, isoDay(days[0]!.from), isoDay(days[365]!.from)]).toEqual([
      366,
      '2020-01-01',
      '2020-12-31',
    ]);
    const months = spansOfName('rain_2017_2018.tif', 12, undefined)!;
    expect(isoDay(months[7]!.from)).toBe('2018-02-01');
    expect(months[7]!.to - months[7]!.from).toBe(28);
  });

  test('a name without a date says nothing, nor does one whose bands do not fit its span', () => {
    expect(spansOfName('rain.tif', 1, undefined)).toBeUndefined();
    expect(spansOfName('rain_2017.tif', 7, undefined)).toBeUndefined();
  });
});

describe('values of a series', () => {
  test('the mean of each day is weighted by how much of each pixel is inside', async () => {
    const files: string[] = [];
    for (const [i, date] of ['20170701', '20170702', '20170703'].entries()) {
      files.push(await writeRaster(join(folder, `mean_${date}.tif`), COARSE, [(column) => 10 * i + column]));
    }
    const values = await valuesOf(source(files), place(1.5, 1, 3, 2), ALL, { identity: 'mean' });
    // Half of column 1 and all of column 2.
    const mean = (0.5 * 1 + 2) / 1.5;
    expect(values.map(({ from }) => isoDay(from))).toEqual(['2017-07-01', '2017-07-02', '2017-07-03']);
    values.forEach(({ value }, i) => {
      expect(value).toBeCloseTo(mean + 10 * i, 4);
    });
  });

  test('a watershed smaller than a pixel has that pixel’s value', async () => {
    const file = await writeRaster(join(folder, 'small_20170701.tif'), COARSE, [
      (column, row) => column * 10 + row,
    ]);
    const [only] = await valuesOf(source([file]), place(4.2, 2.1, 4.3, 2.2), ALL, { identity: 'small' });
    expect(only?.value).toBe(42);
  });

  test('nodata is left out, and where all is nodata the day is missing', async () => {
    const at = (_: number, row: number) => (row === 0 ? -9999 : row === 1 ? 4 : 8);
    const file = await writeRaster(join(folder, 'gaps_20170701.tif'), COARSE, [at], { nodata: -9999 });
    const [some] = await valuesOf(source([file]), place(0, 0, 2, 2), ALL, { identity: 'gaps' });
    const [none] = await valuesOf(source([file]), place(0, 0, 2, 1), ALL, { identity: 'gaps' });
    expect(some?.value).toBeCloseTo(4, 6);
    expect(none?.value).toBeNull();
  });

  test('scale and offset of the file, and of the entry before them, make measures of numbers', async () => {
    const file = await writeRaster(join(folder, 'scaled_20170701.tif'), COARSE, [() => 50], {
      sampleType: 'int16',
      scale: 0.1,
      offset: 2,
    });
    const at = place(0, 0, 1, 1);
    const [declared] = await valuesOf(source([file]), at, ALL, { identity: 'scaled' });
    const [given] = await valuesOf(source([file], { scale: 0.5, offset: 0 }), at, ALL, {
      identity: 'scaled',
    });
    const [rate] = await valuesOf(source([file], { unit: 'mm/day', period: '8-day' }), at, ALL, {
      identity: 'scaled',
    });
    expect(declared?.value).toBeCloseTo(7, 5);
    expect(given?.value).toBe(25);
    expect(rate?.value).toBeCloseTo(56, 4);
  });

  test('values outside the valid range are no measurements', async () => {
    const file = await writeRaster(
      join(folder, 'fill_20170701.tif'),
      COARSE,
      [(column) => (column === 0 ? 32_761 : 100)],
      {
        sampleType: 'int16',
      },
    );
    const [only] = await valuesOf(source([file], { valid: [0, 32_700] }), place(0, 0, 2, 1), ALL, {
      identity: 'fill',
    });
    expect(only?.value).toBeCloseTo(100, 9);
  });

  test('bands are of the dates that a list in the config, a file beside the raster, or their names give', async () => {
    const bands = [() => 1, () => 2];
    const listed = await writeRaster(join(folder, 'listed.tif'), COARSE, bands);
    const beside = await writeRaster(join(folder, 'beside.tif'), COARSE, bands);
    await writeFile(join(folder, 'beside.dates.json'), '["2017-07-01","2017-07-17"]');
    const named = await writeRaster(join(folder, 'named.tif'), COARSE, bands, {
      bandNames: ['d20170701', 'd20170717'],
    });
    const at = place(0, 0, 1, 1);
    for (const [file, settings] of [
      [listed, { dates: ['2017-07-01', '2017-07-17'] }],
      [beside, {}],
      [named, {}],
    ] as const) {
      const values = await valuesOf(source([file], settings), at, ALL, { identity: file });
      expect(
        values.map(({ from, to, value }) => [isoDay(from), to - from, value]),
        basename(file),
      ).toEqual([
        ['2017-07-01', 16, 1],
        ['2017-07-17', 16, 2],
      ]);
    }
  });

  test('a series without dates, with too few of them, or off its grid says which file and what to do', async () => {
    const undated = await writeRaster(join(folder, 'undated.tif'), COARSE, [() => 1]);
    const at = place(0, 0, 1, 1);
    await expect(valuesOf(source([undated]), at, ALL, { identity: 'u' })).rejects.toMatchObject({
      code: 'SERIES_DATES_UNKNOWN',
      details: { path: undated },
    });
    const few = source([undated], { dates: ['2017-07-01', '2017-07-02'] });
    await expect(valuesOf(few, at, ALL, { identity: 'f' })).rejects.toMatchObject({
      code: 'SERIES_DATES_MISMATCH',
    });
    const shifted = { ...COARSE, affine: { ...COARSE.affine, originX: COARSE.affine.originX + 30 } };
    const files = [
      await writeRaster(join(folder, 'grid_20170701.tif'), COARSE, [() => 1]),
      await writeRaster(join(folder, 'grid_20170702.tif'), shifted, [() => 1]),
    ];
    await expect(valuesOf(source(files), at, ALL, { identity: 'g' })).rejects.toMatchObject({
      code: 'RASTERS_NOT_ALIGNED',
    });
    await expect(
      valuesOf(source(files, { period: 'week' }), at, ALL, { identity: 'g' }),
    ).rejects.toMatchObject({
      code: 'DATA_SETTINGS_INVALID',
    });
  });

  test('only the dates that are asked for are read', async () => {
    const good = await writeRaster(join(folder, 'only_20170701.tif'), COARSE, [() => 3]);
    const bad = join(folder, 'only_20180701.tif');
    await writeFile(bad, 'not a raster');
    const between = { from: day('2017-07-01'), to: day('2017-08-01') };
    const values = await valuesOf(source([good, bad]), place(0, 0, 1, 1), between, { identity: 'only' });
    expect(values.map(({ value }) => value)).toEqual([3]);
  });

  test('a table gives each watershed its own values, and a blank is missing', async () => {
    const file = join(folder, 'rain.csv');
    await writeFile(file, 'uid,date,mm\n14_1,2017-07-02,3.5\n14_1,2017-07-01,\n14_2,2017-07-01,9\n');
    const values = await valuesOf(source([file]), place(0, 0, 1, 1), ALL, { identity: 't' });
    expect(values.map(({ from, value }) => [isoDay(from), value])).toEqual([
      ['2017-07-01', null],
      ['2017-07-02', 3.5],
    ]);
    expect(await extentOf(source([file]), 't')).toEqual({ from: day('2017-07-01'), to: day('2017-07-03') });
  });

  test('a line of a table that is no value is named', async () => {
    const file = join(folder, 'bad.csv');
    await writeFile(file, 'uid,date,mm\n14_1,2017-07-01,dry\n');
    await expect(valuesOf(source([file]), place(0, 0, 1, 1), ALL, { identity: 'b' })).rejects.toMatchObject({
      code: 'SERIES_TABLE_INVALID',
      message: expect.stringContaining('line 2'),
    });
  });
});

describe('what the pipeline asks of a series', () => {
  test('rain by fortnight and by season', async () => {
    const file = join(folder, 'daily.csv');
    const lines = Array.from(
      { length: 40 },
      (_, i) => `14_1,${isoDay(day('2017-07-01') + i)},${i < 35 ? 2 : 1}`,
    );
    await writeFile(file, `uid,date,mm\n${lines.join('\n')}\n`);
    const windows = fortnightWindows('2017-07-01', '2017-08-26');
    const rain = await precipitationByWindow(source([file]), place(0, 0, 1, 1), windows, 'daily');
    expect(rain).toEqual({ '2017-07-01': 28, '2017-07-15': 28, '2017-07-29': null, '2017-08-12': null });
    expect(seasonalPrecipitation({ '2017-07-01': 28, '2017-07-15': 28 })).toEqual({
      'precipitation_kharif_2017-2018': 56,
    });
  });

  test('vegetation by hydrological year, each date in the year that it begins in', async () => {
    const dates = ['2017-06-26', '2017-07-12', '2018-06-26', '2018-07-12'];
    const file = await writeRaster(
      join(folder, 'ndvi.tif'),
      COARSE,
      dates.map((_, i) => () => (i === 2 ? -3 : i / 10)),
      { nodata: -3 },
    );
    const ndvi = { ...source([file], { dates, period: '16-day' }), name: 'ndvi' };
    expect(await ndviSeries(ndvi, place(0, 0, 2, 2), { first: 2017, last: 2018 }, 'n')).toEqual({
      NDVI_2017: { '2017-07-12': expect.closeTo(0.1, 6), '2018-06-26': null },
      NDVI_2018: { '2018-07-12': expect.closeTo(0.3, 6) },
    });
  });
});
