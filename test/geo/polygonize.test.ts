import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coverageMask, coverageOf } from '../../src/geo/coverage.js';
import type { Grid } from '../../src/geo/grid.js';
import { type PixelPolygon, toLonLatPolygon, toPixelPolygon } from '../../src/geo/pixel-polygon.js';
import { tracePolygons } from '../../src/geo/polygonize.js';
import { crsFromEpsg } from '../../src/raster/crs.js';
import { georeferencedGrid } from '../../src/raster/georeference.js';
import { planarArea, square } from './random-polygon.js';

const raster = fc
  .record({ width: fc.integer({ min: 1, max: 12 }), height: fc.integer({ min: 1, max: 12 }) })
  .chain(({ width, height }) =>
    fc
      .array(fc.integer({ min: 0, max: 2 }), { minLength: width * height, maxLength: width * height })
      .map((labels) => ({ width, height, labels: Uint8Array.from(labels) })),
  );

const areaOf = (polygon: PixelPolygon): number =>
  polygon.flat().reduce((sum, points) => sum + planarArea(points), 0);

describe('polygons of labels', () => {
  test('have the area of their pixels, outlines one way and holes the other', () => {
    fc.assert(
      fc.property(raster, ({ labels, width, height }) => {
        const polygons = tracePolygons(labels, width, height);
        for (const label of [1, 2]) {
          const pixels = labels.filter((one) => one === label).length;
          expect(areaOf(polygons.get(label) ?? [])).toBe(pixels);
        }
        for (const [outline, ...holes] of [...polygons.values()].flat()) {
          expect(planarArea(outline!)).toBeGreaterThan(0);
          for (const hole of holes) expect(planarArea(hole)).toBeLessThan(0);
        }
      }),
    );
  });

  test('cover exactly their pixels', () => {
    fc.assert(
      fc.property(raster, ({ labels, width, height }) => {
        for (const [label, polygon] of tracePolygons(labels, width, height)) {
          for (const rule of ['centre', 'exact'] as const) {
            const coverage = coverageOf(polygon, { width, height }, rule);
            const mask = coverageMask(coverage, { column: 0, row: 0, width, height });
            expect([...mask]).toEqual([...labels].map((one) => (one === label ? 1 : 0)));
            expect(coverage.selfCrossing).toBe(false);
            expect(coverage.cells.length).toBe(0);
          }
        }
      }),
    );
  });

  test('have rings that are closed, turn at every corner and touch themselves nowhere', () => {
    fc.assert(
      fc.property(raster, ({ labels, width, height }) => {
        for (const points of [...tracePolygons(labels, width, height).values()].flat(2)) {
          expect(points.slice(0, 2)).toEqual(points.slice(-2));
          const corners = new Set<string>();
          for (let i = 0; i + 3 < points.length; i += 2) {
            const after = points[(i + 4) % (points.length - 2)];
            expect(points[i] === points[i + 2]).not.toBe(points[i + 2] === after);
            corners.add(`${points[i]} ${points[i + 1]}`);
          }
          expect(corners.size).toBe(points.length / 2 - 1);
        }
      }),
    );
  });

  test('pixels that meet at a corner are parts of their own', () => {
    const polygons = tracePolygons(Uint8Array.of(1, 0, 0, 1), 2, 2);
    expect(polygons.get(1)).toEqual([
      [Float64Array.of(0, 0, 1, 0, 1, 1, 0, 1, 0, 0)],
      [Float64Array.of(1, 1, 2, 1, 2, 2, 1, 2, 1, 1)],
    ]);
  });

  test('holes that meet at a corner are two', () => {
    const labels = Uint8Array.from('1111110111110111111111111', Number);
    expect(tracePolygons(labels, 5, 5).get(1)![0]!.length).toBe(3);
  });
});

describe('pixel corners as places', () => {
  const crs = crsFromEpsg(32643);
  if ('problem' in crs) throw new Error('EPSG:32643 is not known');
  const grid: Grid = georeferencedGrid(
    2000,
    2000,
    { originX: 700_000, originY: 2_700_000, stepX: 30, stepY: -30 },
    crs,
  );

  test('long edges of a projected raster keep to their pixels', () => {
    const polygon = [[square(100, 100, 1900, 1900)]];
    const places = toLonLatPolygon(polygon, grid);
    expect(places[0]![0]!.length).toBeGreaterThan(10);
    const back = toPixelPolygon(places, grid, { densify: true });
    expect(Math.abs(planarArea(back[0]![0]!) - 1800 * 1800)).toBeLessThan(1);
  });

  test('small polygons get no vertices that say nothing', () => {
    expect(toLonLatPolygon([[square(100, 100, 101, 101)]], grid)[0]![0]!.length).toBe(10);
  });

  test('edges are straight in the raster unless they are to be straight in degrees', () => {
    const places = [[square(72, 24, 72.5, 24.4)]];
    const straight = toPixelPolygon(places, grid)[0]![0]!;
    const densified = toPixelPolygon(places, grid, { densify: true })[0]![0]!;
    expect(straight.length).toBe(10);
    expect(densified.length).toBeGreaterThan(20);
    expect(Math.abs(planarArea(densified) - planarArea(straight))).toBeGreaterThan(1);
  });

  test('a corner without a place in the projection is refused by name', () => {
    const nowhere: Grid = { ...grid, toPixel: () => ({ column: Number.NaN, row: 0 }) };
    expect(() => toPixelPolygon([[square(200, 91, 201, 92)]], nowhere)).toThrow('200, 91');
  });
});
