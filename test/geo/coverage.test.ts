import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Coverage, coverageMask, coverageOf } from '../../src/geo/coverage.js';
import type { PixelPolygon } from '../../src/geo/pixel-polygon.js';
import { lacksGdal } from '../helpers/gdal.js';
import {
  anyRing,
  clippedArea,
  planarArea,
  reversed,
  ring,
  ringOnGrid,
  ringWithHole,
  SIZE,
  simpleRing,
  square,
} from './random-polygon.js';

const GRID = { width: SIZE, height: SIZE };
const WHOLE = { column: 0, row: 0, ...GRID };

function shares(coverage: Coverage): Float64Array {
  const pixels = new Float64Array(SIZE * SIZE);
  const { column, row, height, runStarts, runs, cellStarts, cells, fractions } = coverage;
  expect(column).toBeGreaterThanOrEqual(0);
  for (let y = 0; y < height; y++) {
    const line = (row + y) * SIZE;
    for (let run = runStarts[y]!; run < runStarts[y + 1]!; run++) {
      pixels.fill(1, line + runs[2 * run]!, line + runs[2 * run + 1]!);
    }
    for (let cell = cellStarts[y]!; cell < cellStarts[y + 1]!; cell++) {
      pixels[line + cells[cell]!] = fractions[cell]!;
    }
  }
  return pixels;
}

function exact(polygon: PixelPolygon): Float64Array {
  return shares(coverageOf(polygon, GRID, 'exact'));
}

function centre(polygon: PixelPolygon): number[] {
  return [...coverageMask(coverageOf(polygon, GRID, 'centre'), WHOLE)];
}

function total(pixels: Float64Array): number {
  return pixels.reduce((sum, share) => sum + share, 0);
}

const partsOf = (polygon: PixelPolygon): [number, number][][][] =>
  polygon.map((rings) =>
    rings.map((points) =>
      Array.from({ length: points.length / 2 }, (_, i): [number, number] => [
        points[2 * i]!,
        points[2 * i + 1]!,
      ]),
    ),
  );

