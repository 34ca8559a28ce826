/**
 * Pixels whose centre is inside a polygon, by scanline. Ties are GDAL's for rasters whose rows run south: a centre on a
 * left edge is outside, on a right edge inside; on the upper or lower edge of an outline it is inside, on the upper edge
 * of a hole outside and on its lower edge inside.
 */
import type { CoveredPixels, PixelWindow } from './coverage.js';
import { type PixelPolygon, REPROJECTION_ROUNDING, signedArea } from './pixel-polygon.js';

export function centreRuns(polygon: PixelPolygon, window: PixelWindow): CoveredPixels {
  const parts = polygon.map((rings) => partRuns(rings, window));
  const lowest = lowerEdges(polygon, window);
  if (lowest !== undefined) parts.push(lowest);
  const { starts, runs } = parts.length === 1 ? parts[0]! : joinRuns(parts, window.height);
  return {
    ...window,
    runStarts: starts,
    runs,
    cellStarts: new Uint32Array(window.height + 1),
    cells: new Int32Array(0),
    fractions: new Float64Array(0),
  };
}

interface RowRuns {
  /** Counted in runs; height + 1 entries. */
  starts: Uint32Array;
  /** From, to, from, to, … */
  runs: Int32Array;
}

function partRuns(rings: readonly Float64Array[], window: PixelWindow): RowRuns {
  const { starts: crossingStarts, crossings } = rowCrossings(rings, window);
  const starts = new Uint32Array(window.height + 1);
  const runs = new Int32Array(crossings.length);
  let count = 0;
  for (let row = 0; row < window.height; row++) {
    const line = crossings.subarray(crossingStarts[row], crossingStarts[row + 1]).sort();
    for (let i = 0; i + 1 < line.length; i += 2) {
      const run = clippedRun(line[i]!, line[i + 1]!, window);
      if (run !== undefined) runs.set(run, 2 * count++);
    }
    starts[row + 1] = count;
  }
  return { starts, runs: runs.subarray(0, 2 * count) };
}

/** Where the edges cross the middle line of each row, unordered within a row. */
function rowCrossings(
  rings: readonly Float64Array[],
  window: PixelWindow,
): { starts: Uint32Array; crossings: Float64Array } {
  const starts = new Uint32Array(window.height + 1);
  for (const ring of rings) {
    eachEdge(ring, window, (from, to) => {
      for (let row = from; row < to; row++) starts[row + 1]!++;
    });
  }
  for (let row = 0; row < window.height; row++) starts[row + 1]! += starts[row]!;
  const crossings = new Float64Array(starts[window.height]!);
  const next = starts.slice();
  for (const ring of rings) {
    eachEdge(ring, window, (from, to, [upperX, upperY, lowerX, lowerY]) => {
      for (let row = from; row < to; row++) {
        const y = row + window.row + 0.5;
        crossings[next[row]!++] = ((y - upperY) * (lowerX - upperX)) / (lowerY - upperY) + upperX;
      }
    });
  }
  return { starts, crossings };
}

type Edge = [upperX: number, upperY: number, lowerX: number, lowerY: number];

/** Edges that cross middle lines of the window's rows `from` to before `to`, counted from the window's first. */
function eachEdge(
  ring: Float64Array,
  { row, height }: PixelWindow,
  visit: (from: number, to: number, edge: Edge) => void,
): void {
  for (let i = 0; i + 3 < ring.length; i += 2) {
    const down = ring[i + 1]! < ring[i + 3]!;
    const upper = down ? i : i + 2;
    const lower = down ? i + 2 : i;
    const from = Math.max(0, Math.ceil(ring[upper + 1]! - 0.5) - row);
    const to = Math.min(height, Math.ceil(ring[lower + 1]! - 0.5) - row);
    if (from < to) visit(from, to, [ring[upper]!, ring[upper + 1]!, ring[lower]!, ring[lower + 1]!]);
  }
}

/** Lower edges that lie on the centres of a row, which the scanline leaves out; undefined when there are none. */
function lowerEdges(polygon: PixelPolygon, window: PixelWindow): RowRuns | undefined {
  const found: [row: number, from: number, to: number][] = [];
  for (const ring of polygon.flat()) {
    let isClockwise: boolean | undefined;
    for (let i = 0; i + 3 < ring.length; i += 2) {
      const row = ring[i + 1]! - 0.5 - window.row;
      if (ring[i + 3] !== ring[i + 1] || !Number.isInteger(row) || row < 0 || row >= window.height) continue;
      isClockwise ??= signedArea(ring) > 0;
      if (ring[i]! > ring[i + 2]! !== isClockwise) continue;
      const run = clippedRun(Math.min(ring[i]!, ring[i + 2]!), Math.max(ring[i]!, ring[i + 2]!), window);
      if (run !== undefined) found.push([row, ...run]);
    }
  }
  if (found.length === 0) return undefined;
  found.sort((a, b) => a[0] - b[0]);
  const starts = new Uint32Array(window.height + 1);
  for (const [row] of found) starts[row + 1]!++;
  for (let row = 0; row < window.height; row++) starts[row + 1]! += starts[row]!;
  return { starts, runs: Int32Array.from(found.flatMap(([, from, to]) => [from, to])) };
}

/**
 * Columns of the window whose centres lie between two crossings; undefined when there are none. A centre on the right one
 * stays inside when reprojection moved that a little to the left; else rounding decides, as it does in GDAL.
 */
function clippedRun(
  left: number,
  right: number,
  { column, width }: PixelWindow,
): [number, number] | undefined {
  const from = Math.max(column, Math.floor(left + 0.5));
  const to = Math.min(column + width, Math.floor(right + 0.5 + REPROJECTION_ROUNDING));
  return from < to ? [from, to] : undefined;
}

/** Runs of several parts, overlaps joined. */
function joinRuns(parts: RowRuns[], height: number): RowRuns {
  const starts = new Uint32Array(height + 1);
  const joined: number[] = [];
  for (let row = 0; row < height; row++) {
    const line: [from: number, to: number][] = [];
    for (const { starts: own, runs } of parts) {
      for (let run = own[row]!; run < own[row + 1]!; run++) line.push([runs[2 * run]!, runs[2 * run + 1]!]);
    }
    line.sort((a, b) => a[0] - b[0]);
    const first = joined.length;
    for (const [from, to] of line) {
      if (joined.length > first && from <= joined.at(-1)!) {
        joined[joined.length - 1] = Math.max(to, joined.at(-1)!);
      } else joined.push(from, to);
    }
    starts[row + 1] = joined.length / 2;
  }
  return { starts, runs: Int32Array.from(joined) };
}
