import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { labelComponents } from '../../src/geo/components.js';
import { tracePolygons } from '../../src/geo/polygonize.js';
import { RowComponents } from '../../src/geo/row-components.js';
import { traceRuns } from '../../src/geo/trace-runs.js';

interface Found {
  runs: Int32Array;
  pixels: number;
}

/** Components of a mask, given to {@link RowComponents} row by row. */
function componentsOf(mask: Uint8Array, width: number): Found[] {
  const components = new RowComponents<{ pixels: number }>({
    begin: () => ({ pixels: 0 }),
    merge: (into, other) => {
      into.pixels += other.pixels;
    },
  });
  const found: Found[] = [];
  const keep = ({ runs, facts }: { runs: Int32Array; facts: { pixels: number } }) =>
    void found.push({ runs, pixels: facts.pixels });
  for (let row = 0; row * width < mask.length; row++) {
    const line = mask.subarray(row * width, (row + 1) * width);
    for (const one of components.addRow(row, line, (facts, from, to) => {
      facts.pixels += to - from;
    }))
      keep(one);
  }
  for (const one of components.end()) keep(one);
  return found;
}

function pixelsOf({ runs }: Found, width: number): number[] {
  const pixels: number[] = [];
  for (let i = 0; i < runs.length; i += 3) {
    for (let column = runs[i + 1]!; column < runs[i + 2]!; column++) pixels.push(runs[i]! * width + column);
  }
  return pixels;
}

function areaOf(ring: Float64Array): number {
  let area = 0;
  for (let i = 0; i + 3 < ring.length; i += 2)
    area += (ring[i]! * ring[i + 3]! - ring[i + 2]! * ring[i + 1]!) / 2;
  return area;
}

const masks = fc
  .tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 14 }), fc.integer({ min: 2, max: 8 }))
  .chain(([width, height, tenths]) =>
    fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: width * height, maxLength: width * height })
      .map((values) => ({
        width,
        height,
        mask: Uint8Array.from(values, (value) => (value < tenths ? 1 : 0)),
      })),
  );

describe('components of rows', () => {
  test('are the 8-connected components of the whole mask, each with its facts gathered once', () => {
    fc.assert(
      fc.property(masks, ({ width, height, mask }) => {
        const { labels, count } = labelComponents(mask, width, height, 8);
        const found = componentsOf(mask, width);
        expect(found).toHaveLength(count);
        const seen = new Set<number>();
        for (const one of found) {
          const pixels = pixelsOf(one, width);
          expect(one.pixels).toBe(pixels.length);
          const label = labels[pixels[0]!]!;
          expect(seen.has(label)).toBe(false);
          seen.add(label);
          expect(pixels).toEqual([...labels.keys()].filter((i) => labels[i] === label));
        }
      }),
    );
  });

  test('of nothing are none', () => {
    expect(componentsOf(new Uint8Array(12), 4)).toEqual([]);
  });
});

describe('the outline of runs', () => {
  test('is the outline of the same pixels in a raster, part by part and ring by ring', () => {
    fc.assert(
      fc.property(masks, ({ width, height, mask }) => {
        for (const one of componentsOf(mask, width)) {
          const alone = new Uint8Array(width * height);
          for (const i of pixelsOf(one, width)) alone[i] = 1;
          const expected = tracePolygons(alone, width, height).get(1)!;
          expect(shapeOf(traceRuns(one.runs))).toEqual(shapeOf(expected));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('keeps a hole that touches the outside at a corner as a ring of its own', () => {
    const mask = Uint8Array.from([1, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1].slice(0, 12));
    const [found] = componentsOf(mask, 4);
    const polygon = traceRuns(found!.runs);
    for (const ring of polygon.flat()) {
      const corners = new Set<string>();
      for (let i = 0; i + 3 < ring.length; i += 2) corners.add(`${ring[i]},${ring[i + 1]}`);
      expect(corners.size).toBe(ring.length / 2 - 1);
    }
    expect(polygon.flat().reduce((sum, ring) => sum + areaOf(ring), 0)).toBe(found!.pixels);
  });
});

/** Sets of corners by ring, so that it does not matter where a ring begins. */
function shapeOf(polygon: readonly (readonly Float64Array[])[]): string[][] {
  return polygon.map((rings) =>
    rings
      .map((ring) => {
        const corners: string[] = [];
        for (let i = 0; i + 3 < ring.length; i += 2) corners.push(`${ring[i]},${ring[i + 1]}`);
        return `${Math.sign(areaOf(ring))} ${corners.sort().join(' ')}`;
      })
      .sort(),
  );
}
