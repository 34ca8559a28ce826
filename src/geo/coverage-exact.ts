/**
 * The share of each pixel that is inside a polygon: every edge adds the signed area to its right, cell by cell (the idea
 * of exactextract, Baston), and the sum from the left is the share. Shares nearer to 0 or 1 than the rounding of
 * reprojection are 0 or 1; where parts of a polygon overlap within one pixel, their shares are added, up to 1.
 */
import type { CoveredPixels, PixelWindow } from './coverage.js';
import { REPROJECTION_ROUNDING } from './pixel-polygon.js';
import type { SignedEdges } from './signed-edges.js';

/** `parts` holds the edges of each part of the polygon. */
export function exactCoverage(parts: readonly SignedEdges[], window: PixelWindow): CoveredPixels {
  const partRows = parts.map((edges) => edgesByRow(edges, window));
  const line = new Line(window);
  const builder = new CoverageBuilder(window);
  for (let row = 0; row < window.height; row++) {
    for (const { starts, order, edges } of partRows) {
      for (let i = starts[row]!; i < starts[row + 1]!; i++) line.addEdge(edges, order[i]!, window.row + row);
    }
    line.emit(builder);
    builder.endRow(row);
  }
  return builder.finish();
}

interface RowEdges {
  edges: SignedEdges;
  starts: Uint32Array;
  /** Edges that reach into a row, row after row. */
  order: Uint32Array;
}

function edgesByRow(edges: SignedEdges, { row, height }: PixelWindow): RowEdges {
  const { ends, signs } = edges;
  const starts = new Uint32Array(height + 1);
  const span = (i: number): [from: number, to: number] => {
    const upper = Math.min(ends[4 * i + 1]!, ends[4 * i + 3]!);
    const lower = Math.max(ends[4 * i + 1]!, ends[4 * i + 3]!);
    return [Math.max(0, Math.floor(upper) - row), Math.min(height, Math.ceil(lower) - row)];
  };
  for (let i = 0; i < signs.length; i++) {
    const [from, to] = span(i);
    for (let at = from; at < to; at++) starts[at + 1]!++;
  }
  for (let at = 0; at < height; at++) starts[at + 1]! += starts[at]!;
  const order = new Uint32Array(starts[height]!);
  const next = starts.slice();
  for (let i = 0; i < signs.length; i++) {
    const [from, to] = span(i);
    for (let at = from; at < to; at++) order[next[at]!++] = i;
  }
  return { edges, starts, order };
}

/** One row of the window while its edges are added. */
class Line {
  /** Running sums from the left are shares. */
  readonly #change: Float64Array;
  readonly #left: number;
  readonly #width: number;

  constructor({ column, width }: PixelWindow) {
    this.#change = new Float64Array(width + 2);
    this.#left = column;
    this.#width = width;
  }

  /** Adds what lies to the right of the piece of the edge within the row. */
  addEdge({ ends, signs }: SignedEdges, i: number, row: number): void {
    const fromX = ends[4 * i]! - this.#left;
    const fromY = ends[4 * i + 1]!;
    const toX = ends[4 * i + 2]! - this.#left;
    const toY = ends[4 * i + 3]!;
    const upper = Math.max(row, Math.min(fromY, toY));
    const lower = Math.min(row + 1, Math.max(fromY, toY));
    if (!(lower > upper)) return;
    const slope = (toX - fromX) / (toY - fromY);
    const xAt = (y: number) => (y === fromY ? fromX : y === toY ? toX : fromX + (y - fromY) * slope);
    this.#addPiece(xAt(upper), xAt(lower), signs[i]! * (lower - upper));
  }

  /** A piece from x `a` to x `b` of signed height `rise`. */
  #addPiece(a: number, b: number, rise: number): void {
    const width = this.#width;
    const left = Math.min(a, b);
    const right = Math.max(a, b);
    if (left >= width) return;
    if (right <= 0) {
      this.#change[0]! += rise;
      return;
    }
    const first = Math.floor(left);
    if (first >= 0 && right <= first + 1) {
      this.#addCell(first, rise, first + 1 - (left + right) / 2);
      return;
    }
    const perColumn = rise / (right - left);
    if (left < 0) this.#change[0]! += perColumn * -left;
    for (let column = Math.max(0, first); column < width && column < right; column++) {
      const from = Math.max(left, column);
      const to = Math.min(right, column + 1);
      this.#addCell(column, perColumn * (to - from), column + 1 - (from + to) / 2);
    }
  }

  #addCell(column: number, rise: number, share: number): void {
    this.#change[column]! += rise * share;
    this.#change[column + 1]! += rise * (1 - share);
  }

  /** Writes the row's shares and clears it. */
  emit(builder: CoverageBuilder): void {
    let sum = 0;
    for (let column = 0; column < this.#width; column++) {
      sum += this.#change[column]!;
      if (sum > REPROJECTION_ROUNDING)
        builder.add(this.#left + column, sum < 1 - REPROJECTION_ROUNDING ? sum : 1);
    }
    this.#change.fill(0);
  }
}

class CoverageBuilder {
  readonly #window: PixelWindow;
  readonly #runStarts: Uint32Array;
  readonly #cellStarts: Uint32Array;
  readonly #runs: number[] = [];
  readonly #cells: number[] = [];
  readonly #fractions: number[] = [];
  /** Entries of `runs` that belong to earlier rows. */
  #rowFrom = 0;

  constructor(window: PixelWindow) {
    this.#window = window;
    this.#runStarts = new Uint32Array(window.height + 1);
    this.#cellStarts = new Uint32Array(window.height + 1);
  }

  add(column: number, share: number): void {
    const runs = this.#runs;
    if (share < 1) {
      this.#cells.push(column);
      this.#fractions.push(share);
    } else if (runs.length > this.#rowFrom && runs[runs.length - 1] === column) {
      runs[runs.length - 1] = column + 1;
    } else runs.push(column, column + 1);
  }

  endRow(row: number): void {
    this.#rowFrom = this.#runs.length;
    this.#runStarts[row + 1] = this.#runs.length / 2;
    this.#cellStarts[row + 1] = this.#cells.length;
  }

  finish(): CoveredPixels {
    return {
      ...this.#window,
      runStarts: this.#runStarts,
      runs: Int32Array.from(this.#runs),
      cellStarts: this.#cellStarts,
      cells: Int32Array.from(this.#cells),
      fractions: Float64Array.from(this.#fractions),
    };
  }
}
