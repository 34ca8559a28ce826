import { describe, expect, test } from 'vitest';
import { geodesicDisc, polygonCentroid } from '../../src/geo/disc.js';
import { geodesicDistanceM } from '../../src/geo/geodesic.js';
import { geodesicAreaM2 } from '../../src/geo/polygon-area.js';

describe('a disc', () => {
  test('has every corner at the radius, and its area but for 0.02 %', () => {
    for (const centre of [
      { lon: 72.1, lat: 21.7 },
      { lon: -179.99, lat: -60 },
    ]) {
      const [[ring]] = geodesicDisc(centre, 480) as [[Float64Array]];
      for (let i = 0; i < ring.length; i += 2)
        expect(geodesicDistanceM(centre, { lon: ring[i]!, lat: ring[i + 1]! })).toBeCloseTo(480, 6);
      expect(geodesicAreaM2([[ring]]) / (Math.PI * 480 ** 2)).toBeGreaterThan(0.9997);
    }
  });
});

describe('the middle of a polygon', () => {
  const square = (x: number, y: number, side: number) =>
    Float64Array.from([x, y, x + side, y, x + side, y + side, x, y + side, x, y]);

  test('is that of its area, holes left out and parts weighed', () => {
    expect(polygonCentroid([[square(10, 20, 2)]])).toEqual({ lon: 11, lat: 21 });
    expect(polygonCentroid([[square(0, 0, 4), square(0, 0, 2)]]).lon).toBeCloseTo((2 * 16 - 4) / 12, 12);
    const two = polygonCentroid([[square(0, 0, 1)], [square(10, 0, 2)]]);
    expect(two.lon).toBeCloseTo((0.5 + 4 * 11) / 5, 12);
  });

  test('of a line is its first corner', () => {
    expect(polygonCentroid([[Float64Array.from([3, 4, 5, 4, 3, 4])]])).toEqual({ lon: 3, lat: 4 });
  });
});
