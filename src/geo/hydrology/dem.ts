/** A DEM in memory that threads can share: made empty, then filled row by row as it is read. */
import { type Dem, type Elevations, flowGrid, NO_FLOW, NODATA } from './flow-grid.js';

export type ElevationType =
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'float32'
  | 'float64';

/** All cells are nodata. 5 bytes a cell for float32; the arrays are over SharedArrayBuffers. */
export function emptyDem(width: number, height: number, type: ElevationType): Dem {
  const grid = flowGrid(width, height);
  const elevations = elevationArray(type, grid.length);
  elevations.fill(highest(elevations));
  const codes = new Uint8Array(new SharedArrayBuffer(grid.length)).fill(NODATA);
  return { grid, elevations, codes };
}

/**
 * Puts whole rows into `dem`, of which `samples` begins with row `row`; gives the number of cells with a value. What is
 * not finite counts as nodata.
 */
export function putRows(
  { grid, elevations, codes }: Dem,
  row: number,
  samples: ArrayLike<number>,
  isNodata: (value: number) => boolean,
): number {
  const { width, stride } = grid;
  let valid = 0;
  for (let from = 0, to = (row + 1) * stride + 1; from < samples.length; from += width, to += stride) {
    for (let column = 0; column < width; column++) {
      const value = samples[from + column]!;
      if (isNodata(value) || !Number.isFinite(value)) continue;
      elevations[to + column] = value;
      codes[to + column] = NO_FLOW;
      valid++;
    }
  }
  return valid;
}

function elevationArray(type: ElevationType, length: number): Elevations {
  switch (type) {
    case 'uint8':
      return new Uint8Array(new SharedArrayBuffer(length));
    case 'uint16':
      return new Uint16Array(new SharedArrayBuffer(length * 2));
    case 'uint32':
      return new Uint32Array(new SharedArrayBuffer(length * 4));
    case 'int8':
      return new Int8Array(new SharedArrayBuffer(length));
    case 'int16':
      return new Int16Array(new SharedArrayBuffer(length * 2));
    case 'int32':
      return new Int32Array(new SharedArrayBuffer(length * 4));
    case 'float32':
      return new Float32Array(new SharedArrayBuffer(length * 4));
    case 'float64':
      return new Float64Array(new SharedArrayBuffer(length * 8));
  }
}

/** Of the type: nothing can be above it, so no cell drains into one that has it. */
function highest(elevations: Elevations): number {
  if (elevations instanceof Float32Array || elevations instanceof Float64Array) return Infinity;
  const bits = elevations.BYTES_PER_ELEMENT * 8;
  const isSigned =
    elevations instanceof Int8Array || elevations instanceof Int16Array || elevations instanceof Int32Array;
  return 2 ** (isSigned ? bits - 1 : bits) - 1;
}
