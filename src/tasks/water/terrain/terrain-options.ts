/** What a batch of terrains can choose. */
import { z } from 'zod';

export const terrainOptions = z.strictObject({
  landforms: z
    .string()
    .optional()
    .describe('a raster of landform classes 1 to 11, in place of data.landforms'),
  dem: z.string().optional().describe('an elevation model to make landforms of, in place of data.dem'),
  rule: z
    .enum(['centre', 'exact'])
    .default('centre')
    .describe('a pixel counts when its centre is inside, or by the share of it that is'),
});

export type TerrainOptions = z.output<typeof terrainOptions>;
