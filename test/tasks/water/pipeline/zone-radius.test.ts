import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { zoneAreaHa, zoneRadiusM } from '../../../../src/tasks/water/pipeline/zone-radius.js';

describe('the radius of a zone of influence', () => {
  test('is as worked out by hand for a small, a middling and a large body', () => {
    // s = 1 / (1 + e^9.5); small = 126.84 ln 0.06 + 383.57; large = 140 ln 0.06 + 500, of which s x large rounds to 0.
    expect(zoneRadiusM(0.01)).toBeCloseTo((1 - 1 / (1 + Math.exp(9.5))) * 26.716, 2);
    // s = 1/2: half of 207.729 and, rounded, half of 305.919.
    expect(zoneRadiusM(0.2)).toBeCloseTo(207.7292 / 2 + 153, 2);
    // s is 1 to twelve digits: 140 ln 2.05 + 500 = 600.497, rounded.
    expect(zoneRadiusM(2)).toBeCloseTo(600, 9);
  });

  test('is above zero for every area, and grows with it but for the rounding', () => {
    const areas = fc.double({ min: 0, max: 500, noNaN: true });
    fc.assert(
      fc.property(areas, areas, (a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(zoneRadiusM(less)).toBeGreaterThan(3);
        expect(zoneRadiusM(more)).toBeGreaterThanOrEqual(zoneRadiusM(less) - 1);
      }),
    );
  });

  test('gives the area of the disc in hectares, two decimals', () => {
    expect(zoneAreaHa(100)).toBe(3.14);
    expect(zoneAreaHa(634)).toBe(126.28);
  });
});
