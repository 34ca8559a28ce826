import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accumulateCells } from '../../../src/geo/hydrology/accumulate.js';
import { catchmentOf, type DirectionTiles } from '../../../src/geo/hydrology/catchment.js';
import { cellAt, type Dem, directionSteps, isAtEdge, OUTLET } from '../../../src/geo/hydrology/flow-grid.js';
import { demOf, demSpecs, resolveFlow, squareCells, validCells } from './random-dem.js';

function resolved(dem: Dem): Dem {
  resolveFlow(dem, squareCells(dem.grid.height));
  return dem;
}

/** Tiles with two columns to spare, as a file's tiles at the right edge have. */
function tilesOf({ grid, codes }: Dem, tileWidth: number, tileHeight: number): DirectionTiles {
  const { width, height } = grid;
  return {
    ...{ width, height, tileWidth, tileHeight },
    readTile: async (tileColumn, tileRow) => {
      const rowStride = tileWidth + 2;
      const tile = new Uint8Array(rowStride * tileHeight).fill(77);
      for (let y = 0; y < tileHeight; y++) {
        for (let x = 0; x < tileWidth; x++) {
          const column = tileColumn * tileWidth + x;
          const row = tileRow * tileHeight + y;
          if (column < width && row < height) tile[y * rowStride + x] = codes[cellAt(grid, column, row)]!;
        }
      }
      return { codes: tile, rowStride };
    },
  };
}

/** Cells whose way down leads through the outlet. */
function drainingThrough({ grid, codes }: Dem, outlet: number): Set<number> {
  const steps = directionSteps(grid);
  const inside = new Set<number>();
  for (const start of validCells({ grid, codes } as Dem)) {
    let cell = start;
    while (cell !== outlet && codes[cell] !== OUTLET) cell += steps[codes[cell]!]!;
    if (cell === outlet) inside.add(start);
  }
  return inside;
}

describe('a catchment', () => {
  test('is every cell whose way down leads through the outlet, whatever the tiles; as many as drain through it', async () => {
    await fc.assert(
      fc.asyncProperty(
        demSpecs,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(),
        async (spec, tileWidth, tileHeight, pick) => {
          const dem = resolved(demOf(spec));
          const { grid, codes } = dem;
          const valid = validCells(dem);
          const outlet = valid[pick % valid.length]!;
          const place = {
            column: (outlet % grid.stride) - 1,
            row: Math.floor(outlet / grid.stride) - 1,
          };
          const expected = drainingThrough(dem, outlet);
          const found = await catchmentOf(tilesOf(dem, tileWidth, tileHeight), place);
          const inMask = new Set<number>();
          for (let i = 0; i < found.mask.length; i++) {
            if (found.mask[i] === 0) continue;
            const column = found.column + (i % found.width);
            inMask.add(cellAt(grid, column, found.row + Math.floor(i / found.width)));
          }
          expect(inMask).toEqual(expected);
          expect(found.cells).toBe(expected.size);
          expect(found.cells).toBe(accumulateCells(grid, codes)[outlet]);
          expect(found.rowCells.reduce((sum, cells) => sum + cells, 0)).toBe(found.cells);
          expect(found.edgeContaminated).toBe(
            [...expected].some((cell) => isAtEdge(codes, cell, grid.stride)),
          );
        },
      ),
      { numRuns: 120 },
    );
  });

  test('is not contaminated when the divide lies inside the map', async () => {
    const side = 11;
    const values = Array.from({ length: side * side }, (_, i) => {
      const [x, y] = [i % side, Math.floor(i / side)];
      const aside = Math.abs(x - 5);
      if (y < 3) return 40 + y;
      return aside <= 3 ? aside * 10 + 10 - y : 60 - aside * 10;
    });
    const dem = resolved(demOf({ width: side, height: side, type: 'float32', values }));
    const inside = await catchmentOf(tilesOf(dem, 4, 4), { column: 5, row: 8 });
    expect(inside).toMatchObject({ edgeContaminated: false, column: 3, row: 2, width: 5 });
    expect(inside.cells).toBeGreaterThan(20);
    const below = await catchmentOf(tilesOf(dem, 4, 4), { column: 5, row: 10 });
    expect(below.edgeContaminated).toBe(true);
  });
});
