import fc from 'fast-check';
import proj4 from 'proj4';
import { describe, expect, test } from 'vitest';
import { geodesicDistanceM, type LonLat } from '../../src/geo/geodesic.js';
import type { Grid } from '../../src/geo/grid.js';
import { localFrame } from '../../src/geo/local-frame.js';
import { maskValueAt, packMaskBlock } from '../../src/geo/mask-block.js';
import { type BlockMask, nearestPixel } from '../../src/geo/nearest-pixel.js';

interface Place {
  name: string;
  projection: string;
  /** Centre of the grid. */
  centre: LonLat;
  /** In units of the projection. */
  step: [x: number, y: number];
}

const METRES_IN_DEGREES = 1 / 111_000;
const PLACES: Place[] = [
  {
    name: 'UTM, square',
    projection: '+proj=utm +zone=43 +datum=WGS84',
    centre: { lon: 72.4, lat: 24 },
    step: [30, -30],
  },
  {
    name: 'UTM at the edge of its zone, not square',
    projection: '+proj=utm +zone=12 +datum=NAD83',
    centre: { lon: -113.9, lat: 37.4 },
    step: [47, -19],
  },
  {
    name: 'degrees',
    projection: '+proj=longlat +datum=WGS84',
    centre: { lon: 72, lat: 24 },
    step: [30 * METRES_IN_DEGREES, -30 * METRES_IN_DEGREES],
  },
  {
    name: 'degrees far north',
    projection: '+proj=longlat +datum=WGS84',
    centre: { lon: 20, lat: 78 },
    step: [90 * METRES_IN_DEGREES, -25 * METRES_IN_DEGREES],
  },
  {
    name: 'sinusoidal, sheared',
    projection: '+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +a=6371007.181 +b=6371007.181',
    centre: { lon: 72, lat: 34 },
    step: [30, -30],
  },
  { name: 'south-up Mercator', projection: 'EPSG:3857', centre: { lon: -60, lat: -40 }, step: [40, 40] },
];
const WIDTH = 120;
const HEIGHT = 110;

function gridAt({ projection, centre, step }: Place): Grid {
  const converter = proj4(projection, 'WGS84');
  const [x, y] = converter.inverse([centre.lon, centre.lat]) as [number, number];
  const originX = x - (WIDTH / 2) * step[0];
  const originY = y - (HEIGHT / 2) * step[1];
  return {
    width: WIDTH,
    height: HEIGHT,
    toLonLat: ({ column, row }) => {
      const [lon, lat] = converter.forward([originX + column * step[0], originY + row * step[1]]) as [
        number,
        number,
      ];
      return { lon, lat };
    },
    toPixel: ({ lon, lat }) => {
      const [px, py] = converter.inverse([lon, lat]) as [number, number];
      return { column: (px - originX) / step[0], row: (py - originY) / step[1] };
    },
  };
}

function maskOf(
  grid: Grid,
  values: Uint8Array,
  blockWidth: number,
  blockHeight: number,
  read: string[] = [],
): BlockMask {
  return {
    grid,
    blockWidth,
    blockHeight,
    block: async (blockColumn, blockRow) => {
      read.push(`${blockColumn},${blockRow}`);
      const width = Math.min(blockWidth, grid.width - blockColumn * blockWidth);
      const height = Math.min(blockHeight, grid.height - blockRow * blockHeight);
      const block = new Uint8Array(width * height);
      for (let row = 0; row < height; row++) {
        const from = (blockRow * blockHeight + row) * grid.width + blockColumn * blockWidth;
        block.set(values.subarray(from, from + width), row * width);
      }
      return packMaskBlock(block, width);
    },
  };
}

function bruteForce(grid: Grid, values: Uint8Array, point: LonLat, radiusM: number, minimum: number) {
  let best: { column: number; row: number; distanceM: number } | null = null;
  for (let row = 0; row < grid.height; row++) {
    for (let column = 0; column < grid.width; column++) {
      if (values[row * grid.width + column]! < minimum) continue;
      const distanceM = geodesicDistanceM(point, grid.toLonLat({ column: column + 0.5, row: row + 0.5 }));
      if (distanceM <= radiusM && distanceM < (best?.distanceM ?? Infinity) - 1e-6)
        best = { column, row, distanceM };
    }
  }
  return best;
}

