/** Small DEMs for property tests: random, with nodata, flats and pits, of every element type. */
import fc from 'fast-check';
import { breachDepressions } from '../../../src/geo/hydrology/breach.js';
import { assignDirections } from '../../../src/geo/hydrology/d8.js';
import { type ElevationType, emptyDem, putRows } from '../../../src/geo/hydrology/dem.js';
import { fillDepressions } from '../../../src/geo/hydrology/fill.js';
import { resolveFlats } from '../../../src/geo/hydrology/flats.js';
import { type CellSizes, cellAt, type Dem, NODATA } from '../../../src/geo/hydrology/flow-grid.js';

const HOLE = -1;

export interface DemSpec {
  width: number;
  height: number;
  type: ElevationType;
  /** Row by row; {@link HOLE} is nodata. */
  values: number[];
}

/** Few different levels make flats and pits; one row, one column and holes come often. */
export const demSpecs: fc.Arbitrary<DemSpec> = fc
  .record({
    width: fc.integer({ min: 1, max: 14 }),
    height: fc.integer({ min: 1, max: 14 }),
    type: fc.constantFrom<ElevationType>('uint8', 'int16', 'int32', 'float32', 'float64'),
    levels: fc.constantFrom(1, 2, 4, 9, 100),
    holes: fc.constantFrom(0, 0, 0.1, 0.4),
  })
  .chain(({ width, height, type, levels, holes }) =>
    fc
      .array(fc.tuple(fc.integer({ min: 0, max: levels - 1 }), fc.double({ min: 0, max: 1, noNaN: true })), {
        minLength: width * height,
        maxLength: width * height,
      })
      .map((cells) => ({
        width,
        height,
        type,
        values: cells.map(([level, chance]) => (chance < holes ? HOLE : level)),
      })),
  )
  .filter(({ values }) => values.some((value) => value !== HOLE));

export function demOf({ width, height, type, values }: DemSpec): Dem {
  const dem = emptyDem(width, height, type);
  putRows(dem, 0, values, (value) => value === HOLE);
  return dem;
}

export function squareCells(height: number, sideM = 30): CellSizes {
  return { dxM: new Float64Array(height).fill(sideM), dyM: new Float64Array(height).fill(sideM) };
}

/** Bordered positions of the cells with a value. */
export function validCells({ grid, codes }: Dem): number[] {
  const cells: number[] = [];
  for (let row = 0; row < grid.height; row++) {
    for (let column = 0; column < grid.width; column++) {
      const cell = cellAt(grid, column, row);
      if (codes[cell] !== NODATA) cells.push(cell);
    }
  }
  return cells;
}

export function neighboursOf({ grid }: Dem, cell: number): number[] {
  const { stride } = grid;
  return [1, stride + 1, stride, stride - 1, -1, -stride - 1, -stride, -stride + 1].map(
    (step) => cell + step,
  );
}

/** From elevations to directions; `breach` within the limits first. */
export function resolveFlow(
  dem: Dem,
  sizes: CellSizes,
  breach?: { maxCells: number; maxDepth: number },
): void {
  if (breach !== undefined) breachDepressions(dem, breach);
  fillDepressions(dem);
  assignDirections(dem, sizes);
  resolveFlats(dem);
}
