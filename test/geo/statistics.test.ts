/** Moments, percentiles and fine bins against plain sums over all values. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deviation, joinMoments, momentsOf, NO_MOMENTS } from '../../src/geo/moments.js';
import { sortedPercentile, WeightedValues, weightedPercentiles } from '../../src/geo/percentile.js';
import { addBins, binPercentiles, coarseCounts, countValues, valueBins } from '../../src/geo/value-bins.js';

const numbers = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 });

function plain(values: readonly number[]): { mean: number; std: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / values.length) };
}

describe('moments', () => {
  test('of pieces joined in any way are those of the whole, missing values left out', () => {
    fc.assert(
      fc.property(fc.array(numbers, { maxLength: 5 }), (pieces) => {
        const joined = pieces
          .map((piece) => momentsOf(Float64Array.from([Number.NaN, ...piece, Number.NaN])))
          .reduce(joinMoments, NO_MOMENTS);
        const all = pieces.flat();
        expect(joined.count).toBe(all.length);
        if (all.length === 0) return;
        const { mean, std } = plain(all);
        expect(joined.mean).toBeCloseTo(mean, 12);
        expect(deviation(joined)).toBeCloseTo(std, 12);
        expect([joined.min, joined.max]).toEqual([Math.min(...all), Math.max(...all)]);
      }),
    );
  });

  test('of large values with a small spread keep their digits', () => {
    const moments = momentsOf(Float64Array.of(1e9, 1e9 + 1, 1e9 + 2));
    expect(deviation(moments)).toBeCloseTo(Math.sqrt(2 / 3), 12);
  });
});

describe('percentiles', () => {
  test('lie on the line between the values on either side', () => {
    const values = Float64Array.of(1, 2, 4, 8);
    expect([0, 25, 50, 75, 100].map((percent) => sortedPercentile(values, percent))).toEqual([
      1, 1.75, 3, 5, 8,
    ]);
  });

  test('of weights that are all the same are those without weights', () => {
    fc.assert(
      fc.property(numbers, fc.double({ min: 0.1, max: 5, noNaN: true }), (values, weight) => {
        const whole = new WeightedValues();
        const weighted = new WeightedValues();
        for (const value of values) {
          whole.add(value);
          weighted.addWeighted(value, weight);
        }
        const expected = weightedPercentiles(whole, [0, 5, 50, 95, 100]);
        weightedPercentiles(weighted, [0, 5, 50, 95, 100]).forEach((value, i) => {
          expect(value).toBeCloseTo(expected[i]!, 9);
        });
      }),
    );
  });

  test('never leave the values, and a value that hardly counts hardly moves them', () => {
    const values = new WeightedValues();
    for (const value of [1, 2, 3, 4, 5]) values.add(value);
    values.addWeighted(100, 1e-9);
    const [low, median, high] = weightedPercentiles(values, [0, 50, 100]);
    expect(low).toBe(1);
    expect(median).toBeGreaterThanOrEqual(3);
    expect(median).toBeLessThanOrEqual(4);
    expect(high).toBe(100);
  });

  test('of nothing are nothing', () => {
    expect(weightedPercentiles(new WeightedValues(), [50])).toEqual([null]);
  });
});

describe('fine bins', () => {
  test('give percentiles to half a bin, joined from those of threads', () => {
    const random = fc.sample(fc.double({ min: -1, max: 1, noNaN: true }), 500);
    const shared = valueBins([-1, 1], { shared: true });
    for (const part of [random.slice(0, 200), random.slice(200)]) {
      const own = valueBins([-1, 1]);
      countValues(own, Float64Array.from([...part, Number.NaN]));
      addBins(shared, own);
    }
    const sorted = Float64Array.from(random).sort();
    const percents = [0, 1, 25, 50, 90, 100];
    binPercentiles(shared, momentsOf(sorted), percents).forEach((value, i) => {
      expect(Math.abs(value! - sortedPercentile(sorted, percents[i]!))).toBeLessThan(5e-7);
    });
    expect(coarseCounts(shared, 20).reduce((sum, count) => sum + count, 0)).toBe(500);
  });

  test('a percentile beyond their ends is not known', () => {
    const bins = valueBins([-1, 1]);
    const values = Float64Array.of(-5, -3, 0, 0.5, 0.75, 2, 7);
    countValues(bins, values);
    const [least, low, median, high, most] = binPercentiles(bins, momentsOf(values), [0, 20, 50, 80, 100]);
    expect([least, low, high, most]).toEqual([-5, null, null, 7]);
    expect(median).toBeCloseTo(0.5, 6);
    expect(binPercentiles(valueBins([-1, 1]), NO_MOMENTS, [50])).toEqual([null]);
  });
});
