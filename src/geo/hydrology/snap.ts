/**
 * Outlets moved onto a stream: to the nearest stream cell (Lindsay, Rothwell & Davies 2008), not to the cell with the
 * most water in reach, which would jump to the main river.
 */

/** Cells around a place, row by row. */
export interface Surroundings {
  width: number;
  height: number;
  /** Cells that drain through each cell; 0 for nodata. */
  cells: ArrayLike<number>;
  /** The place itself, in columns and rows of the surroundings. */
  column: number;
  row: number;
  /** Size of a cell, metres. */
  dxM: number;
  dyM: number;
}

export interface SnapRule {
  /** Farthest move, in cells as the crow flies; 0 = none. */
  snapCells: number;
  /** Cells with at least so much accumulation are streams. */
  thresholdCells: number;
}

export interface Snapped {
  column: number;
  row: number;
  /** Between the two cell centres; 0 when nothing moved. */
  movedM: number;
  /** Cells that drain through the place, and through where it was moved to. */
  before: number;
  after: number;
  /** Whether it lies on a stream now. */
  onStream: boolean;
  /** It moved by more than two cells onto a stream at least ten times as large as the smallest: perhaps the wrong one. */
  isJump: boolean;
}

const JUMP_RATIO = 10;
const JUMP_CELLS = 2;

/** Of stream cells that are equally near, the one with more water. A place on a stream, or far from any, stays. */
export function snapToStream(around: Surroundings, { snapCells, thresholdCells }: SnapRule): Snapped {
  const { column, row, dxM, dyM, cells, width } = around;
  const before = cells[row * width + column]!;
  let best = { column, row, movedM: 0, after: before };
  if (before < thresholdCells && snapCells > 0) {
    let nearestM = Number.POSITIVE_INFINITY;
    for (let y = 0; y < around.height; y++) {
      for (let x = 0; x < width; x++) {
        const here = cells[y * width + x]!;
        if (here < thresholdCells || Math.hypot(x - column, y - row) > snapCells) continue;
        const movedM = Math.hypot((x - column) * dxM, (y - row) * dyM);
        if (movedM > nearestM || (movedM === nearestM && here <= best.after)) continue;
        nearestM = movedM;
        best = { column: x, row: y, movedM, after: here };
      }
    }
  }
  return {
    ...best,
    before,
    onStream: best.after >= thresholdCells,
    isJump:
      Math.hypot(best.column - column, best.row - row) > JUMP_CELLS &&
      best.after >= JUMP_RATIO * thresholdCells,
  };
}
