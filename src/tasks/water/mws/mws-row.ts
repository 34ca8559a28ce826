/**
 * A row that is a watershed: its name, its shape, and whatever else its layer says of it. Task files import this: what works
 * with shapes is in row-watershed.ts, loaded when a row runs.
 */
import { z } from 'zod';

/**
 * A feature of a layer, or a row of a sheet that names one. All other properties stay with the row; a layer that was
 * published before can be given and is computed anew.
 */
export const watershedInput = z.looseObject({
  uid: z
    .union([z.string(), z.number()])
    .nullish()
    .transform((uid) => (uid === null || uid === undefined || uid === '' ? null : String(uid))),
  area_in_ha: z.number().positive().nullish(),
  geometry: z.unknown().optional(),
});

export type WatershedInput = z.output<typeof watershedInput>;

/** Other spellings seen in layers; case and spaces are folded before they are compared. */
export const watershedColumns: Partial<Record<keyof WatershedInput & string, readonly string[]>> = {
  uid: ['MWS_UID', 'mws uid', 'mws_id', 'Watershed', 'Watershed ID'],
  area_in_ha: ['area_in_hac', 'Area (ha)', 'Area in ha'],
};
