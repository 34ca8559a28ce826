import { Geodesic } from 'geographiclib-geodesic';
import { expect, test } from 'vitest';
import { boundsOf, fitProjection } from '../../../src/output/report/projection.js';
import { metresText, roundDown, ticks } from '../../../src/output/report/scale.js';
import { simplifyLine } from '../../../src/output/report/simplify.js';

const FRAME = { width: 1000, minHeight: 480, maxHeight: 820, minMetres: 800 };

test.each([
  [23.2],
  [-35],
  [60],
])('a unit of the drawing is as many metres north as east at latitude %f', (latitude) => {
  const projection = fitProjection(
    { west: 72.5, east: 72.7, south: latitude - 0.08, north: latitude + 0.08 },
    FRAME,
  );
  const [x, y] = [projection.x(72.6), projection.y(latitude)];
  const east = (projection.x(72.61) - x) * projection.metresPerUnit;
  const north = (y - projection.y(latitude + 0.01)) * projection.metresPerUnit;
  const metres = (lat: number, lon: number) => Geodesic.WGS84.Inverse(latitude, 72.6, lat, lon).s12!;
  expect(east / metres(latitude, 72.61)).toBeCloseTo(1, 3);
  expect(north / metres(latitude + 0.01, 72.6)).toBeCloseTo(1, 1.9);
});

test('all points lie inside the drawing, also when there is only one', () => {
  for (const points of [
    [{ longitude: 72.6, latitude: 23.2 }],
    [
      { longitude: 72, latitude: 20 },
      { longitude: 73, latitude: 29 },
    ],
  ]) {
    const projection = fitProjection(boundsOf(points)!, FRAME);
    for (const { longitude, latitude } of points) {
      expect(projection.x(longitude)).toBeGreaterThan(20);
      expect(projection.x(longitude)).toBeLessThan(980);
      expect(projection.y(latitude)).toBeGreaterThan(20);
      expect(projection.y(latitude)).toBeLessThan(projection.height - 20);
    }
  }
});

test('points on both sides of the 180th meridian are next to each other', () => {
  const bounds = boundsOf([
    { longitude: 179.9, latitude: -17 },
    { longitude: -179.9, latitude: -17.1 },
  ])!;
  expect(bounds.east - bounds.west).toBeCloseTo(0.2);
  const projection = fitProjection(bounds, FRAME);
  expect(projection.x(-179.9)).toBeGreaterThan(projection.x(179.9));
  expect(projection.x(-179.9)).toBeLessThan(1000);
});

test('no point, no bounds', () => {
  expect(boundsOf([])).toBeNull();
});

test('scales and ticks are round', () => {
  expect([roundDown(730), roundDown(0.07), roundDown(200), roundDown(1)]).toEqual([500, 0.05, 200, 1]);
  expect(ticks(72.53, 72.67, 7)).toEqual([72.54, 72.56, 72.58, 72.6, 72.62, 72.64, 72.66]);
  expect([metresText(500), metresText(2000)]).toEqual(['500 m', '2 km']);
});

test('a simplified line keeps its ends and stays within the tolerance', () => {
  const circle = Array.from({ length: 361 }, (_, degree): [number, number] => [
    100 * Math.cos((degree * Math.PI) / 180),
    100 * Math.sin((degree * Math.PI) / 180),
  ]);
  const simple = simplifyLine(circle, 0.5);
  expect(simple.length).toBeLessThan(60);
  expect([simple[0], simple.at(-1)]).toEqual([circle[0], circle[360]]);
  for (let i = 1; i < simple.length; i++) {
    const [a, b] = [simple[i - 1]!, simple[i]!];
    expect(100 - Math.hypot((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)).toBeLessThan(0.51);
  }
});
