import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accumulateCells } from '../../../src/geo/hydrology/accumulate.js';
import { cellAt, type Dem, directionSteps, OUTLET } from '../../../src/geo/hydrology/flow-grid.js';
import { strahlerOrders } from '../../../src/geo/hydrology/strahler.js';
import { type StreamLink, streamLinks } from '../../../src/geo/hydrology/stream-lines.js';
import { demOf, demSpecs, resolveFlow, squareCells, validCells } from './random-dem.js';

function streamsOf(dem: Dem, threshold: number) {
  resolveFlow(dem, squareCells(dem.grid.height));
  const cells = accumulateCells(dem.grid, dem.codes);
  const orders = strahlerOrders(dem.grid, dem.codes, cells, threshold);
  return { cells, orders, links: [...streamLinks(dem.grid, dem.codes, cells, orders, threshold)] };
}

/** Every cell of a link, corners and what lies straight between them. */
function cellsOf({ grid }: Dem, { cells }: StreamLink): number[] {
  const all: number[] = [cellAt(grid, cells[0]!, cells[1]!)];
  for (let i = 2; i < cells.length; i += 2) {
    const [fromX, fromY, toX, toY] = [cells[i - 2]!, cells[i - 1]!, cells[i]!, cells[i + 1]!];
    const count = Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY));
    for (let step = 1; step <= count; step++) {
      all.push(cellAt(grid, fromX + ((toX - fromX) * step) / count, fromY + ((toY - fromY) * step) / count));
    }
  }
  return all;
}

describe('stream links', () => {
  test('follow the flow, have one order each, and together hold every step of every stream once', () => {
    fc.assert(
      fc.property(demSpecs, fc.integer({ min: 1, max: 6 }), (spec, threshold) => {
        const dem = demOf(spec);
        const { cells, orders, links } = streamsOf(dem, threshold);
        const steps = directionSteps(dem.grid);
        const walked = new Map<number, number>();
        for (const link of links) {
          const path = cellsOf(dem, link);
          for (let i = 1; i < path.length; i++) {
            const cell = path[i - 1]!;
            expect(cell + steps[dem.codes[cell]!]!).toBe(path[i]);
            expect(orders[cell]).toBe(link.order);
            walked.set(cell, (walked.get(cell) ?? 0) + 1);
          }
          const end = path.at(-1)!;
          const own = dem.codes[end] === OUTLET && cells[end] === link.accumulation ? end : path.at(-2)!;
          expect(link.accumulation).toBe(cells[own]);
        }
        const flowing = validCells(dem).filter((cell) => orders[cell]! > 0 && dem.codes[cell] !== OUTLET);
        expect(new Map(flowing.map((cell) => [cell, 1]))).toEqual(walked);
      }),
      { numRuns: 120 },
    );
  });

  test('leave out what lies on a straight line', () => {
    const dem = demOf({ width: 6, height: 1, type: 'float32', values: [6, 5, 4, 3, 2, 1] });
    const { links } = streamsOf(dem, 1);
    expect(links).toEqual([{ order: 1, accumulation: 6, cells: Int32Array.of(0, 0, 5, 0) }]);
  });
});
