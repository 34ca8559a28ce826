import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { halve, type OverviewRule } from '../../src/raster/halve.js';

const NODATA = 0;

/** Values of the up to four samples below each result, in reading order. */
function fours(samples: ArrayLike<number>, width: number, height: number): number[][] {
  const found: number[][] = [];
  for (let row = 0; row < height; row += 2) {
    for (let column = 0; column < width; column += 2) {
      const places = [
        [row, column],
        [row, column + 1],
        [row + 1, column],
        [row + 1, column + 1],
      ].filter(([r, c]) => r! < height && c! < width);
      found.push(places.map(([r, c]) => samples[r! * width + c!]!));
    }
  }
  return found;
}

const isValue = (value: number) => value !== NODATA && !Number.isNaN(value);

const RULES: Record<OverviewRule, (four: number[]) => number> = {
  nearest: (four) => four[0]!,
  mean: (four) => {
    const values = four.filter(isValue);
    return values.length === 0 ? NODATA : values.reduce((a, b) => a + b, 0) / values.length;
  },
  mode: (four) => {
    const values = four.filter(isValue);
    const votes = (value: number) => values.filter((other) => other === value).length;
    return values.reduce((best, value) => (votes(value) > votes(best) ? value : best), values[0] ?? NODATA);
  },
};

const raster = fc
  .record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) })
  .chain((size) =>
    fc.record({
      ...{ width: fc.constant(size.width), height: fc.constant(size.height) },
      values: fc.array(fc.integer({ min: 0, max: 4 }), {
        minLength: size.width * size.height,
        maxLength: size.width * size.height,
      }),
    }),
  );

describe('half of a raster', () => {
  it.each(['mode', 'mean', 'nearest'] as const)('has the %s of each two by two samples', (rule) => {
    fc.assert(
      fc.property(raster, ({ width, height, values }) => {
        const halved = halve({ samples: Float64Array.from(values), width, height, rule, nodata: NODATA });
        expect([...halved]).toEqual(fours(values, width, height).map(RULES[rule]));
      }),
    );
  });

  it('takes NaN for nothing, whatever the nodata value', () => {
    const samples = Float32Array.of(Number.NaN, 4, 8, -1, Number.NaN, Number.NaN, -1, Number.NaN);
    expect([...halve({ samples, width: 4, height: 2, rule: 'mean', nodata: -1 })]).toEqual([4, 8]);
    expect([...halve({ samples, width: 4, height: 2, rule: 'mode', nodata: -1 })]).toEqual([4, 8]);
    const none = Float32Array.of(Number.NaN, -1);
    expect([...halve({ samples: none, width: 2, height: 1, rule: 'mean', nodata: -1 })]).toEqual([-1]);
    expect([...halve({ samples: none, width: 1, height: 1, rule: 'mean', nodata: undefined })]).toEqual([
      Number.NaN,
    ]);
  });

  it('rounds means of whole numbers, and never onto the nodata value', () => {
    const mean = (...values: number[]) =>
      halve({ samples: Int16Array.from(values), width: 4, height: 1, rule: 'mean', nodata: 3 })[0];
    expect([mean(1, 2, 0, 0), mean(-1, -2, 0, 0), mean(2, 4, 0, 0), mean(1, 4, 0, 0)]).toEqual([2, -1, 4, 2]);
  });
});
