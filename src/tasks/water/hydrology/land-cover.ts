/** The land cover that a window's runoff is computed with. */
import type { DataSource } from '../../../core/task.js';
import type { Raster } from '../../../raster/raster.js';
import { keptRaster } from '../kept-raster.js';
import { seriesFiles } from '../series/dated-series.js';
import type { Span } from '../series/file-dates.js';
import type { DateWindow } from '../series/windows.js';

/** One band of a land-cover raster and the days it is of. */
export interface LandCoverBand {
  raster: Raster;
  band: number;
  span: Span;
}

/**
 * All bands of an entry in order of their dates. A single raster without a date is of all days.
 * @throws {InputError} as openRaster does, SERIES_DATES_UNKNOWN for one of several files
 */
export async function landCoverBands(source: DataSource, identity: string): Promise<LandCoverBand[]> {
  const bands: LandCoverBand[] = [];
  const files = seriesFiles(source);
  for (const { file, spans, covers } of files) {
    const raster = await keptRaster(file, identity);
    const isOfAllDays = files.length === 1 && raster.bands === 1 && covers === undefined;
    const known = isOfAllDays ? [ALWAYS] : await spans(raster.bands, raster.bandNames);
    for (const [band, span] of known.entries()) bands.push({ raster, band, span });
  }
  return bands.sort((a, b) => a.span.from - b.span.from);
}

/** Windows by the band they are computed with: the one most of whose days are the window's, else the nearest in time. */
export function windowsByBand(
  bands: readonly LandCoverBand[],
  windows: readonly DateWindow[],
): Map<LandCoverBand, number[]> {
  const byBand = new Map<LandCoverBand, number[]>();
  windows.forEach((window, index) => {
    const best = bands.reduce<LandCoverBand | undefined>(
      (chosen, band) =>
        chosen === undefined || sharedDays(band.span, window) > sharedDays(chosen.span, window)
          ? band
          : chosen,
      undefined,
    );
    if (best !== undefined) byBand.set(best, [...(byBand.get(best) ?? []), index]);
  });
  return byBand;
}

const ALWAYS: Span = { from: -Infinity, to: Infinity };

/** Negative for a gap between them: the smaller, the further away. */
function sharedDays(a: Span, b: Span): number {
  return Math.min(a.to, b.to) - Math.max(a.from, b.from);
}
