/**
 * The cells that water flows over. A DEM of height x width lies in arrays of (height + 2) x (width + 2), so that every
 * cell has eight neighbours at fixed offsets; the border, like all cells without a value, is nodata.
 */

export interface FlowGrid {
  /** Columns and rows of the DEM, without the border. */
  width: number;
  height: number;
  /** From a cell to the one below it: width + 2. */
  stride: number;
  /** Length of the arrays. */
  length: number;
}

export type Elevations =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array;

export interface Dem {
  grid: FlowGrid;
  /** Bordered; in any unit. Nodata cells hold the highest value of the type, so nothing flows there. */
  elevations: Elevations;
  /** Bordered; {@link NODATA} where there is no value. While a DEM is worked on, how far each cell has come; then its flow direction. */
  codes: Uint8Array;
}

/** Lengths on the ground, by row (0 is the first). */
export interface CellSizes {
  /** Width of a cell, metres. */
  dxM: Float64Array;
  /** Height of a cell, metres. */
  dyM: Float64Array;
}

/** Water leaves the map, or flows into nodata. */
export const OUTLET = 0;
/** No neighbour is lower: inside a flat or a depression. */
export const NO_FLOW = 14;
export const NODATA = 255;

/** Flow directions are 1 to 8 clockwise from east, so 1 is east, 3 south, 5 west, 7 north: columns and rows that each goes. */
export const COLUMN_STEPS: readonly number[] = [0, 1, 1, 0, -1, -1, -1, 0, 1];
export const ROW_STEPS: readonly number[] = [0, 0, 1, 1, 1, 0, -1, -1, -1];

export function flowGrid(width: number, height: number): FlowGrid {
  const stride = width + 2;
  return { width, height, stride, length: stride * (height + 2) };
}

/** Where a cell stands in bordered arrays; column and row from 0. */
export function cellAt({ stride }: FlowGrid, column: number, row: number): number {
  return (row + 1) * stride + column + 1;
}

/** Steps in bordered arrays by direction; 0 for {@link OUTLET}. */
export function directionSteps({ stride }: FlowGrid): Int32Array {
  return Int32Array.from(COLUMN_STEPS, (column, direction) => column + ROW_STEPS[direction]! * stride);
}

/** The direction that leads back. */
export function opposite(direction: number): number {
  return ((direction + 3) & 7) + 1;
}

/** Whether one of the cell's neighbours is nodata or off the map. */
export function isAtEdge(codes: Uint8Array, cell: number, stride: number): boolean {
  return (
    codes[cell + 1] === NODATA ||
    codes[cell - 1] === NODATA ||
    codes[cell + stride] === NODATA ||
    codes[cell - stride] === NODATA ||
    codes[cell + stride + 1] === NODATA ||
    codes[cell + stride - 1] === NODATA ||
    codes[cell - stride + 1] === NODATA ||
    codes[cell - stride - 1] === NODATA
  );
}
