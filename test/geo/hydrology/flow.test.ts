import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accumulateAreas, accumulateCells } from '../../../src/geo/hydrology/accumulate.js';
import { breachDepressions } from '../../../src/geo/hydrology/breach.js';
import { emptyDem, putRows } from '../../../src/geo/hydrology/dem.js';
import { fillDepressions } from '../../../src/geo/hydrology/fill.js';
import {
  cellAt,
  type Dem,
  directionSteps,
  isAtEdge,
  NODATA,
  OUTLET,
} from '../../../src/geo/hydrology/flow-grid.js';
import { strahlerOrders } from '../../../src/geo/hydrology/strahler.js';
import { demOf, demSpecs, neighboursOf, resolveFlow, squareCells, validCells } from './random-dem.js';

const METHODS = fc.constantFrom('fill' as const, 'breach' as const);
const RUNS = { numRuns: 150 };

/** Resolved, and the elevations the directions were made of. */
function flowOf(dem: Dem, method: 'fill' | 'breach' = 'fill') {
  const sizes = squareCells(dem.grid.height);
  resolveFlow(dem, sizes, method === 'breach' ? { maxCells: 5, maxDepth: 50 } : undefined);
  return { dem, cells: accumulateCells(dem.grid, dem.codes), steps: directionSteps(dem.grid) };
}

/** The lowest level to which water must rise at each cell to get away, by relaxation until nothing changes. */
function spillLevels(dem: Dem): Map<number, number> {
  const valid = validCells(dem);
  const { codes, grid, elevations } = dem;
  const levels = new Map(
    valid.map((cell) => [cell, isAtEdge(codes, cell, grid.stride) ? elevations[cell]! : Infinity]),
  );
  for (let changed = true; changed; ) {
    changed = false;
    for (const cell of valid) {
      const lowest = Math.min(...neighboursOf(dem, cell).map((next) => levels.get(next) ?? Infinity));
      const level = Math.max(elevations[cell]!, lowest);
      if (level >= levels.get(cell)!) continue;
      levels.set(cell, level);
      changed = true;
    }
  }
  return levels;
}

describe('filling', () => {
  test('raises every cell to the level at which water gets away, and no higher', () => {
    fc.assert(
      fc.property(demSpecs, (spec) => {
        const expected = spillLevels(demOf(spec));
        const dem = demOf(spec);
        const before = dem.elevations.slice();
        const raised = fillDepressions(dem);
        expect(new Map([...expected.keys()].map((cell) => [cell, dem.elevations[cell]]))).toEqual(expected);
        expect(raised).toBe([...expected].filter(([cell, level]) => level > before[cell]!).length);
      }),
      RUNS,
    );
  });

  test('fills one pit to its rim and leaves a pit at the edge', () => {
    const dem = demOf({
      width: 5,
      height: 4,
      type: 'float32',
      values: [9, 9, 9, 9, 9, 9, 2, 7, 9, 9, 1, 8, 5, 9, 9, 9, 9, 9, 9, 9],
    });
    fillDepressions(dem);
    expect(dem.elevations[cellAt(dem.grid, 1, 1)]).toBe(2);
    expect(dem.elevations[cellAt(dem.grid, 0, 2)]).toBe(1);
    expect(dem.elevations[cellAt(dem.grid, 2, 2)]).toBe(5);
  });
});

describe('breaching', () => {
  test('cuts through a dam that filling would turn into a lake, and only lowers', () => {
    const values = [9, 9, 9, 9, 9, 9, 9, 1, 1, 1, 8, 0, 9, 9, 9, 9, 9, 9];
    const dem = demOf({ width: 6, height: 3, type: 'float32', values });
    expect(breachDepressions(dem, { maxCells: 5, maxDepth: 10 })).toBe(1);
    expect(dem.elevations[cellAt(dem.grid, 4, 1)]).toBe(1);
    expect(fillDepressions(dem)).toBe(0);
  });

  test.each([
    ['longer', { maxCells: 0, maxDepth: 10 }],
    ['deeper', { maxCells: 5, maxDepth: 6 }],
  ])('leaves a dam that is %s than the limit', (_which, limits) => {
    const values = [9, 9, 9, 9, 9, 9, 9, 1, 1, 1, 8, 0, 9, 9, 9, 9, 9, 9];
    const dem = demOf({ width: 6, height: 3, type: 'float32', values });
    expect(breachDepressions(dem, limits)).toBe(0);
    expect([...dem.elevations]).toEqual([
      ...demOf({ width: 6, height: 3, type: 'float32', values }).elevations,
    ]);
  });

  test('never raises a cell, and without limits leaves nothing to fill', () => {
    fc.assert(
      fc.property(demSpecs, (spec) => {
        const dem = demOf(spec);
        const before = dem.elevations.slice();
        breachDepressions(dem, { maxCells: 1000, maxDepth: 1e6 });
        for (const cell of validCells(dem)) expect(dem.elevations[cell]).toBeLessThanOrEqual(before[cell]!);
        expect(fillDepressions(dem)).toBe(0);
      }),
      RUNS,
    );
  });
});

