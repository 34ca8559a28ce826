import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inYear, isoDay, parseDay } from '../../../../src/tasks/water/series/calendar.js';
import { seasonalSums, seasonOf } from '../../../../src/tasks/water/series/seasons.js';
import { sumsByWindow } from '../../../../src/tasks/water/series/window-values.js';
import {
  annualWindows,
  fortnightWindows,
  hydrologicalPeriod,
  hydrologicalYearOf,
} from '../../../../src/tasks/water/series/windows.js';

const day = (text: string) => parseDay(text)!;

describe('windows', () => {
  test('eight hydrological years have 208 fortnights back to back, the incomplete last one left out', () => {
    const { start, end } = hydrologicalPeriod(2017, 2024);
    const windows = fortnightWindows(start, end);
    expect(windows).toHaveLength(208);
    expect(windows[0]).toMatchObject({ key: '2017-07-01', from: day('2017-07-01'), to: day('2017-07-15') });
    expect(windows.every(({ from }, i) => i === 0 || from === windows[i - 1]!.to)).toBe(true);
    expect(windows.at(-1)!.to).toBeLessThanOrEqual(day('2025-07-01'));
  });

  test('years of 364 days begin a day earlier each year, two after a leap day, and keep their names', () => {
    const windows = annualWindows('2017-07-01', '2021-07-01', '364-days');
    expect(windows.map(({ from }) => isoDay(from))).toEqual([
      '2017-07-01',
      '2018-06-30',
      '2019-06-29',
      '2020-06-27',
    ]);
    expect(windows.map(({ key }) => key)).toEqual(['2017_2018', '2018_2019', '2019_2020', '2020_2021']);
  });

  test('calendar years run from 1 July to 30 June, and an unfinished one is left out', () => {
    const windows = annualWindows('2019-07-01', '2021-06-30', 'calendar');
    expect(windows).toEqual([{ key: '2019_2020', from: day('2019-07-01'), to: day('2020-07-01') }]);
  });

  test('a day belongs to the hydrological year that began on the last 1 July', () => {
    expect(hydrologicalYearOf(day('2018-06-30'))).toBe(2017);
    expect(hydrologicalYearOf(day('2018-07-01'))).toBe(2018);
  });

  test('days are days: dates go to numbers and back', () => {
    fc.assert(fc.property(fc.integer({ min: -40_000, max: 60_000 }), (n) => parseDay(isoDay(n)) === n));
    expect(parseDay('2017-02-29')).toBeUndefined();
    expect(parseDay('20170701')).toBe(day('2017-07-01'));
    expect(isoDay(inYear(day('2020-02-29'), 2021))).toBe('2021-03-01');
  });
});

describe('values by window', () => {
  const window = (from: string, to: string) => ({ key: from, from: day(from), to: day(to) });
  const value = (from: string, to: string, mm: number | null) => ({
    from: day(from),
    to: day(to),
    value: mm,
  });

  test('a month counts by its share of days in each window', () => {
    const values = [value('2017-07-01', '2017-08-01', 31), value('2017-08-01', '2017-09-01', 62)];
    expect(sumsByWindow(values, [window('2017-07-25', '2017-08-08')])).toEqual([7 + 14]);
  });

  test('a window with a day that has no value is missing, never 0', () => {
    const values = [value('2017-07-01', '2017-07-02', 5), value('2017-07-02', '2017-07-03', null)];
    expect(
      sumsByWindow(values, [window('2017-07-01', '2017-07-02'), window('2017-07-01', '2017-07-03')]),
    ).toEqual([5, null]);
  });

  test('windows back to back add up to the whole', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { minLength: 28, maxLength: 90 }),
        (rain) => {
          const from = day('2017-07-01');
          const values = rain.map((mm, i) => ({ from: from + i, to: from + i + 1, value: mm }));
          const windows = fortnightWindows('2017-07-01', isoDay(from + rain.length));
          const total = sumsByWindow(values, windows).reduce<number>((sum, mm) => sum + mm!, 0);
          const expected = rain.slice(0, windows.length * 14).reduce((sum, mm) => sum + mm, 0);
          expect(total).toBeCloseTo(expected, 6);
        },
      ),
    );
  });
});

describe('seasons', () => {
  test.each([
    ['2017-07-01', 'kharif_2017-2018'],
    ['2017-10-28', 'kharif_2017-2018'],
    ['2017-11-11', 'rabi_2017-2018'],
    ['2018-02-24', 'rabi_2017-2018'],
    ['2018-03-10', 'zaid_2017-2018'],
    ['2018-06-30', 'zaid_2017-2018'],
  ])('a fortnight that begins on %s belongs to %s', (date, key) => {
    expect(seasonalSums({ [date]: 12 })).toEqual({ [key]: 12 });
  });

  test('a fortnight belongs wholly to the season it begins in, and a missing one makes its season missing', () => {
    const sums = seasonalSums({ '2017-10-28': 10, '2017-07-01': 5, '2017-11-11': null, '2017-11-25': 3 });
    expect(sums).toEqual({ 'kharif_2017-2018': 15, 'rabi_2017-2018': null });
  });

  test('every month has its season', () => {
    expect(Array.from({ length: 12 }, (_, i) => seasonOf(2018, i + 1).season[0]).join('')).toBe(
      'rrzzzzkkkkrr',
    );
  });
});
