/** What a batch that reads the yearly land use of watersheds can choose. */
import { z } from 'zod';

const year = z.coerce.number().int().min(1900).max(2200);

export const lulcOptions = z.strictObject({
  lulc: z.string().optional().describe('yearly land-use rasters, in place of data.lulc'),
  startYear: year.optional().describe('first hydrological year of the result; default: of the rasters'),
  endYear: year.optional().describe('last hydrological year; default: of the rasters'),
  rule: z
    .enum(['centre', 'exact'])
    .default('centre')
    .describe('a pixel counts when its centre is inside, or by the share of it that is'),
});

export type LulcOptions = z.output<typeof lulcOptions>;
