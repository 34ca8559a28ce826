/** A small valley: a river down the middle, a side stream, a ridge round the upper end. */
import { join } from 'node:path';
import { type MadeRaster, METRES, writeRaster } from './made-rasters.js';

export const VALLEY = METRES;
const RIVER_COLUMN = 30;
const RIDGE_ROW = 4;
export const NODATA = -9999;

/** Metres; water of rows 4 and below runs to column 30 and then south, off the map; what is north of the ridge runs north. */
export function valleyElevation(column: number, row: number): number {
  const aside = Math.abs(column - RIVER_COLUMN);
  if (row < RIDGE_ROW) return 400 + row;
  if (aside > 25) return 700 - aside * 10;
  return 100 + aside * 10 - row;
}

export async function writeDem(
  folder: string,
  elevation: (column: number, row: number) => number = valleyElevation,
  facts: MadeRaster = {},
): Promise<string> {
  const path = join(folder, 'dem.tif');
  await writeRaster(path, VALLEY, [elevation], { sampleType: 'float32', nodata: NODATA, ...facts });
  return path;
}
