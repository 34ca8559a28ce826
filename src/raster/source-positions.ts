/** Where the pixel centres of one grid lie in the pixels of another. */
import type { Placement } from './georeference.js';
import type { Window } from './raster.js';

/** Fractional pixel coordinates, a pair for each pixel of the window, row by row; NaN where there is no image. */
export interface SourcePositions {
  columns: Float64Array;
  rows: Float64Array;
}

/**
 * A straight line between two exact places stands for what lies between them where its middle is nearer than this to
 * the exact one, in pixels of the source.
 */
const TOLERANCE_PIXELS = 0.001;
/** No line is longer than this: one could meet a curve in its ends and its middle and still be wrong between. */
const LONGEST_LINE = 64;

/** Within one system straight arithmetic; between two, exact projection at few pixels and lines between those. */
export function sourcePositions(source: Placement, target: Placement, window: Window): SourcePositions {
  const size = window.width * window.height;
  const positions = { columns: new Float64Array(size), rows: new Float64Array(size) };
  if (source.crs.definition === target.crs.definition) fillSeparably(source, target, window, positions);
  else fillByLines(source, target, window, positions);
  return positions;
}

/** Columns depend on x alone and rows on y alone. */
function fillSeparably(
  source: Placement,
  target: Placement,
  window: Window,
  { columns, rows }: SourcePositions,
): void {
  const { width, height } = window;
  const place = source.crs.geographic ? byDegrees(source, target) : byUnits(source, target);
  for (let x = 0; x < width; x++) columns[x] = place.column(window.column + x + 0.5);
  for (let y = 0; y < height; y++) {
    if (y > 0) columns.copyWithin(y * width, 0, width);
    rows.fill(place.row(window.row + y + 0.5), y * width, (y + 1) * width);
  }
}

function byUnits(source: Placement, target: Placement) {
  const a = source.affine;
  const b = target.affine;
  const unitX = target.crs.unitX / source.crs.unitX;
  const unitY = target.crs.unitY / source.crs.unitY;
  return {
    column: (column: number) => ((b.originX + column * b.stepX) * unitX - a.originX) / a.stepX,
    row: (row: number) => ((b.originY + row * b.stepY) * unitY - a.originY) / a.stepY,
  };
}

/** The grids know of each other's turn of the globe. */
function byDegrees(source: Placement, target: Placement) {
  return {
    column: (column: number) => source.grid.toPixel(target.grid.toLonLat({ column, row: 0 })).column,
    row: (row: number) => source.grid.toPixel(target.grid.toLonLat({ column: 0, row })).row,
  };
}

function fillByLines(
  source: Placement,
  target: Placement,
  window: Window,
  { columns, rows }: SourcePositions,
): void {
  const exact = (at: number) => {
    const x = at % window.width;
    const y = (at - x) / window.width;
    const { column, row } = source.grid.toPixel(
      target.grid.toLonLat({ column: window.column + x + 0.5, row: window.row + y + 0.5 }),
    );
    columns[at] = column;
    rows[at] = row;
  };
  const between = (from: number, to: number): void => {
    if (to - from < 2) return;
    const middle = (from + to) >> 1;
    exact(middle);
    const share = (middle - from) / (to - from);
    const isStraight =
      Math.abs(columns[from]! + (columns[to]! - columns[from]!) * share - columns[middle]!) <
        TOLERANCE_PIXELS &&
      Math.abs(rows[from]! + (rows[to]! - rows[from]!) * share - rows[middle]!) < TOLERANCE_PIXELS;
    if (isStraight) {
      line(columns, from, middle);
      line(rows, from, middle);
      line(columns, middle, to);
      line(rows, middle, to);
    } else {
      between(from, middle);
      between(middle, to);
    }
  };
  for (let y = 0; y < window.height; y++) {
    const first = y * window.width;
    const last = first + window.width - 1;
    exact(first);
    for (let from = first; from < last; ) {
      const to = Math.min(last, from + LONGEST_LINE);
      exact(to);
      between(from, to);
      from = to;
    }
  }
}

function line(values: Float64Array, from: number, to: number): void {
  const first = values[from]!;
  const step = (values[to]! - first) / (to - from);
  for (let i = from + 1; i < to; i++) values[i] = first + step * (i - from);
}
