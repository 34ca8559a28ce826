/** The part of a coarser raster's pixels whose centre was cropped in kharif in one year. */
import { resampleWindow } from '../../../raster/align.js';
import type { Raster } from '../../../raster/raster.js';
import type { YearlyLulc } from '../kept-lulc.js';
import type { PolygonPixels } from '../series/polygon-pixels.js';

/** Single kharif, double and triple crops of LULC v3. */
export const KHARIF_CLASSES = [8, 10, 11];

/** The pixels with the areas of all others set to 0. Without land use of the year all pixels stay. */
export async function kharifPixels(
  lulc: YearlyLulc | null,
  year: number,
  raster: Raster,
  pixels: PolygonPixels,
): Promise<PolygonPixels> {
  const ofYear = lulc?.rasters[lulc.years.indexOf(year)];
  if (ofYear === undefined) return pixels;
  const classes = await resampleWindow(ofYear, raster, pixels.window, { method: 'nearest' });
  return {
    ...pixels,
    areasM2: pixels.areasM2.map((area, i) => (KHARIF_CLASSES.includes(classes[i]!) ? area : 0)),
  };
}
