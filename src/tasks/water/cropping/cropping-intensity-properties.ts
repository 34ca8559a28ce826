/** Cropping intensity from areas under one, two and three crops a year (core-stack.md 3.10). */

/** Hectares of one hydrological year. */
export interface CroppedAreas {
  /** First calendar year. */
  year: number;
  singleKharif: number;
  singleNonKharif: number;
  double: number;
  triple: number;
}

export interface CroppingYear extends CroppedAreas {
  single: number;
  /** Crops a year on the land that was ever cropped, 0 to 3. */
  intensity: number;
}

const M2_PER_HA = 10_000;

/** (single + 2 double + 3 triple) / croppable; 0 where nothing was ever cropped. */
export function croppingYears(areas: readonly CroppedAreas[], croppableHa: number): CroppingYear[] {
  return areas.map((one) => {
    const single = one.singleKharif + one.singleNonKharif;
    const crops = single + 2 * one.double + 3 * one.triple;
    return { ...one, single, intensity: croppableHa === 0 ? 0 : crops / croppableHa };
  });
}

/** The original's names; the croppable area is of the years from `everFrom` to `everTo`. */
export function croppingProperties(
  years: readonly CroppingYear[],
  { croppableHa, everFrom, everTo }: { croppableHa: number; everFrom: number; everTo: number },
): Record<string, number> {
  const properties: Record<string, number> = {};
  for (const one of years) {
    const { year } = one;
    properties[`single_kharif_cropped_area_${year}`] = one.singleKharif;
    properties[`single_non_kharif_cropped_area_${year}`] = one.singleNonKharif;
    properties[`single_cropped_area_${year}`] = one.single;
    properties[`doubly_cropped_area_${year}`] = one.double;
    properties[`triply_cropped_area_${year}`] = one.triple;
    properties[`cropping_intensity_${year}`] = one.intensity;
  }
  properties[`total_cropable_area_ever_hydroyear_${everFrom}_${everTo}`] = croppableHa;
  properties.sum = croppableHa * M2_PER_HA;
  return properties;
}