describe('directions and accumulation', () => {
  test('lead every cell off the map without a circle, never upwards', () => {
    fc.assert(
      fc.property(demSpecs, METHODS, (spec, method) => {
        const { dem, steps } = flowOf(demOf(spec), method);
        const valid = validCells(dem);
        const faults = valid.filter((start) => {
          let cell = start;
          for (let walked = 0; dem.codes[cell] !== OUTLET; walked++) {
            if (dem.codes[cell]! > 8 || walked >= valid.length) return true;
            const next = cell + steps[dem.codes[cell]!]!;
            if (dem.codes[next] === NODATA || dem.elevations[next]! > dem.elevations[cell]!) return true;
            cell = next;
          }
          return !isAtEdge(dem.codes, cell, dem.grid.stride);
        });
        expect(faults).toEqual([]);
      }),
      RUNS,
    );
  });

  test('add up to all cells at the outlets; a cell collects more than any of those above it', () => {
    fc.assert(
      fc.property(demSpecs, METHODS, (spec, method) => {
        const given = demOf(spec);
        const count = validCells(given).length;
        const { dem, cells, steps } = flowOf(given, method);
        let atOutlets = 0;
        let grows = true;
        for (const cell of validCells(dem)) {
          if (dem.codes[cell] === OUTLET) atOutlets += cells[cell]!;
          else grows &&= cells[cell]! < cells[cell + steps[dem.codes[cell]!]!]!;
        }
        expect(atOutlets).toBe(count);
        expect(grows).toBe(true);
        expect(validCells(dem)).toHaveLength(count);
        expect(cells.some((sum, cell) => sum > 0 && dem.codes[cell] === NODATA)).toBe(false);
      }),
      RUNS,
    );
  });

  test('add up areas as they add up cells, each row with its own', () => {
    fc.assert(
      fc.property(demSpecs, (spec) => {
        const { dem, cells } = flowOf(demOf(spec));
        const same = accumulateAreas(dem.grid, dem.codes, new Float64Array(spec.height).fill(2));
        const byRow = Float64Array.from({ length: spec.height }, (_, row) => row + 1);
        const areas = accumulateAreas(dem.grid, dem.codes, byRow);
        let atOutlets = 0;
        let all = 0;
        let doubled = true;
        for (const cell of validCells(dem)) {
          doubled &&= same[cell] === 2 * cells[cell]!;
          if (dem.codes[cell] === OUTLET) atOutlets += areas[cell]!;
          all += byRow[Math.floor(cell / dem.grid.stride) - 1]!;
        }
        expect(atOutlets).toBe(all);
        expect(doubled).toBe(true);
      }),
      RUNS,
    );
  });

  test('take the steepest way by true distance', () => {
    const values = [9, 9, 9, 9, 5, 4.2, 9, 9, 3.9];
    const lower = (dxM: number, dyM: number) => {
      const dem = demOf({ width: 3, height: 3, type: 'float64', values });
      resolveFlow(dem, { dxM: new Float64Array(3).fill(dxM), dyM: new Float64Array(3).fill(dyM) });
      return dem.codes[cellAt(dem.grid, 1, 1)];
    };
    expect(lower(30, 30)).toBe(1);
    expect(lower(90, 20)).toBe(2);
  });

  test('cross a wide flat straight to its outlet, away from the slopes around it', () => {
    const width = 9;
    const values = Array.from({ length: width * 5 }, (_, i): number => {
      const [column, row] = [i % width, Math.floor(i / width)];
      return row === 0 || row === 4 || column === 0 ? 9 : 3;
    });
    values[2 * width + 8] = 1;
    const { dem } = flowOf(demOf({ width, height: 5, type: 'int16', values }));
    const middle = Array.from({ length: 7 }, (_, i) => dem.codes[cellAt(dem.grid, i + 1, 2)]);
    expect(middle).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  test.each([
    ['one cell', 1, 1],
    ['one row', 7, 1],
    ['one column', 1, 7],
  ])('work on %s', (_what, width, height) => {
    const values = Array.from({ length: width * height }, (_, i) => (i * 5) % 7);
    const { dem, cells } = flowOf(demOf({ width, height, type: 'float32', values }));
    const outlets = validCells(dem).filter((cell) => dem.codes[cell] === OUTLET);
    expect(outlets.reduce((sum, cell) => sum + cells[cell]!, 0)).toBe(width * height);
  });

  test('leave a DEM without any value as it is', () => {
    const { dem, cells } = flowOf(emptyDem(4, 3, 'int16'));
    expect(new Set(dem.codes)).toEqual(new Set([NODATA]));
    expect(new Set(cells)).toEqual(new Set([0]));
  });

  test('know every kind of nodata, and infinities', () => {
    const dem = emptyDem(6, 1, 'float32');
    const stored = Math.fround(-3.4e38);
    const values = Float32Array.of(1, Number.NaN, stored, Infinity, -Infinity, 2);
    expect(putRows(dem, 0, values, (value) => value === stored)).toBe(2);
    expect(validCells(dem)).toEqual([cellAt(dem.grid, 0, 0), cellAt(dem.grid, 5, 0)]);
  });
});

describe('stream order', () => {
  test('is one more than its tributaries only where two of the highest meet, and never falls', () => {
    fc.assert(
      fc.property(demSpecs, fc.integer({ min: 1, max: 8 }), (spec, threshold) => {
        const { dem, cells, steps } = flowOf(demOf(spec));
        const orders = strahlerOrders(dem.grid, dem.codes, cells, threshold);
        const expected = validCells(dem).map((cell) => {
          if (cells[cell]! < threshold) return 0;
          const joining = neighboursOf(dem, cell)
            .filter((next) => dem.codes[next]! >= 1 && dem.codes[next]! <= 8)
            .filter((next) => next + steps[dem.codes[next]!]! === cell && orders[next]! > 0)
            .map((next) => orders[next]!);
          const highest = Math.max(0, ...joining);
          const twice = joining.filter((order) => order === highest).length > 1;
          return highest === 0 ? 1 : twice ? highest + 1 : highest;
        });
        expect(validCells(dem).map((cell) => orders[cell])).toEqual(expected);
      }),
      RUNS,
    );
  });
});
