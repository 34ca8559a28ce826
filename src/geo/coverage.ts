/**
 * Which pixels of a grid a polygon covers, row by row. Each part is filled by the even-odd rule, whichever way its rings
 * run, and parts are joined.
 */
import { centreRuns } from './coverage-centre.js';
import { exactCoverage } from './coverage-exact.js';
import { type PixelPolygon, REPROJECTION_ROUNDING } from './pixel-polygon.js';
import { signedEdges } from './signed-edges.js';

/** `centre`: a pixel counts when its centre is inside. `exact`: a pixel counts by the share of it that is inside. */
export type CoverageRule = 'centre' | 'exact';

export interface Coverage extends CoveredPixels {
  /** No pixel of the grid is covered. */
  outside: boolean;
  /** A part of the polygon lies beyond the grid, so what is counted is less than the polygon. */
  beyondEdge: boolean;
  /** Rings cross each other or themselves: what was meant is not certain. */
  selfCrossing: boolean;
}

export interface CoveredPixels {
  /** The window of the grid that the covered pixels lie in, in pixels from its upper left; 0 x 0 when there are none. */
  column: number;
  row: number;
  width: number;
  height: number;
  /** Where each row's runs begin in `runs`, counted in runs; height + 1 entries. */
  runStarts: Uint32Array;
  /** Wholly covered pixels: first column and the column after the last, of the grid, ascending in each row. */
  runs: Int32Array;
  /** Where each row's partly covered pixels begin in `cells`; height + 1 entries. None under the centre rule. */
  cellStarts: Uint32Array;
  /** Their columns in the grid, ascending in each row. */
  cells: Int32Array;
  /** Their covered shares, above 0 and below 1. */
  fractions: Float64Array;
}

/** A window of a grid, and where the pixels that may be covered lie in it. */
export interface PixelWindow {
  column: number;
  row: number;
  width: number;
  height: number;
}

export function coverageOf(
  polygon: PixelPolygon,
  grid: { width: number; height: number },
  rule: CoverageRule,
): Coverage {
  const [left, top, right, bottom] = pixelBounds(polygon);
  const window = clippedWindow([left, top, right, bottom], grid);
  const parts = polygon.map(signedEdges);
  const covered =
    rule === 'centre'
      ? centreRuns(polygon, window)
      : exactCoverage(
          parts.map(({ edges }) => edges),
          window,
        );
  return {
    ...covered,
    outside: covered.runs.length === 0 && covered.cells.length === 0,
    beyondEdge: Math.max(-left, -top, right - grid.width, bottom - grid.height) > REPROJECTION_ROUNDING,
    selfCrossing: parts.some(({ selfCrossing }) => selfCrossing),
  };
}

/** 1 for each pixel of the window that counts: under the exact rule those covered by half or more. Height x width. */
export function coverageMask(coverage: CoveredPixels, window: PixelWindow): Uint8Array {
  const mask = new Uint8Array(window.width * window.height);
  const lastRow = Math.min(coverage.row + coverage.height, window.row + window.height);
  const columns = { from: window.column, to: window.column + window.width };
  for (let row = Math.max(coverage.row, window.row); row < lastRow; row++) {
    const line = (row - window.row) * window.width - window.column;
    const index = row - coverage.row;
    for (let run = coverage.runStarts[index]!; run < coverage.runStarts[index + 1]!; run++) {
      const from = Math.max(coverage.runs[2 * run]!, columns.from);
      const to = Math.min(coverage.runs[2 * run + 1]!, columns.to);
      if (from < to) mask.fill(1, line + from, line + to);
    }
    for (let cell = coverage.cellStarts[index]!; cell < coverage.cellStarts[index + 1]!; cell++) {
      const column = coverage.cells[cell]!;
      if (column >= columns.from && column < columns.to && coverage.fractions[cell]! >= 0.5) {
        mask[line + column] = 1;
      }
    }
  }
  return mask;
}

type Bounds = [left: number, top: number, right: number, bottom: number];

function pixelBounds(polygon: PixelPolygon): Bounds {
  const bounds: Bounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of polygon.flat()) {
    for (let i = 0; i < ring.length; i += 2) {
      if (ring[i]! < bounds[0]) bounds[0] = ring[i]!;
      if (ring[i + 1]! < bounds[1]) bounds[1] = ring[i + 1]!;
      if (ring[i]! > bounds[2]) bounds[2] = ring[i]!;
      if (ring[i + 1]! > bounds[3]) bounds[3] = ring[i + 1]!;
    }
  }
  return bounds;
}

function clippedWindow(
  [left, top, right, bottom]: Bounds,
  grid: { width: number; height: number },
): PixelWindow {
  const column = Math.max(0, Math.floor(left));
  const row = Math.max(0, Math.floor(top));
  const width = Math.min(grid.width, Math.ceil(right)) - column;
  const height = Math.min(grid.height, Math.ceil(bottom)) - row;
  return width > 0 && height > 0
    ? { column, row, width, height }
    : { column: 0, row: 0, width: 0, height: 0 };
}
