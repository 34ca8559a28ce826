import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metresPerDegree } from '../../src/geo/geodesic.js';
import { distanceToPolygonM } from '../../src/geo/polygon.js';
import { type Shape, shapeIndex } from '../../src/geo/shape-index.js';

const LAT = 21.7;
const scale = metresPerDegree(LAT);

/** A box of degrees from metres east and north of a corner at 72, 21.7. */
function box(x: number, y: number, width: number, height: number): Float64Array {
  const at = (dx: number, dy: number) => [72 + dx / scale.lon, LAT + dy / scale.lat];
  return Float64Array.from([
    ...at(x, y),
    ...at(x + width, y),
    ...at(x + width, y + height),
    ...at(x, y + height),
    ...at(x, y),
  ]);
}

function line(...places: [number, number][]): Shape {
  return {
    polygon: null,
    lines: [Float64Array.from(places.flatMap(([x, y]) => [72 + x / scale.lon, LAT + y / scale.lat]))],
  };
}

const areaOf = (...ring: [number, number, number, number]): Shape => ({
  polygon: [[box(...ring)]],
  lines: [],
});

describe('shapes near a polygon', () => {
  const pond = [[box(0, 0, 100, 100)]];

  test('are those that it crosses, touches, holds or lies in, at distance 0', () => {
    const index = shapeIndex([
      line([-50, 50], [150, 60]),
      line([100, -10], [100, 110]),
      line([20, 20], [30, 30]),
      areaOf(-500, -500, 2000, 2000),
      areaOf(40, 40, 10, 10),
      areaOf(100, 100, 50, 50),
      line([300, 0], [300, 100]),
    ]);
    expect(index.near(pond, 0)).toEqual([0, 1, 2, 3, 4, 5].map((i) => ({ index: i, distanceM: 0 })));
  });

  test('are within the radius of its edges, and not of those of its hole when it is outside', () => {
    const index = shapeIndex([
      line([300, 0], [300, 100]),
      line([0, 350], [100, 350]),
      areaOf(-130, -130, 30, 30),
    ]);
    const near = index.near(pond, 220);
    expect(near.map(({ index: i }) => i)).toEqual([0, 2]);
    expect(near[0]!.distanceM).toBeCloseTo(200, 1);
    expect(near[1]!.distanceM).toBeCloseTo(Math.hypot(100, 100), 1);
    const ring = [[box(0, 0, 100, 100), box(20, 20, 60, 60)]];
    expect(shapeIndex([areaOf(45, 45, 10, 10)]).near(ring, 0)).toEqual([]);
    expect(shapeIndex([areaOf(45, 45, 10, 10)]).near(ring, 30)[0]!.distanceM).toBeCloseTo(25, 1);
  });

  test('of none are none', () => {
    expect(shapeIndex([]).near(pond, 100)).toEqual([]);
    expect(shapeIndex([{ polygon: null, lines: [] }, line([0, 0], [50, 50])]).near(pond, 0)).toEqual([
      { index: 1, distanceM: 0 },
    ]);
  });

  test('have the distance that a tiny polygon has as a point', () => {
    const coordinate = fc.integer({ min: -400, max: 400 });
    const size = fc.integer({ min: 1, max: 200 });
    fc.assert(
      fc.property(coordinate, coordinate, size, size, (x, y, width, height) => {
        const point = { lon: 72, lat: LAT };
        const tiny = [[box(0, 0, 1e-3, 1e-3)]];
        const expected = distanceToPolygonM([[box(x, y, width, height)]], point);
        const [near] = shapeIndex([areaOf(x, y, width, height)]).near(tiny, 1000);
        expect(Math.abs(near!.distanceM - expected)).toBeLessThan(0.01 + expected / 1000);
      }),
    );
  });
});