describe('exact coverage', () => {
  test('of each pixel is the area of the polygon clipped to it', () => {
    fc.assert(
      fc.property(ringWithHole, ([outline, hole]) => {
        exact([[outline, hole]]).forEach((share, pixel) => {
          const [x, y] = [pixel % SIZE, Math.floor(pixel / SIZE)];
          expect(Math.abs(share - (clippedArea(outline, x, y) - clippedArea(hole, x, y)))).toBeLessThan(
            1e-12,
          );
        });
      }),
      { numRuns: 25 },
    );
  });

  test('sums to the area of a polygon that lies on the grid', () => {
    fc.assert(
      fc.property(ringOnGrid, ([outline, hole]) => {
        const area = Math.abs(planarArea(outline)) - Math.abs(planarArea(hole));
        expect(Math.abs(total(exact([[outline, hole]])) - area)).toBeLessThan(1e-9 * Math.max(1, area));
      }),
    );
  });

  test('is the same whichever way the rings run', () => {
    fc.assert(
      fc.property(ringWithHole, ([outline, hole]) => {
        const expected = exact([[outline, hole]]);
        for (const rings of [
          [reversed(outline), hole],
          [outline, reversed(hole)],
          [reversed(outline), reversed(hole)],
        ]) {
          const found = exact([rings]);
          expect(found.every((share, i) => Math.abs(share - expected[i]!) < 1e-12)).toBe(true);
        }
      }),
    );
  });

  test('of parts side by side adds up in the pixels they share', () => {
    const parts = [[square(2, 2, 5.25, 6)], [square(5.25, 2, 9.5, 6)]];
    expect(total(exact(parts))).toBeCloseTo(30, 12);
    expect(exact(parts)[2 * SIZE + 5]).toBe(1);
  });

  test('of a polygon smaller than a pixel is its area', () => {
    const pixels = exact([[square(7.25, 8.5, 7.5, 8.75)]]);
    expect(pixels[8 * SIZE + 7]).toBeCloseTo(0.0625, 14);
    expect(total(pixels)).toBeCloseTo(0.0625, 14);
  });

  test('fills rings that cross by the even-odd rule', () => {
    fc.assert(
      fc.property(anyRing, (corners) => {
        const points = ring(corners);
        const pixels = exact([[points]]);
        const steps = 40;
        for (const pixel of [30, 51, 77, 100, 149, 290]) {
          let inside = 0;
          for (let i = 0; i < steps * steps; i++) {
            const x = (pixel % SIZE) + ((i % steps) + 0.5) / steps;
            const y = Math.floor(pixel / SIZE) + (Math.floor(i / steps) + 0.5) / steps;
            if (isInside(points, x, y)) inside++;
          }
          expect(Math.abs(pixels[pixel]! - inside / (steps * steps))).toBeLessThan(0.12);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('fills rings with edges that lie on each other and are crossed there', () => {
    const corners = [
      [2, 0],
      [4, 1],
      [4, 5],
      [4, 0],
      [0, 5],
      [5, 4],
    ];
    const points = ring(corners);
    const steps = 200;
    let inside = 0;
    for (let i = 0; i < 25 * steps * steps; i++) {
      if (isInside(points, ((i % (5 * steps)) + 0.5) / steps, (Math.floor(i / (5 * steps)) + 0.5) / steps))
        inside++;
    }
    expect(Math.abs(total(exact([[points]])) - inside / steps ** 2)).toBeLessThan(0.02);
  });

  test('of a bow-tie, corners crossing in a vertex or not, is both of its wings', () => {
    const inEdges = ring([
      [2, 2],
      [10, 10],
      [10, 2],
      [2, 10],
    ]);
    const inVertex = ring([
      [2, 2],
      [6, 6],
      [10, 10],
      [10, 2],
      [6, 6],
      [2, 10],
    ]);
    for (const points of [inEdges, inVertex]) {
      const coverage = coverageOf([[points]], GRID, 'exact');
      expect(total(shares(coverage))).toBeCloseTo(32, 9);
      expect(coverage.selfCrossing).toBe(true);
    }
  });
});

describe('the facts of a coverage', () => {
  test('rings that only touch are not said to cross', () => {
    const outline = square(2, 2, 10, 10);
    const touching = ring([
      [2, 6],
      [5, 4],
      [5, 8],
    ]);
    const coverage = coverageOf([[outline, touching]], GRID, 'exact');
    expect(coverage.selfCrossing).toBe(false);
    expect(total(shares(coverage))).toBeCloseTo(64 - 6, 9);
  });

  test('a hole that leaves its outline is said to cross, and a simple polygon never', () => {
    expect(coverageOf([[square(2, 2, 10, 10), square(8, 4, 12, 6)]], GRID, 'centre').selfCrossing).toBe(true);
    fc.assert(
      fc.property(simpleRing, (points) => {
        expect(coverageOf([[points]], GRID, 'centre').selfCrossing).toBe(false);
      }),
    );
  });

  test.each<[string, Float64Array, beyondEdge: boolean, outside: boolean]>([
    ['inside', square(2, 2, 5, 5), false, false],
    ['that is the grid', square(0, 0, SIZE, SIZE), false, false],
    ['across the left edge', square(-3, 2, 5, 5), true, false],
    ['across the lower edge', square(3, SIZE - 2, 5, SIZE + 0.5), true, false],
    ['around the grid', square(-3, -3, SIZE + 3, SIZE + 3), true, false],
    ['beside the grid', square(SIZE + 1, 2, SIZE + 4, 5), true, true],
    ['between centres', square(3.1, 3.1, 3.2, 3.2), false, true],
  ])('a polygon %s', (_, points, beyondEdge, outside) => {
    expect(coverageOf([[points]], GRID, 'centre')).toMatchObject({ beyondEdge, outside });
  });

  test('runs of the grid are what lies on it', () => {
    expect(total(exact([[square(-3, -3, SIZE + 3, SIZE + 3)]]))).toBe(SIZE * SIZE);
    expect(total(exact([[square(-3, 4.5, 2.5, 6)]]))).toBeCloseTo(2.5 * 1.5, 12);
  });
});

describe('the centre rule', () => {
  test('agrees with exact coverage wherever a pixel is wholly in or out', () => {
    fc.assert(
      fc.property(ringWithHole, (rings) => {
        const mask = centre([rings]);
        exact([rings]).forEach((share, i) => {
          if (share === 0 || share === 1) expect(mask[i]).toBe(share);
        });
      }),
    );
  });

  test('joins parts that overlap', () => {
    expect(centre([[square(2, 2, 8, 8)], [square(4, 4, 10, 10)]]).filter((one) => one === 1).length).toBe(56);
  });

  test.skipIf(lacksGdal)('is that of rasterio, ties on centres included', () => {
    const cases = [
      ...fc.sample(ringWithHole, 150).map((rings): PixelPolygon => [rings]),
      ...fc
        .sample(anyRing, 60)
        .map((corners): PixelPolygon => [[ring(corners.map(([x, y]) => [x * 0.9, y * 1.07]))]]),
      [[square(1.5, 1.5, 4.5, 4.5)]],
      [[reversed(square(1.5, 1.5, 4.5, 4.5))]],
      [[square(0, 0, 9, 9), square(2.5, 2.5, 5.5, 5.5)]],
      [[square(1.5, 2, 4.5, 5)], [square(4.5, 2, 8.5, 5)]],
    ];
    const input = JSON.stringify(cases.map((polygon) => ({ parts: partsOf(polygon), ...GRID })));
    const { stdout, stderr, status } = spawnSync(
      '/usr/bin/python3',
      [resolve(import.meta.dirname, 'rasterize.py')],
      { input, encoding: 'utf8', maxBuffer: 1 << 26 },
    );
    expect(status, stderr).toBe(0);
    (JSON.parse(stdout) as string[]).forEach((expected, i) => {
      expect(centre(cases[i]!).join(''), `case ${i}`).toBe(expected);
    });
  });
});

test('a mask of a part of the grid is that part of the whole mask', () => {
  fc.assert(
    fc.property(ringWithHole, (rings) => {
      const coverage = coverageOf([rings], GRID, 'exact');
      const whole = coverageMask(coverage, WHOLE);
      const part = coverageMask(coverage, { column: 5, row: 3, width: 8, height: 11 });
      part.forEach((value, i) => {
        expect(value).toBe(whole[(3 + Math.floor(i / 8)) * SIZE + 5 + (i % 8)]);
      });
    }),
  );
});

function isInside(points: Float64Array, x: number, y: number): boolean {
  let inside = false;
  for (let i = 0; i + 3 < points.length; i += 2) {
    const [fromX, fromY, toX, toY] = [points[i]!, points[i + 1]!, points[i + 2]!, points[i + 3]!];
    if (fromY > y !== toY > y && x < fromX + ((y - fromY) / (toY - fromY)) * (toX - fromX)) inside = !inside;
  }
  return inside;
}
