import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EvenSample } from '../../../src/output/report/sample.js';
import { Spread } from '../../../src/output/report/spread.js';

function spreadOf(values: readonly unknown[], exponent = -6): Spread {
  const spread = new Spread(exponent);
  for (const value of values) spread.add(value);
  return spread;
}

test('every number is in exactly one bar, and the bars join', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 300 }),
      (values) => {
        const bars = spreadOf(values).bars(24);
        expect(bars.reduce((sum, bar) => sum + bar.count, 0)).toBe(values.length);
        expect(bars.length).toBeLessThanOrEqual(26);
        for (const [index, bar] of bars.entries()) if (index > 0) expect(bar.from).toBe(bars[index - 1]?.to);
      },
    ),
    { numRuns: 100 },
  );
});

test('bars have round widths: 0 to 100 in tenths', () => {
  const bars = spreadOf(Array.from({ length: 100 }, (_, index) => index)).bars(10);
  expect(bars[0]).toEqual({ from: 0, to: 10, count: 10 });
  expect(bars).toHaveLength(10);
});

test('what is not a number is not counted', () => {
  expect(spreadOf([1, null, 'x', Number.NaN, undefined, Number.POSITIVE_INFINITY]).count).toBe(1);
  expect(spreadOf([]).bars(10)).toEqual([]);
});

test('quantiles stay right when there are more different numbers than cells', () => {
  const spread = spreadOf(Array.from({ length: 100_000 }, (_, index) => ((index * 7919) % 100_000) + 0.123));
  expect(Math.abs(spread.quantile(0.5) - 50_000)).toBeLessThan(20);
  expect(Math.abs(spread.quantile(0.95) - 95_000)).toBeLessThan(20);
  expect(spread.quantile(1)).toBeGreaterThan(99_980);
});

test('a sample is even, bounded, and has everything while there is room', () => {
  const sample = new EvenSample<number>(100);
  for (let index = 0; index < 80; index++) sample.add(() => index);
  expect(sample.take()).toHaveLength(80);
  for (let index = 80; index < 10_000; index++) sample.add(() => index);
  const kept = sample.take();
  expect(kept.length).toBeGreaterThan(49);
  expect(kept.length).toBeLessThanOrEqual(100);
  expect(kept[1]! - kept[0]!).toBe(kept.at(-1)! - kept.at(-2)!);
  expect(sample.seen).toBe(10_000);
});
