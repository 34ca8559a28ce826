/** A raster's shape and place, without its values. */
import type { LonLat } from './geodesic.js';

/**
 * Fractional pixel coordinates: pixel (0, 0) spans 0 to 1 both ways, its centre is (0.5, 0.5).
 * Columns run with the raster's x, rows downwards in the file.
 */
export interface PixelPosition {
  column: number;
  row: number;
}

export interface Grid {
  /** Columns. */
  width: number;
  /** Rows. */
  height: number;
  toLonLat(position: PixelPosition): LonLat;
  /** Coordinates are not finite where the raster's projection has no image of `point`. */
  toPixel(point: LonLat): PixelPosition;
}

/** West, south, east, north in degrees. */
export type LonLatBounds = [west: number, south: number, east: number, north: number];

const POINTS_PER_EDGE = 20;

/** Bounds of the grid's outline, its edges walked in 20 steps each (an edge straight in a projection is curved in degrees). */
export function gridBounds(grid: Grid): LonLatBounds {
  const bounds: LonLatBounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (let step = 0; step <= POINTS_PER_EDGE; step++) {
    const column = (grid.width * step) / POINTS_PER_EDGE;
    const row = (grid.height * step) / POINTS_PER_EDGE;
    for (const position of [
      { column, row: 0 },
      { column, row: grid.height },
      { column: 0, row },
      { column: grid.width, row },
    ]) {
      const { lon, lat } = grid.toLonLat(position);
      bounds[0] = Math.min(bounds[0], lon);
      bounds[1] = Math.min(bounds[1], lat);
      bounds[2] = Math.max(bounds[2], lon);
      bounds[3] = Math.max(bounds[3], lat);
    }
  }
  return bounds;
}

/** Whether the pixel position lies on the grid. */
export function isOnGrid(grid: Grid, { column, row }: PixelPosition): boolean {
  return column >= 0 && row >= 0 && column < grid.width && row < grid.height;
}
