/** Which pixels of a raster lie in any of some polygons, by whole rows: what a step is restricted to. */
import { type Coverage, coverageMask, coverageOf } from '../../../geo/coverage.js';
import type { Grid } from '../../../geo/grid.js';
import { toPixelPolygon } from '../../../geo/pixel-polygon.js';
import type { Polygon } from '../../../geo/polygon.js';
import type { Window } from '../../../raster/raster.js';

export interface ZoneRows {
  /** The part of the raster that holds all of them. */
  window: Window;
  /** 1 where a pixel's centre is inside, else 0: `rows` x the window's width, from row `row` of the raster. */
  mask(row: number, rows: number): Uint8Array;
}

/** Null when none of the polygons holds the centre of a pixel. */
export function zoneRows(grid: Grid, polygons: readonly Polygon[]): ZoneRows | null {
  const covered = polygons
    .map((polygon) => coverageOf(toPixelPolygon(polygon, grid), grid, 'centre'))
    .filter(({ outside }) => !outside);
  if (covered.length === 0) return null;
  const window = windowAround(covered);
  return {
    window,
    mask(row, rows) {
      const mask = new Uint8Array(rows * window.width);
      for (const one of covered) addMask(one, { ...window, row, height: rows }, mask);
      return mask;
    },
  };
}

function windowAround(covered: readonly Coverage[]): Window {
  const column = Math.min(...covered.map((one) => one.column));
  const row = Math.min(...covered.map((one) => one.row));
  return {
    column,
    row,
    width: Math.max(...covered.map((one) => one.column + one.width)) - column,
    height: Math.max(...covered.map((one) => one.row + one.height)) - row,
  };
}

function addMask(covered: Coverage, window: Window, mask: Uint8Array): void {
  const top = Math.max(covered.row, window.row);
  const bottom = Math.min(covered.row + covered.height, window.row + window.height);
  if (top >= bottom) return;
  const { column, width } = covered;
  const own = coverageMask(covered, { column, row: top, width, height: bottom - top });
  for (let row = top; row < bottom; row++) {
    const from = (row - top) * width;
    const to = (row - window.row) * window.width + column - window.column;
    for (let i = 0; i < width; i++) if (own[from + i] === 1) mask[to + i] = 1;
  }
}
