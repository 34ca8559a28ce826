/** Single rasters that a thread keeps open for the rows that follow. */
import { LRUCache } from 'lru-cache';
import { openRaster, type Raster } from '../../raster/raster.js';

/** More than a row reads at once, such as the land cover of many years: one that is put out is closed, also while it is read. */
const MAX_OPEN = 256;
const openByFile = new LRUCache<string, Promise<Raster>>({
  max: MAX_OPEN,
  dispose: (opening) => {
    opening.then((raster) => raster.close()).catch(() => {});
  },
});

/** `identity` changes when the file does. @throws {InputError} as openRaster does */
export function keptRaster(file: string, identity: string): Promise<Raster> {
  const key = `${identity}\0${file}`;
  const known = openByFile.get(key);
  if (known !== undefined) return known;
  const opening = openRaster(file);
  openByFile.set(key, opening);
  opening.catch(() => openByFile.delete(key));
  return opening;
}
