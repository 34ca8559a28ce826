/** Areas of the land-use classes under the original's names (core-stack.md 3.8). */

/** LULC v3 classes by the property that their area stands under; 0 is background and has none. */
const NAMES: Readonly<Record<number, string>> = {
  1: 'built-up_area_',
  2: 'k_water_area_',
  3: 'kr_water_area_',
  4: 'krz_water_area_',
  5: 'cropland_area_',
  6: 'tree_forest_area_',
  7: 'barrenlands_area_',
  8: 'single_kharif_cropped_area_',
  9: 'single_non_kharif_cropped_area_',
  10: 'doubly_cropped_area_',
  11: 'triply_cropped_area_',
  12: 'shrub_scrub_area_',
};

export const M2_PER_HA = 10_000;

/** Hectares of every class in every year; a class without a pixel has 0. `areas` are square metres by class. */
export function lulcProperties(
  years: readonly number[],
  areas: readonly ReadonlyMap<number, number>[],
): Record<string, number> {
  const properties: Record<string, number> = {};
  for (const [i, year] of years.entries()) {
    for (const [value, name] of Object.entries(NAMES)) {
      properties[`${name}${year}`] = (areas[i]?.get(Number(value)) ?? 0) / M2_PER_HA;
    }
  }
  return properties;
}
