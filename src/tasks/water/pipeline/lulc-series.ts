/** The land-use rasters in the order of their years. */
import type { DataSource } from '../../../core/task.js';
import type { Raster } from '../../../raster/raster.js';
import type { TileCache } from '../../../raster/tile-cache.js';
import { openAnnualLulc } from '../annual-lulc.js';
import { yearOfFile } from '../year-of-file.js';

export interface LulcSeries {
  rasters: Raster[];
  /** `2017-18`; a file's name when it names no year. */
  years: string[];
  close(): Promise<void>;
}

/** Files without a year come first. @throws {InputError} as openAnnualLulc does */
export async function openLulcSeries(source: DataSource, cache?: TileCache): Promise<LulcSeries> {
  const { rasters, years, close } = await openAnnualLulc(source, cache);
  const start = (position: number) => yearOfFile(rasters[position]!.name).start ?? Number.NEGATIVE_INFINITY;
  const order = rasters
    .map((_, i) => i)
    .sort((a, b) => (start(a) === start(b) ? a - b : start(a) - start(b)));
  return { rasters: order.map((i) => rasters[i]!), years: order.map((i) => years[i]!), close };
}
