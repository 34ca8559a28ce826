import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type IndexName, spectralIndices } from '../../src/geo/indices.js';

function indexOf(name: IndexName, bands: number[], keepOutside = false): { value: number; voided: number } {
  const index = new Float64Array(1);
  const voided = spectralIndices[name].compute(
    bands.map((band) => Float64Array.of(band)),
    index,
    { keepOutside },
  );
  return { value: index[0]!, voided };
}

describe('formulas', () => {
  test.each<[IndexName, bands: number[], value: number]>([
    ['ndvi', [0.4, 0.1], 0.6],
    ['ndwi-gao', [0.4, 0.2], 1 / 3],
    ['ndwi-mcfeeters', [0.2, 0.05], 0.6],
    ['evi', [0.4, 0.1, 0.05], (2.5 * 0.3) / (0.4 + 0.6 - 0.375 + 1)],
    ['evi2', [0.4, 0.1], (2.5 * 0.3) / (0.4 + 0.24 + 1)],
    ['savi', [0.4, 0.1], (1.5 * 0.3) / 1],
    ['lai-evi', [0.4, 0.1, 0.05], (3.618 * 2.5 * 0.3) / 1.625 - 0.118],
    ['lai-ndvi', [0.4, 0.1], -Math.log(1 - (0.55 / 0.9) ** 2) / 0.5],
  ])('%s', (name, bands, value) => {
    expect(indexOf(name, bands).value).toBeCloseTo(value, 12);
    expect(spectralIndices[name].bands.length).toBe(bands.length);
  });
});

test('a denominator near zero gives no index, and is counted', () => {
  const blowUp = (0.4 + 0.6 + 1) / 7.5;
  for (const keepOutside of [false, true]) {
    expect(indexOf('evi', [0.4, 0.1, blowUp], keepOutside)).toEqual({ value: Number.NaN, voided: 1 });
    expect(indexOf('ndvi', [0, 0], keepOutside)).toEqual({ value: Number.NaN, voided: 1 });
  }
});

test('a value beyond -1 to 1 is voided and counted unless it is to be kept', () => {
  const bands = [0.8, 0.05, 0.15];
  expect(indexOf('evi', bands)).toEqual({ value: Number.NaN, voided: 1 });
  expect(indexOf('evi', bands, true).value).toBeGreaterThan(1);
});

test('a missing band is a missing index, and is not counted as void', () => {
  for (const name of Object.keys(spectralIndices) as IndexName[]) {
    const { bands } = spectralIndices[name];
    for (let missing = 0; missing < bands.length; missing++) {
      const values = bands.map((_, i) => (i === missing ? Number.NaN : 0.2));
      expect(indexOf(name, values)).toEqual({ value: Number.NaN, voided: 0 });
    }
  }
});

test('leaf area below nothing is nothing, unless it is to be kept', () => {
  expect(indexOf('lai-evi', [0.1, 0.2, 0.1]).value).toBe(0);
  expect(indexOf('lai-evi', [0.1, 0.2, 0.1], true).value).toBeLessThan(0);
});

test('ratios of positive bands lie between -1 and 1 and change sign with their bands', () => {
  const band = fc.double({ min: 0.001, max: 1, noNaN: true });
  fc.assert(
    fc.property(band, band, (a, b) => {
      const { value } = indexOf('ndvi', [a, b]);
      expect(Math.abs(value)).toBeLessThanOrEqual(1);
      expect(indexOf('ndvi', [b, a]).value).toBeCloseTo(-value, 12);
    }),
  );
});
