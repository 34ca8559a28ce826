/**
 * A raster's pixels as metres around one point: a quadratic fit to the true positions nearby, fast enough for every
 * pixel of a search, with an error bound measured on the spot (so it holds for any projection, latitude and pixel shape).
 */
import { type LonLat, type PlanePoint, toPlane } from './geodesic.js';
import type { Grid, PixelPosition } from './grid.js';

export interface LocalFrame {
  /** The point itself, in pixels. */
  origin: PixelPosition;
  /** No approximate distance within reach is wrong by more. */
  toleranceM: number;
  /** Half the width, in columns, and half the height, in rows, of a window that holds the whole reach. */
  reachColumns: number;
  reachRows: number;
  /** Distance from the point, at a pixel offset from `origin`, to within `toleranceM`. */
  approximateM(columns: number, rows: number): number;
  /** A distance that no place in the box of offsets is nearer than. */
  lowerBoundM(box: OffsetBox): number;
  /**
   * Columns (offsets from `origin`) that can be within `distanceM` on the line `rows` away; null when none can.
   */
  columnsWithin(distanceM: number, rows: number): [from: number, to: number] | null;
}

/** Offsets in pixels from the origin of a frame. */
export interface OffsetBox {
  columnFrom: number;
  columnTo: number;
  rowFrom: number;
  rowTo: number;
}

const TOLERANCE_FLOOR_M = 1e-4;
const SAFETY = 4;
const WORST_CURVATURE = 0.2;
/** Where a cubic that vanishes at -1, 0 and 1 is largest: 1/sqrt(3). */
const CHECK_AT = 0.577;

/**
 * The frame around `point` for distances up to `reachM`; null where the grid's projection does not reach the point.
 * @throws {RangeError} when the grid bends too much within the reach for any local fit (next to a pole)
 */
export function localFrame(grid: Grid, point: LonLat, reachM: number): LocalFrame | null {
  const origin = grid.toPixel(point);
  if (!Number.isFinite(origin.column) || !Number.isFinite(origin.row)) return null;
  const place = (columns: number, rows: number) =>
    toPlane(point, grid.toLonLat({ column: origin.column + columns, row: origin.row + rows }));

  const first = pixelSteps(place, 1, 1);
  if (!(first.area > 0)) return null;
  const reachColumns = (reachM * first.rowLength) / first.area + 1;
  const reachRows = (reachM * first.columnLength) / first.area + 1;

  const fit = fitQuadratic(place, reachColumns, reachRows);
  const { toleranceM, curvature } = measureErrors(place, fit, reachColumns, reachRows);
  if (!(curvature < WORST_CURVATURE)) {
    throw new RangeError(
      `the raster's projection bends too much within ${reachM} m of ${point.lat}, ${point.lon} for a nearest-pixel search`,
    );
  }
  return {
    origin,
    toleranceM,
    reachColumns: reachColumns / (1 - curvature) + 1,
    reachRows: reachRows / (1 - curvature) + 1,
    approximateM: (columns, rows) => distanceOf(evaluate(fit, columns, rows)),
    lowerBoundM: (box) => Math.max(0, Math.sqrt(smallestInBox(fit, box)) * (1 - curvature) - 2 * toleranceM),
    columnsWithin: (distanceM, rows) =>
      columnsWithin(fit, (distanceM + 2 * toleranceM) / (1 - curvature), rows),
  };
}

type Place = (columns: number, rows: number) => PlanePoint;

/** x and y in metres as quadratics of offsets in pixels, and the squared length of their linear part. */
interface Fit {
  x: Coefficients;
  y: Coefficients;
  /** Squared metres = a columns^2 + 2 b columns rows + c rows^2. */
  a: number;
  b: number;
  c: number;
}

interface Coefficients {
  constant: number;
  column: number;
  row: number;
  columnColumn: number;
  columnRow: number;
  rowRow: number;
}

function pixelSteps(place: Place, columns: number, rows: number) {
  const [east, west, south, north] = [place(columns, 0), place(-columns, 0), place(0, rows), place(0, -rows)];
  const column = { x: (east.x - west.x) / (2 * columns), y: (east.y - west.y) / (2 * columns) };
  const row = { x: (south.x - north.x) / (2 * rows), y: (south.y - north.y) / (2 * rows) };
  return {
    columnLength: distanceOf(column),
    rowLength: distanceOf(row),
    area: Math.abs(column.x * row.y - column.y * row.x),
  };
}

