import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { geodesicDistanceM, type LonLat } from '../../src/geo/geodesic.js';
import { polygonFromGeoJson, polygonToGeoJson } from '../../src/geo/geojson.js';
import { distanceToPolygonM, type Polygon, polygonContains } from '../../src/geo/polygon.js';
import { polygonIndex } from '../../src/geo/polygon-index.js';

const asIs = (lon: number, lat: number): LonLat => ({ lon, lat });

function rectangle(west: number, south: number, east: number, north: number): number[][] {
  return [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
}

function polygon(...parts: number[][][][]): Polygon {
  return polygonFromGeoJson({ type: 'MultiPolygon', coordinates: parts }, asIs)!;
}

const withHole = polygon(
  [rectangle(72, 24, 72.1, 24.1), rectangle(72.04, 24.04, 72.06, 24.06)],
  [rectangle(73, 24, 73.1, 24.1)],
);

describe('inside', () => {
  test.each<[string, number, number, boolean]>([
    ['in the first part', 72.01, 24.01, true],
    ['in its hole', 72.05, 24.05, false],
    ['in the second part', 73.05, 24.05, true],
    ['between the parts', 72.5, 24.05, false],
    ['west on the line of a corner', 71.9, 24, false],
  ])('%s', (_, lon, lat, expected) => {
    expect(polygonContains(withHole, { lon, lat })).toBe(expected);
  });
});

describe('distance', () => {
  test('is 0 inside and runs to the rim of a hole', () => {
    expect(distanceToPolygonM(withHole, { lon: 72.01, lat: 24.01 })).toBe(0);
    const inHole = { lon: 72.045, lat: 24.05 };
    expect(distanceToPolygonM(withHole, inHole)).toBeCloseTo(
      geodesicDistanceM(inHole, { lon: 72.04, lat: 24.05 }),
      3,
    );
  });

  test('equals the least distance to closely spaced points of the edges', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -65, max: 65, noNaN: true }),
        fc.double({ min: -0.04, max: 0.04, noNaN: true }),
        fc.double({ min: -0.04, max: 0.04, noNaN: true }),
        fc.integer({ min: 1, max: 1000 }),
        (lat, dLon, dLat, seed) => {
          const corners = Array.from({ length: 5 }, (_, i) => {
            const angle = (i * 2 * Math.PI) / 5 + seed;
            return [72 + 0.012 * Math.cos(angle), lat + 0.008 * Math.sin(angle)];
          });
          const shape = polygon([[...corners, corners[0]!]]);
          const point = { lon: 72 + dLon, lat: lat + dLat };
          fc.pre(!polygonContains(shape, point));
          let least = Infinity;
          for (let i = 0; i < 5; i++) {
            const [from, to] = [corners[i]!, corners[(i + 1) % 5]!];
            for (let k = 0; k <= 400; k++) {
              const at = {
                lon: from[0]! + ((to[0]! - from[0]!) * k) / 400,
                lat: from[1]! + ((to[1]! - from[1]!) * k) / 400,
              };
              least = Math.min(least, geodesicDistanceM(point, at));
            }
          }
          const found = distanceToPolygonM(shape, point);
          expect(found).toBeLessThanOrEqual(least + 0.02);
          expect(found).toBeGreaterThanOrEqual(least - 4);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('an index', () => {
  const polygons = Array.from({ length: 400 }, (_, i) => {
    const west = 72 + (i % 20) * 0.02;
    const south = 24 + Math.floor(i / 20) * 0.02;
    return polygon([rectangle(west, south, west + 0.012, south + 0.009)]);
  });
  const index = polygonIndex(polygons);

  test('finds what a look at every polygon finds, in the order of the list', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 71.98, max: 72.42, noNaN: true }),
        fc.double({ min: 23.98, max: 24.42, noNaN: true }),
        fc.constantFrom(0, 100, 1500, 6000),
        (lon, lat, radiusM) => {
          const expected = polygons.flatMap((shape, i) =>
            distanceToPolygonM(shape, { lon, lat }) <= radiusM ? [i] : [],
          );
          expect(index.within({ lon, lat }, radiusM).map((near) => near.index)).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('of nothing finds nothing', () => {
    expect(polygonIndex([]).within({ lon: 0, lat: 0 }, 1e6)).toEqual([]);
  });

  test('looks across the 180th meridian', () => {
    const fiji = polygonIndex([polygon([rectangle(179.99, -17, 180, -16.9)])]);
    expect(fiji.within({ lon: -179.999, lat: -16.95 }, 1500)).toHaveLength(1);
  });
});

describe('GeoJSON', () => {
  test('rings come out closed, with outlines counter-clockwise and holes clockwise, to 7 decimals', () => {
    const clockwise = [
      [72.123456789, 24],
      [72.123456789, 25],
      [73, 25],
      [73, 24],
    ];
    const shape = polygonFromGeoJson(
      { type: 'Polygon', coordinates: [clockwise, rectangle(72.4, 24.4, 72.6, 24.6)] },
      asIs,
    )!;
    const { type, coordinates } = polygonToGeoJson(shape);
    expect(type).toBe('Polygon');
    const [outline, hole] = coordinates as number[][][];
    expect(outline).toEqual([
      [72.1234568, 24],
      [73, 24],
      [73, 25],
      [72.1234568, 25],
      [72.1234568, 24],
    ]);
    expect(hole).toEqual(rectangle(72.4, 24.4, 72.6, 24.6).reverse());
  });

  test('other geometries and empty ones are no polygons; text for numbers is an error', () => {
    expect(polygonFromGeoJson({ type: 'Point', coordinates: [1, 2] }, asIs)).toBeNull();
    expect(polygonFromGeoJson(null, asIs)).toBeNull();
    expect(polygonFromGeoJson({ type: 'Polygon', coordinates: [[]] }, asIs)).toBeNull();
    expect(() =>
      polygonFromGeoJson(
        {
          type: 'Polygon',
          coordinates: [
            [
              ['a', 1],
              [1, 1],
              [2, 2],
            ],
          ],
        },
        asIs,
      ),
    ).toThrow(TypeError);
  });
});
