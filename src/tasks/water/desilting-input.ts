/** A row of a desilting sheet: its fields, the headers they stand under, and what makes a row unusable. */
import { z } from 'zod';

/** The original's words. */
export const COORDINATES_MISSING = 'Latitude or Longitude missing';

const text = z.string().nullish();

/** Blank cells are null: the columns must exist, and a blank coordinate is an issue of the row. */
export const desiltingInput = z
  .object({
    latitude: degrees('Latitude', 90),
    longitude: degrees('Longitude', 180),
    sr_no: text,
    name_of_ngo: text,
    State: text,
    District: text,
    Taluka: text,
    Village: text,
    waterbody_name: text,
    slit_excavated: text,
    intervention_year: text,
  })
  .superRefine(({ latitude, longitude }, ctx) => {
    const missing = latitude === null ? 'latitude' : longitude === null ? 'longitude' : undefined;
    if (missing !== undefined)
      ctx.addIssue({ code: 'custom', path: [missing], message: COORDINATES_MISSING });
  });

export type DesiltingInput = z.output<typeof desiltingInput>;

/** Other spellings seen in field sheets; case, accents and spaces are folded before they are compared. */
export const desiltingColumns: Partial<Record<keyof DesiltingInput, readonly string[]>> = {
  latitude: [
    'Lat',
    'Lat.',
    'Latitude (N)',
    'Latitude N',
    'Latitude (decimal)',
    'Latitude (Decimal Degrees)',
    'Lat (N)',
  ],
  longitude: [
    'Long',
    'Lon',
    'Lng',
    'Long.',
    'Longitude (E)',
    'Longitude E',
    'Longitude (decimal)',
    'Longitude (Decimal Degrees)',
    'Long (E)',
  ],
  sr_no: [
    'Sr No.',
    'Sr. No.',
    'Sr.No.',
    'S.No.',
    'S. No.',
    'Sl No.',
    'Sl. No.',
    'Serial No',
    'Serial No.',
    'Serial Number',
  ],
  name_of_ngo: ['Name of NGO', 'NGO Name', 'NGO', 'Name of the NGO'],
  Taluka: ['Taluk', 'Tehsil'],
  waterbody_name: [
    'Name of the waterbody ',
    'Name of waterbody',
    'Name of the water body',
    'Name of water body',
    'Waterbody name',
    'Water body name',
    'Waterbody',
    'Water body',
  ],
  slit_excavated: ['Silt Excavated as per App', 'Silt excavated', 'Slit Excavated as per App'],
  intervention_year: ['Intervention_year', 'Year of intervention'],
};

/** Swapped coordinates are told apart where rows are checked; here each has its range. */
export function degrees(name: string, limit: number) {
  return z
    .number({
      error: ({ input }) =>
        `${name} must be a number of decimal degrees from -${limit} to ${limit}, found ${JSON.stringify(input) ?? 'nothing'}`,
    })
    .refine((value) => Math.abs(value) <= limit, {
      error: ({ input }) => `${name} must be from -${limit} to ${limit} degrees, found ${input}`,
    })
    .nullable();
}
