/** A water body's own properties from what was counted of it, under the original's names (core-stack 1.8.1, swb1). Pure. */
import { type ClassScheme, LULC_CLASSES, type WaterCensus } from './water-census.js';

const M2_PER_HA = 10_000;
/** What the original takes a pixel of 10 m to be. */
const COUNTED_PIXEL_M2 = 100;
const HA_PER_M2 = 0.0001;

/** Shares of classes, as the original names them; background counts as built-up. */
const CLASS_SHARES: readonly [name: string, classes: readonly number[]][] = [
  ['build_up', [0, 1]],
  ['cropland', [5]],
  ['tree', [6]],
  ['barren_land', [7]],
  ['single_kharif', [8]],
  ['single_kharif_no', [9]],
  ['double_cropping', [10]],
  ['tripple_cropping', [11]],
  ['shrubs', [12]],
];

/** Water in kharif; in kharif and rabi; in all three seasons: the classes that each share counts. */
const SEASON_SHARES: readonly [name: string, classes: readonly number[]][] = [
  ['k', [2, 3, 4]],
  ['kr', [3, 4]],
  ['krz', [4]],
];

export interface PropertyRules {
  /** Labels of the years as in a property's name: `17-18`. */
  years: readonly string[];
  scheme: ClassScheme;
  /** Areas are counts of pixels x 100 m², as if every raster were of 10 m on an equal-area grid. */
  countAreas: boolean;
}

/**
 * Areas in hectares, shares in percent of the body's pixels over all years. Of rasters in another scheme than LULC v3
 * only `area_` and `k_` (share of water) are told.
 */
export function waterBodyProperties(
  census: WaterCensus,
  { years, scheme, countAreas }: PropertyRules,
): Record<string, number | string> {
  const areaHa = (pixels: number, m2: number) =>
    countAreas ? pixels * COUNTED_PIXEL_M2 * HA_PER_M2 : m2 / M2_PER_HA;
  const share = (pixels: number) => (100 * pixels) / census.pixels;
  const properties: Record<string, number | string> = {
    area_ored: areaHa(census.pixels, census.areaM2),
    category_sq_m: sizeCategory(countAreas ? census.pixels * COUNTED_PIXEL_M2 : census.areaM2),
  };
  for (const [year, label] of years.entries()) {
    properties[`area_${label}`] = areaHa(census.waterPixels[year]!, census.waterAreaM2[year]!);
    const counted = (classes: readonly number[]) =>
      classes.reduce((sum, lulc) => sum + census.classPixels[year * LULC_CLASSES + lulc]!, 0);
    if (!scheme.isLulcV3) properties[`k_${label}`] = share(census.waterPixels[year]!);
    else {
      for (const [name, classes] of [...SEASON_SHARES, ...CLASS_SHARES])
        properties[`${name}_${label}`] = share(counted(classes));
    }
  }
  return properties;
}

/** `17-18` of `2017-18`; other labels as they are. */
export function shortYear(label: string): string {
  return /^\d{4}-\d{2}$/.test(label) ? label.slice(2) : label;
}

/** The original's classes of size, in square metres. */
function sizeCategory(areaM2: number): string {
  if (areaM2 < 500) return '0-500';
  if (areaM2 < 1000) return '500-1000';
  return areaM2 < 5000 ? '1000-5000' : '5000 and above';
}
