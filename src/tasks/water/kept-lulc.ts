/** The yearly land-use rasters that a thread keeps open for the rows that follow. */
import { LRUCache } from 'lru-cache';
import type { DataSource } from '../../core/task.js';
import { tileCache } from '../../raster/tile-cache.js';
import { type AnnualLulc, openAnnualLulc } from './annual-lulc.js';
import { yearOfFile } from './year-of-file.js';

/** One band of tiles of eight years of 10,000 pixels across. */
const TILE_BYTES = 16 * 1024 * 1024;
const OPEN_AT_ONCE = 3;
const tiles = tileCache(TILE_BYTES);
const open = new LRUCache<string, Promise<AnnualLulc>>({
  max: OPEN_AT_ONCE,
  dispose: (opening) => {
    opening.then(({ close }) => close()).catch(() => {});
  },
});

/** Yearly rasters in order of their first calendar years. */
export interface YearlyLulc {
  years: number[];
  rasters: AnnualLulc['rasters'];
}

/**
 * Opened once per identity; null when none is configured, or none of the names has a year.
 * @throws {InputError} as openAnnualLulc does
 */
export async function yearlyLulc(
  source: DataSource | undefined,
  identity: string,
): Promise<YearlyLulc | null> {
  if (source === undefined) return null;
  const key = JSON.stringify([identity, source.files, source.settings]);
  let opening = open.get(key);
  if (opening === undefined) {
    opening = openAnnualLulc(source, tiles);
    open.set(key, opening);
    opening.catch(() => open.delete(key));
  }
  const { rasters } = await opening;
  const dated = rasters
    .flatMap((raster) => {
      const { start } = yearOfFile(raster.name);
      return start === undefined ? [] : [{ raster, start }];
    })
    .sort((a, b) => a.start - b.start);
  if (dated.length === 0) return null;
  return { years: dated.map(({ start }) => start), rasters: dated.map(({ raster }) => raster) };
}
