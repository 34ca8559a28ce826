/** The pixels of a raster that a polygon covers, and how many square metres of each. */
import { FinalError } from '../../../core/error.js';
import { type Coverage, type CoverageRule, coverageOf } from '../../../geo/coverage.js';
import { pixelAreasM2 } from '../../../geo/pixel-area.js';
import { toPixelPolygon } from '../../../geo/pixel-polygon.js';
import type { Polygon } from '../../../geo/polygon.js';
import { cellFrame } from '../../../raster/cell-frame.js';
import type { Raster, Window } from '../../../raster/raster.js';

export interface PolygonPixels {
  /** The part of the raster that the polygon lies in. */
  window: Window;
  /** Square metres of each pixel of the window that count, row by row: geodesic on a grid of degrees. */
  areasM2: Float64Array;
  /** A part of the polygon lies beyond the raster. */
  beyondEdge: boolean;
}

/** The same for polygons too large to hold their pixels at once: band after band of whole rows. */
export interface PolygonBands {
  beyondEdge: boolean;
  bands(): Generator<PolygonPixels>;
}

/** 16 million pixels are 128 MB of areas. */
const MAX_PIXELS = 16_000_000;
const BAND_PIXELS = 1_000_000;

/**
 * Null when the polygon covers no pixel of the raster.
 * @throws {FinalError} POLYGON_TOO_LARGE for a window of more than 16 million pixels
 */
export function polygonPixels(raster: Raster, polygon: Polygon, rule: CoverageRule): PolygonPixels | null {
  const coverage = coverageOf(toPixelPolygon(polygon, raster.grid), raster, rule);
  if (coverage.outside) return null;
  const window = windowOf(coverage);
  if (window.width * window.height > MAX_PIXELS) throw tooLarge(raster, window);
  return { ...pixelsOf(coverage, window, rowAreasOf(raster)), beyondEdge: coverage.beyondEdge };
}

/** Null when the polygon covers no pixel of the raster. */
export function polygonBands(raster: Raster, polygon: Polygon, rule: CoverageRule): PolygonBands | null {
  const coverage = coverageOf(toPixelPolygon(polygon, raster.grid), raster, rule);
  if (coverage.outside) return null;
  const { column, row, width, height } = windowOf(coverage);
  const rowAreas = rowAreasOf(raster);
  const rows = Math.max(1, Math.floor(BAND_PIXELS / width));
  // Bands begin with the rows of tiles, so that no tile is decoded for two of them.
  const step = Math.max(raster.tileHeight, Math.floor(rows / raster.tileHeight) * raster.tileHeight);
  return {
    beyondEdge: coverage.beyondEdge,
    *bands() {
      for (let from = row; from < row + height; ) {
        const to = Math.min(row + height, (Math.floor(from / step) + 1) * step);
        const window = { column, row: from, width, height: to - from };
        yield { ...pixelsOf(coverage, window, rowAreas), beyondEdge: coverage.beyondEdge };
        from = to;
      }
    },
  };
}

function pixelsOf(
  coverage: Coverage,
  window: Window,
  rowAreas: Float64Array,
): Pick<PolygonPixels, 'window' | 'areasM2'> {
  const areasM2 = new Float64Array(window.width * window.height);
  for (let row = window.row; row < window.row + window.height; row++) {
    const line = (row - window.row) * window.width - window.column;
    const index = row - coverage.row;
    const area = rowAreas[row]!;
    for (let run = coverage.runStarts[index]!; run < coverage.runStarts[index + 1]!; run++) {
      areasM2.fill(area, line + coverage.runs[2 * run]!, line + coverage.runs[2 * run + 1]!);
    }
    for (let cell = coverage.cellStarts[index]!; cell < coverage.cellStarts[index + 1]!; cell++) {
      areasM2[line + coverage.cells[cell]!] = area * coverage.fractions[cell]!;
    }
  }
  return { window, areasM2 };
}

function windowOf({ column, row, width, height }: Coverage): Window {
  return { column, row, width, height };
}

function rowAreasOf(raster: Raster): Float64Array {
  return pixelAreasM2(cellFrame(raster));
}

function tooLarge({ name }: Raster, { width, height }: Window): FinalError {
  return new FinalError(
    `The polygon covers ${width} x ${height} pixels of ${name}; expected at most ${MAX_PIXELS.toLocaleString('en-US')} together`,
    {
      code: 'POLYGON_TOO_LARGE',
      field: 'geometry',
      hint: 'split the polygon, or give a coarser raster',
      details: { found: [width, height], expected: MAX_PIXELS },
    },
  );
}
