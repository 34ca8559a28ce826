/**
 * The nearest pixel whose centre is in a mask, by true ellipsoidal distance: the same pixel that a search of all centres
 * would give, found by reading only the blocks that can still hold a nearer one.
 */
import { geodesicDistanceM, type LonLat } from './geodesic.js';
import type { Grid } from './grid.js';
import { type LocalFrame, localFrame } from './local-frame.js';
import type { MaskBlock } from './mask-block.js';

/** A mask over a grid, cut into blocks of equal shape from the upper left. */
export interface BlockMask {
  grid: Grid;
  blockWidth: number;
  blockHeight: number;
  block(blockColumn: number, blockRow: number): Promise<MaskBlock>;
}

export interface NearestPixelQuery {
  mask: BlockMask;
  point: LonLat;
  /** A centre exactly this far still counts. */
  radiusM: number;
  /** A pixel is in the mask when its value is at least this; 1 or more. */
  minimum: number;
}

export interface NearestPixel {
  column: number;
  row: number;
  /** The pixel's centre. */
  position: LonLat;
  distanceM: number;
  /** The mask's value there. */
  value: number;
}

/** Distances that differ by less are ties; the smaller row wins, then the smaller column. */
const TIE_M = 1e-6;

/**
 * The nearest pixel centre in the mask, or null when there is none within the radius.
 * Approximate distances (error at most the frame's tolerance) decide what is worth an exact distance, never the answer.
 * @throws {RangeError} next to a pole, where a grid of degrees has no local fit
 */
export async function nearestPixel(query: NearestPixelQuery): Promise<NearestPixel | null> {
  const frame = localFrame(query.mask.grid, query.point, query.radiusM);
  if (frame === null) return null;
  const candidates = new Candidates(query.radiusM, frame.toleranceM);
  for (const place of blocksByDistance(query.mask, frame)) {
    if (place.lowerBoundM > candidates.limitM) break;
    const block = await query.mask.block(place.column, place.row);
    if (block.columns.length > 0) scanBlock({ block, place, query, frame, candidates });
  }
  return nearestCandidate(query, candidates);
}

interface BlockPlace {
  column: number;
  row: number;
  lowerBoundM: number;
}

/** Blocks that touch the reach, nearest first. */
function blocksByDistance({ grid, blockWidth, blockHeight }: BlockMask, frame: LocalFrame): BlockPlace[] {
  const { origin, reachColumns, reachRows } = frame;
  const columnFrom = Math.max(0, Math.floor((origin.column - reachColumns) / blockWidth));
  const columnTo = Math.floor(Math.min(grid.width - 1, origin.column + reachColumns) / blockWidth);
  const rowFrom = Math.max(0, Math.floor((origin.row - reachRows) / blockHeight));
  const rowTo = Math.floor(Math.min(grid.height - 1, origin.row + reachRows) / blockHeight);
  const places: BlockPlace[] = [];
  for (let row = rowFrom; row <= rowTo; row++) {
    for (let column = columnFrom; column <= columnTo; column++) {
      const lowerBoundM = frame.lowerBoundM({
        columnFrom: column * blockWidth + 0.5 - origin.column,
        columnTo: Math.min((column + 1) * blockWidth, grid.width) - 0.5 - origin.column,
        rowFrom: row * blockHeight + 0.5 - origin.row,
        rowTo: Math.min((row + 1) * blockHeight, grid.height) - 0.5 - origin.row,
      });
      places.push({ column, row, lowerBoundM });
    }
  }
  return places.sort((a, b) => a.lowerBoundM - b.lowerBoundM);
}

/** Pixels that may be the nearest, with their approximate distances. */
class Candidates {
  readonly found: { column: number; row: number; value: number; approximateM: number }[] = [];
  /** Nothing that is certainly farther than this can be the nearest. */
  limitM: number;
  readonly #toleranceM: number;

  constructor(radiusM: number, toleranceM: number) {
    this.#toleranceM = toleranceM;
    this.limitM = radiusM + toleranceM;
  }

  offer(column: number, row: number, value: number, approximateM: number): void {
    if (approximateM > this.limitM) return;
    this.found.push({ column, row, value, approximateM });
    this.limitM = Math.min(this.limitM, approximateM + 2 * this.#toleranceM);
  }
}

interface Scan {
  block: MaskBlock;
  place: BlockPlace;
  query: NearestPixelQuery;
  frame: LocalFrame;
  candidates: Candidates;
}

/** Rows outwards from the one nearest to the point, until no row of the block can hold a nearer pixel. */
function scanBlock(scan: Scan): void {
  const height = scan.block.rowStarts.length - 1;
  const firstRow = scan.place.row * scan.query.mask.blockHeight;
  const start = Math.min(Math.max(Math.floor(scan.frame.origin.row) - firstRow, 0), height - 1);
  for (let row = start; row >= 0; row--) if (!scanRow(scan, row)) break;
  for (let row = start + 1; row < height; row++) if (!scanRow(scan, row)) break;
}

/** False when the whole row is too far, and so is every row beyond it. */
function scanRow({ block, place, query, frame, candidates }: Scan, row: number): boolean {
  const gridRow = place.row * query.mask.blockHeight + row;
  const rows = gridRow + 0.5 - frame.origin.row;
  const within = frame.columnsWithin(candidates.limitM, rows);
  if (within === null) return false;
  const firstColumn = place.column * query.mask.blockWidth;
  const toOffset = firstColumn + 0.5 - frame.origin.column;
  for (let i = block.rowStarts[row]!; i < block.rowStarts[row + 1]!; i++) {
    const columns = block.columns[i]! + toOffset;
    if (columns > within[1]) break;
    if (columns < within[0] || block.values[i]! < query.minimum) continue;
    candidates.offer(
      firstColumn + block.columns[i]!,
      gridRow,
      block.values[i]!,
      frame.approximateM(columns, rows),
    );
  }
  return true;
}

function nearestCandidate(
  { mask, point, radiusM }: NearestPixelQuery,
  candidates: Candidates,
): NearestPixel | null {
  let nearest: NearestPixel | null = null;
  for (const { column, row, value, approximateM } of candidates.found) {
    if (approximateM > candidates.limitM) continue;
    const position = mask.grid.toLonLat({ column: column + 0.5, row: row + 0.5 });
    const distanceM = geodesicDistanceM(point, position);
    if (distanceM > radiusM) continue;
    const pixel = { column, row, position, distanceM, value };
    if (nearest === null || isNearer(pixel, nearest)) nearest = pixel;
  }
  return nearest;
}

function isNearer(pixel: NearestPixel, than: NearestPixel): boolean {
  const difference = pixel.distanceM - than.distanceM;
  if (Math.abs(difference) > TIE_M) return difference < 0;
  return pixel.row === than.row ? pixel.column < than.column : pixel.row < than.row;
}
