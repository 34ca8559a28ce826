import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accumulateSplit, splitFlow } from '../../../src/geo/hydrology/d-infinity.js';
import { cellAt, directionSteps, NODATA, OUTLET } from '../../../src/geo/hydrology/flow-grid.js';
import { demOf, demSpecs, resolveFlow, squareCells, validCells } from './random-dem.js';

/** A plane that falls towards `bearing` (degrees clockwise from north) by 1 m a metre, cells of 30 x 20 m. */
function plane(bearing: number) {
  const [width, height] = [5, 5];
  const angle = (bearing * Math.PI) / 180;
  const values = Array.from({ length: width * height }, (_, i) => {
    const eastM = (i % width) * 30;
    const northM = -Math.floor(i / width) * 20;
    return 10_000 - eastM * Math.sin(angle) - northM * Math.cos(angle);
  });
  const dem = demOf({ width, height, type: 'float64', values });
  const sizes = { dxM: new Float64Array(height).fill(30), dyM: new Float64Array(height).fill(20) };
  resolveFlow(dem, sizes);
  return { dem, flow: splitFlow(dem, sizes), middle: cellAt(dem.grid, 2, 2) };
}

/** Degrees clockwise from north of each direction, on cells of 30 x 20 m. */
const DIAGONAL = (Math.atan2(30, 20) * 180) / Math.PI;
const BEARINGS = [Number.NaN, 90, 180 - DIAGONAL, 180, 180 + DIAGONAL, 270, 360 - DIAGONAL, 0, DIAGONAL];

describe('flow in any direction', () => {
  test('splits the water of a plane by the angle to the two cells it runs between', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 359.9, noNaN: true }), (bearing) => {
        const { flow, middle } = plane(bearing);
        const first = BEARINGS[flow.first[middle]!]!;
        const second = flow.second[middle] === 0 ? first : BEARINGS[flow.second[middle]!]!;
        const turn = ((second - first + 540) % 360) - 180;
        const found = first + turn * (1 - flow.share[middle]!);
        expect(Math.abs(((found - bearing + 540) % 360) - 180)).toBeLessThan(1e-4);
      }),
    );
  });

  test('loses no water, never runs in a circle, and never climbs', () => {
    fc.assert(
      fc.property(demSpecs, (spec) => {
        const dem = demOf(spec);
        const sizes = squareCells(spec.height);
        resolveFlow(dem, sizes);
        const flow = splitFlow(dem, sizes);
        const areas = accumulateSplit(dem.grid, flow, new Float64Array(spec.height).fill(900));
        const steps = directionSteps(dem.grid);
        let atOutlets = 0;
        const valid = validCells(dem);
        for (const cell of valid) {
          expect(areas[cell]).toBeGreaterThanOrEqual(900);
          if (flow.first[cell] === OUTLET) atOutlets += areas[cell]!;
          for (const direction of [flow.first[cell]!, flow.second[cell]!]) {
            if (direction === OUTLET) continue;
            const next = cell + steps[direction]!;
            expect(flow.first[next]).not.toBe(NODATA);
            expect(dem.elevations[next]!).toBeLessThanOrEqual(dem.elevations[cell]!);
          }
        }
        expect(atOutlets).toBeCloseTo(900 * valid.length, 5);
      }),
      { numRuns: 120 },
    );
  });
});
