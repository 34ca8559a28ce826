/**
 * Water bodies of a series of land-use rasters: the 8-connected patches of pixels that were water in any year, inside
 * the zone. Bands of whole tiles are read from top to bottom, so memory grows with what is open and not with the raster.
 */
import { pixelAreasM2 } from '../../../geo/pixel-area.js';
import { type RowComponent, RowComponents } from '../../../geo/row-components.js';
import { cellFrame } from '../../../raster/cell-frame.js';
import type { Raster } from '../../../raster/raster.js';
import {
  addCensus,
  type ClassScheme,
  countRun,
  emptyCensus,
  unionOfWater,
  type WaterCensus,
  yearCodes,
} from './water-census.js';
import type { ZoneRows } from './zone-rows.js';

export interface WaterSeries {
  /** One a year, all on one grid. */
  rasters: readonly Raster[];
  /** So many of them, from the first, make water bodies; all are counted. */
  unionYears: number;
  scheme: ClassScheme;
}

const MIN_BAND_ROWS = 64;

/** Bodies in the order in which they end, from top to bottom; runs are of the raster's own rows and columns. */
export async function* findWaterBodies(
  { rasters, unionYears, scheme }: WaterSeries,
  zone: ZoneRows,
  signal: AbortSignal,
): AsyncGenerator<RowComponent<WaterCensus>> {
  const [first] = rasters as [Raster];
  const areasM2 = pixelAreasM2(cellFrame(first));
  const components = new RowComponents<WaterCensus>({
    begin: () => emptyCensus(rasters.length),
    merge: addCensus,
  });
  const { column, width } = zone.window;
  for (const { row, rows } of bandsOf(first, zone)) {
    signal.throwIfAborted();
    const window = { column, row, width, height: rows };
    const codes: Uint8Array[] = [];
    for (const raster of rasters)
      codes.push(yearCodes(await raster.readWindow(window), raster.isNodata, scheme));
    const inZone = zone.mask(row, rows);
    const mask = new Uint8Array(rows * width);
    unionOfWater(codes.slice(0, unionYears), inZone, mask);
    for (let line = 0; line < rows; line++) {
      const from = line * width;
      const years = codes.map((year) => year.subarray(from, from + width));
      const pixelM2 = areasM2[row + line]!;
      const ended = components.addRow(row + line, mask.subarray(from, from + width), (census, left, right) =>
        countRun(census, years, { from: left, to: right, pixelM2 }),
      );
      for (const one of ended) yield onRaster(one, column);
    }
  }
  for (const one of components.end()) yield onRaster(one, column);
}

/** Whole rows of tiles, so that each tile is decoded once. */
function* bandsOf({ tileHeight }: Raster, { window }: ZoneRows): Generator<{ row: number; rows: number }> {
  const step = tileHeight * Math.ceil(MIN_BAND_ROWS / tileHeight);
  const end = window.row + window.height;
  for (let row = window.row; row < end; ) {
    const next = Math.min(end, (Math.floor(row / step) + 1) * step);
    yield { row, rows: next - row };
    row = next;
  }
}

function onRaster(component: RowComponent<WaterCensus>, column: number): RowComponent<WaterCensus> {
  const runs = component.runs.map((value, i) => (i % 3 === 0 ? value : value + column));
  return { runs, facts: component.facts };
}
