/** A row of a sheet of outlets. */
import { z } from 'zod';
import { COORDINATES_MISSING, degrees, desiltingColumns } from './desilting-input.js';

export const watershedInput = z
  .object({
    name: z.string().nullish(),
    latitude: degrees('Latitude', 90),
    longitude: degrees('Longitude', 180),
  })
  .superRefine(({ latitude, longitude }, ctx) => {
    const missing = latitude === null ? 'latitude' : longitude === null ? 'longitude' : undefined;
    if (missing !== undefined)
      ctx.addIssue({ code: 'custom', path: [missing], message: COORDINATES_MISSING });
  });

export type WatershedInput = z.output<typeof watershedInput>;

export const watershedColumns: Partial<Record<keyof WatershedInput, readonly string[]>> = {
  name: ['Outlet', 'Site', 'Site name', 'Station', 'Gauge', 'Name of site', 'Name of outlet', 'id'],
  latitude: desiltingColumns.latitude!,
  longitude: desiltingColumns.longitude!,
};
