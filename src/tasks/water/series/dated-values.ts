/** The values of one watershed by date, from rasters or from a table, whichever an entry has. */
import type { DataSource } from '../../../core/task.js';
import type { CoverageRule } from '../../../geo/coverage.js';
import type { Polygon } from '../../../geo/polygon.js';
import { settingsOf } from './dated-series.js';
import type { Span } from './file-dates.js';
import { openRasterSeries, zonalValues } from './raster-series.js';
import { readTableSeries } from './table-series.js';
import type { DatedValue } from './window-values.js';

/** What a watershed is asked by: rasters by its shape, tables by its name. */
export interface Watershed {
  uid: string | null;
  polygon: Polygon;
}

/** Whether an entry is of tables; one that has both is taken by its rasters. */
export function isTable({ files }: DataSource): boolean {
  return files.length > 0 && files.every((file) => /\.(csv|tsv|txt)$/i.test(file));
}

/**
 * Values of the dates that meet `between`, in order; of rasters their means over the polygon. Empty when the watershed
 * lies outside the rasters or the table does not know it. `identity` changes when a file does.
 * @throws {InputError} as openRasterSeries and readTableSeries do
 */
export async function valuesOf(
  source: DataSource,
  watershed: Watershed,
  between: Span,
  { identity, rule = 'exact' }: { identity: string; rule?: CoverageRule },
): Promise<DatedValue[]> {
  if (isTable(source)) {
    const { period = 'day' } = settingsOf(source);
    const table = await readTableSeries(source.files, period, identity);
    const values = table.get(watershed.uid ?? '') ?? [];
    return values.filter(({ from, to }) => from < between.to && to > between.from);
  }
  const series = await openRasterSeries(source, identity);
  const pixels = series.pixelsOf(watershed.polygon, rule);
  return pixels === null ? [] : zonalValues(series, pixels, between);
}

/** From the first day that the entry has a value for to the day after the last. */
export async function extentOf(source: DataSource, identity: string): Promise<Span> {
  if (!isTable(source)) return (await openRasterSeries(source, identity)).extent();
  const { period = 'day' } = settingsOf(source);
  const extent = { from: Infinity, to: -Infinity };
  for (const values of (await readTableSeries(source.files, period, identity)).values()) {
    for (const { from, to } of values) {
      extent.from = Math.min(extent.from, from);
      extent.to = Math.max(extent.to, to);
    }
  }
  return extent;
}
