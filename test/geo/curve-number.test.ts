import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  curveNumber,
  dailyRunoff,
  RUNOFF_RULES,
  slopeAdjusted,
  storagesOf,
} from '../../src/geo/curve-number.js';

const CROPS = 4;
const C = 3;
const storages = storagesOf(82);
const curve = fc.double({ min: 30, max: 95, noNaN: true });
const mm = fc.double({ min: 0, max: 400, noNaN: true });

describe('curve numbers', () => {
  test('come from land cover and soil; dual soil classes count as their drained ones', () => {
    expect(curveNumber(CROPS, C)).toBe(82);
    expect(curveNumber(CROPS, 13)).toBe(82);
    expect(curveNumber(1, 1)).toBe(30);
  });

  test('water, wetland and snow have 0; an unknown class or soil has none', () => {
    expect([0, 3, 8].map((cover) => curveNumber(cover, 2))).toEqual([0, 0, 0]);
    expect(curveNumber(9, 2)).toBeUndefined();
    expect(curveNumber(CROPS, 0)).toBeUndefined();
    expect(curveNumber(Number.NaN, 2)).toBeUndefined();
    expect(curveNumber(CROPS, Number.NaN)).toBeUndefined();
  });

  test('stand for a slope of 5 %, grow with it and never pass 100', () => {
    expect(slopeAdjusted(75, 0.05)).toBeCloseTo(75, 1);
    fc.assert(
      fc.property(curve, fc.double({ min: 0, max: 1, noNaN: true }), (cn2, slope) => {
        const adjusted = slopeAdjusted(cn2, slope);
        return adjusted <= slopeAdjusted(cn2, slope + 0.01) && adjusted < 100 && adjusted > 0;
      }),
    );
  });

  test('give storages of Chow, Maidment and Mays: dry holds most', () => {
    expect(storages.average).toBeCloseTo(25_400 / 82 - 254, 9);
    expect(storages.dry).toBeCloseTo(25_400 / ((4.2 * 82) / (10 - 0.058 * 82)) - 254, 9);
    expect(storages.wet).toBeCloseTo(25_400 / ((23 * 82) / (10 + 0.13 * 82)) - 254, 9);
    expect(storages.dry > storages.average && storages.average > storages.wet).toBe(true);
  });
});

describe('runoff of a day', () => {
  /** Mishra and Singh 2002, written out. */
  const published = (rain: number, antecedent: number, s: number) => {
    const m = 0.5 * (-s + Math.sqrt(s * s + 4 * antecedent * s));
    return ((rain - 0.2 * s) * (rain - 0.2 * s + m)) / (rain - 0.2 * s + m + s);
  };

  test.each([
    [35, 'dry'],
    [35.1, 'average'],
    [52.5, 'average'],
    [60, 'wet'],
  ] as const)('after %d mm in five days the ground is %s', (antecedent, state) => {
    const runoff = dailyRunoff(90, antecedent, storages, RUNOFF_RULES);
    expect(runoff).toBeCloseTo(published(90, antecedent, storages[state]), 9);
  });

  test('the original takes the average number after 60 mm, unless the day is too small for it', () => {
    const rules = { ...RUNOFF_RULES, amc3Reachable: false };
    expect(dailyRunoff(90, 60, storages, rules)).toBeCloseTo(published(90, 60, storages.average), 9);
    const small = (0.2 * storages.average + 0.2 * storages.wet) / 2;
    expect(dailyRunoff(small, 60, storages, rules)).toBeCloseTo(published(small, 60, storages.wet), 9);
  });

  test('the divisor of the original is 0.4 S larger', () => {
    const s = storages.dry;
    const m = 0.5 * (-s + Math.sqrt(s * s + 4 * 10 * s));
    const excess = 90 - 0.2 * s;
    const expected = (excess * (excess + m)) / (90 + 0.2 * s + s + m);
    expect(dailyRunoff(90, 10, storages, { ...RUNOFF_RULES, denominator: 'original' })).toBeCloseTo(
      expected,
      9,
    );
  });

  test('a dry day and one below the initial abstraction give none', () => {
    expect(dailyRunoff(0, 60, storages, RUNOFF_RULES)).toBe(0);
    expect(dailyRunoff(0.19 * storages.dry, 0, storages, RUNOFF_RULES)).toBe(0);
  });

  test('is never negative, never more than the rain, and more on wetter ground', () => {
    fc.assert(
      fc.property(curve, mm, mm, (cn2, rain, antecedent) => {
        const own = storagesOf(cn2);
        const runoff = dailyRunoff(rain, antecedent, own, RUNOFF_RULES);
        return (
          runoff >= 0 &&
          runoff <= rain &&
          dailyRunoff(rain, antecedent + 5, own, RUNOFF_RULES) >= runoff - 1e-9
        );
      }),
    );
  });
});