/** Repeatable noise. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe.each(PLACES)('$name', (place) => {
  const grid = gridAt(place);

  test('the pixel and the distance are those of a search of all centres', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.constantFrom(0.0003, 0.003, 0.05, 0.6),
        fc.constantFrom([16, 16], [120, 8], [50, 50]),
        fc.constantFrom(150, 700, 1500),
        async (seed, density, [blockWidth, blockHeight], radiusM) => {
          const random = randomFrom(seed);
          const values = Uint8Array.from({ length: WIDTH * HEIGHT }, () =>
            random() < density ? 1 + Math.floor(random() * 4) : 0,
          );
          const mask = maskOf(grid, values, blockWidth!, blockHeight!);
          for (let i = 0; i < 3; i++) {
            const point = grid.toLonLat({
              column: (random() * 1.2 - 0.1) * WIDTH,
              row: (random() * 1.2 - 0.1) * HEIGHT,
            });
            const found = await nearestPixel({ mask, point, radiusM, minimum: 2 });
            const expected = bruteForce(grid, values, point, radiusM, 2);
            expect(found && { column: found.column, row: found.row, distanceM: found.distanceM }).toEqual(
              expected,
            );
          }
        },
      ),
      { numRuns: 12, seed: 7 },
    );
  });

  test('the approximate distance keeps its promise', () => {
    const random = randomFrom(5);
    for (let i = 0; i < 20; i++) {
      const point = grid.toLonLat({ column: random() * WIDTH, row: random() * HEIGHT });
      const frame = localFrame(grid, point, 1500)!;
      expect(frame.toleranceM).toBeLessThan(0.05);
      for (let k = 0; k < 50; k++) {
        const columns = (random() * 2 - 1) * frame.reachColumns;
        const rows = (random() * 2 - 1) * frame.reachRows;
        const exact = geodesicDistanceM(
          point,
          grid.toLonLat({ column: frame.origin.column + columns, row: frame.origin.row + rows }),
        );
        if (exact > 1500) continue;
        expect(Math.abs(frame.approximateM(columns, rows) - exact)).toBeLessThanOrEqual(frame.toleranceM);
        expect(
          frame.lowerBoundM({ columnFrom: columns, columnTo: columns + 9, rowFrom: rows, rowTo: rows + 9 }),
        ).toBeLessThanOrEqual(exact);
      }
    }
  });
});

test('only blocks that can hold a nearer pixel are read', async () => {
  const grid = gridAt(PLACES[0]!);
  const values = new Uint8Array(WIDTH * HEIGHT);
  values[25 * WIDTH + 25] = 1;
  values[95 * WIDTH + 95] = 1;
  const read: string[] = [];
  const point = grid.toLonLat({ column: 24.5, row: 24.5 });
  const found = await nearestPixel({
    mask: maskOf(grid, values, 16, 16, read),
    point,
    radiusM: 3000,
    minimum: 1,
  });
  expect(found).toMatchObject({ column: 25, row: 25 });
  expect(read).toEqual(['1,1']);
});

test('of pixels equally far the smaller row wins, then the smaller column', async () => {
  const grid: Grid = {
    width: 21,
    height: 21,
    toLonLat: ({ column, row }) => ({ lon: (column - 10.5) * 0.001, lat: (10.5 - row) * 0.001 }),
    toPixel: ({ lon, lat }) => ({ column: lon / 0.001 + 10.5, row: 10.5 - lat / 0.001 }),
  };
  const values = new Uint8Array(21 * 21);
  for (const [column, row] of [
    [14, 13],
    [6, 13],
    [14, 7],
    [6, 7],
  ] as const)
    values[row * 21 + column] = 1;
  const found = await nearestPixel({
    mask: maskOf(grid, values, 5, 5),
    point: { lon: 0, lat: 0 },
    radiusM: 1000,
    minimum: 1,
  });
  expect(found).toMatchObject({ column: 6, row: 7 });
});

test('a centre exactly at the radius counts, one beyond does not, and an empty mask gives nothing', async () => {
  const grid = gridAt(PLACES[0]!);
  const values = new Uint8Array(WIDTH * HEIGHT);
  const point = grid.toLonLat({ column: 60.5, row: 55.5 });
  const query = { mask: maskOf(grid, values, 16, 16), point, minimum: 1 };
  expect(await nearestPixel({ ...query, radiusM: 1500 })).toBeNull();
  values[55 * WIDTH + 70] = 3;
  const { distanceM, value } = (await nearestPixel({ ...query, radiusM: 1500 }))!;
  expect(value).toBe(3);
  expect(await nearestPixel({ ...query, radiusM: distanceM })).not.toBeNull();
  expect(await nearestPixel({ ...query, radiusM: distanceM - 1e-5 })).toBeNull();
});

test('at a pole a grid of degrees is refused, not answered wrongly', async () => {
  const place = { ...PLACES[2]!, centre: { lon: 0, lat: 89.99 }, step: [0.001, -0.0001] as [number, number] };
  const grid = gridAt(place);
  const mask = maskOf(grid, new Uint8Array(WIDTH * HEIGHT), 16, 16);
  await expect(nearestPixel({ mask, point: place.centre, radiusM: 1500, minimum: 1 })).rejects.toThrow(
    RangeError,
  );
});

test('a packed block gives back every value', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      fc.array(fc.constantFrom(0, 0, 0, 1, 8, 255), { minLength: 30, maxLength: 300 }),
      (width, list) => {
        const counts = Uint8Array.from(list.slice(0, Math.floor(list.length / width) * width));
        const block = packMaskBlock(counts, width);
        for (let i = 0; i < counts.length; i++)
          expect(maskValueAt(block, i % width, Math.floor(i / width))).toBe(counts[i]);
      },
    ),
  );
});
