import fc from 'fast-check';
import { expect, test } from 'vitest';
import { labelComponents } from '../../src/geo/components.js';

const labelled = fc
  .record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) })
  .chain(({ width, height }) =>
    fc
      .array(fc.integer({ min: 0, max: 2 }), { minLength: width * height, maxLength: width * height })
      .map((values) => ({ width, height, values: Uint8Array.from(values) })),
  );

function neighbours(pixel: number, width: number, height: number, connectivity: 4 | 8): number[] {
  const [x, y] = [pixel % width, Math.floor(pixel / width)];
  const found: number[] = [];
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      const isStep = connectivity === 8 ? dx !== 0 || dy !== 0 : Math.abs(dx) + Math.abs(dy) === 1;
      const isOnGrid = x + dx >= 0 && y + dy >= 0 && x + dx < width && y + dy < height;
      if (isStep && isOnGrid) found.push(pixel + dy * width + dx);
    }
  }
  return found;
}

/** Floods each patch from its first pixel. */
function flooded(values: Uint8Array, width: number, height: number, connectivity: 4 | 8): number[] {
  const labels = Array<number>(values.length).fill(0);
  let count = 0;
  values.forEach((value, first) => {
    if (value === 0 || labels[first] !== 0) return;
    labels[first] = ++count;
    const open = [first];
    for (let pixel = open.pop(); pixel !== undefined; pixel = open.pop()) {
      for (const next of neighbours(pixel, width, height, connectivity)) {
        if (values[next] !== value || labels[next] !== 0) continue;
        labels[next] = count;
        open.push(next);
      }
    }
  });
  return labels;
}

test.each([
  4, 8,
] as const)('patches joined over %i neighbours are those of a flood fill, in order', (connectivity) => {
  fc.assert(
    fc.property(labelled, ({ values, width, height }) => {
      const { labels, count } = labelComponents(values, width, height, connectivity);
      expect([...labels]).toEqual(flooded(values, width, height, connectivity));
      expect(count).toBe(Math.max(0, ...labels));
    }),
  );
});

test('more labels than are first made room for', () => {
  const size = 100;
  const chequered = Uint8Array.from(
    { length: size * size },
    (_, i) => ((i % size) + Math.floor(i / size)) % 2,
  );
  expect(labelComponents(chequered, size, size, 4).count).toBe((size * size) / 2);
  expect(labelComponents(chequered, size, size, 8).count).toBe(1);
});
