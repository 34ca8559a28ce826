/** What a batch of outlets can choose. Values may come as text, from flags. */
import { z } from 'zod';

const MAX_SNAP_CELLS = 1000;

export const watershedOptions = z.strictObject({
  dem: z.string().optional().describe('the elevation model, in place of data.dem'),
  snapCells: z.coerce
    .number()
    .min(0)
    .max(MAX_SNAP_CELLS)
    .default(3)
    .describe('how far a point that is on no stream may be moved to the nearest one, in cells; 0 = none'),
  thresholdCells: z.coerce
    .number()
    .int()
    .min(1)
    .default(100)
    .describe('cells that must drain through a cell to make it a stream; stream orders depend on it'),
  method: z
    .enum(['fill', 'breach'])
    .default('fill')
    .describe(
      'depressions: raised to their outlets, or cut through where that is within breachCells and breachDepth',
    ),
  breachCells: z.coerce.number().int().min(1).default(100).describe('longest channel of breach, in cells'),
  breachDepth: z.coerce
    .number()
    .min(0)
    .default(20)
    .describe("deepest cut of breach, in the elevation model's unit"),
  rasters: z
    .union([z.boolean(), z.stringbool()])
    .default(true)
    .describe('false: leave out the rasters of flow direction, accumulation and stream order'),
  catchmentAreaRaster: z
    .enum(['none', 'd8', 'dinf'])
    .default('none')
    .describe(
      'a raster of the hectares that drain through each cell: along one direction, or split over two',
    ),
});

export type WatershedOptions = z.output<typeof watershedOptions>;