function fitQuadratic(place: Place, columns: number, rows: number): Fit {
  const samples = [-1, 0, 1].map((row) => [-1, 0, 1].map((column) => place(column * columns, row * rows)));
  const x = coefficients(samples, 'x', columns, rows);
  const y = coefficients(samples, 'y', columns, rows);
  return {
    x,
    y,
    a: x.column ** 2 + y.column ** 2,
    b: x.column * x.row + y.column * y.row,
    c: x.row ** 2 + y.row ** 2,
  };
}

/** Central differences on a 3 x 3 stencil of half-widths `columns` and `rows`. */
function coefficients(samples: PlanePoint[][], axis: 'x' | 'y', columns: number, rows: number): Coefficients {
  const at = (column: number, row: number) => samples[row + 1]![column + 1]![axis];
  const centre = at(0, 0);
  return {
    constant: centre,
    column: (at(1, 0) - at(-1, 0)) / (2 * columns),
    row: (at(0, 1) - at(0, -1)) / (2 * rows),
    columnColumn: (at(1, 0) + at(-1, 0) - 2 * centre) / (2 * columns * columns),
    columnRow: (at(1, 1) + at(-1, -1) - at(-1, 1) - at(1, -1)) / (4 * columns * rows),
    rowRow: (at(0, 1) + at(0, -1) - 2 * centre) / (2 * rows * rows),
  };
}

/** Compares the fit with true positions where its error is largest, and its linear part with true distances. */
function measureErrors(place: Place, fit: Fit, columns: number, rows: number) {
  let residualM = 0;
  let curvature = 0;
  for (const [column, row] of checkPoints(columns, rows)) {
    const truth = place(column, row);
    const guess = evaluate(fit, column, row);
    residualM = Math.max(residualM, Math.hypot(truth.x - guess.x, truth.y - guess.y));
    const linear = Math.sqrt(fit.a * column ** 2 + 2 * fit.b * column * row + fit.c * row ** 2);
    curvature = Math.max(curvature, Math.abs(distanceOf(truth) / linear - 1));
  }
  const offCentreM = Math.hypot(fit.x.constant, fit.y.constant);
  return {
    toleranceM: TOLERANCE_FLOOR_M + SAFETY * residualM + offCentreM,
    curvature: 1e-9 + 1.5 * curvature,
  };
}

function* checkPoints(columns: number, rows: number): Iterable<[number, number]> {
  for (const scale of [CHECK_AT, 1]) {
    for (const column of [-scale, 0, scale]) {
      for (const row of [-scale, 0, scale]) {
        if (column !== 0 || row !== 0) yield [column * columns, row * rows];
      }
    }
  }
}

function evaluate({ x, y }: Fit, columns: number, rows: number): PlanePoint {
  return { x: polynomial(x, columns, rows), y: polynomial(y, columns, rows) };
}

function polynomial(of: Coefficients, columns: number, rows: number): number {
  return (
    of.constant +
    columns * (of.column + of.columnColumn * columns + of.columnRow * rows) +
    rows * (of.row + of.rowRow * rows)
  );
}

function distanceOf({ x, y }: PlanePoint): number {
  return Math.sqrt(x * x + y * y);
}

/** The least squared length of the linear part over a box: zero inside it, else on one of its edges. */
function smallestInBox({ a, b, c }: Fit, box: OffsetBox): number {
  const { columnFrom, columnTo, rowFrom, rowTo } = box;
  if (columnFrom <= 0 && columnTo >= 0 && rowFrom <= 0 && rowTo >= 0) return 0;
  const squared = (column: number, row: number) => a * column ** 2 + 2 * b * column * row + c * row ** 2;
  const onRow = (row: number) => squared(clamp((-b * row) / a, columnFrom, columnTo), row);
  const onColumn = (column: number) => squared(column, clamp((-b * column) / c, rowFrom, rowTo));
  return Math.min(onRow(rowFrom), onRow(rowTo), onColumn(columnFrom), onColumn(columnTo));
}

function columnsWithin({ a, b, c }: Fit, distanceM: number, rows: number): [number, number] | null {
  const discriminant = b * b * rows * rows - a * (c * rows * rows - distanceM * distanceM);
  if (discriminant < 0) return null;
  const root = Math.sqrt(discriminant);
  return [(-b * rows - root) / a, (-b * rows + root) / a];
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
