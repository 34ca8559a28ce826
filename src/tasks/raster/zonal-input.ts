/** What a row and a batch of zones may say. */
import { z } from 'zod';

/** A feature of a GeoJSON, or a row whose column `geometry` holds one as text. */
export const zonalInput = z
  .looseObject({ geometry: z.record(z.string(), z.unknown()).nullish() })
  .superRefine(({ geometry }, ctx) => {
    const type = geometry?.type;
    if (POLYGONS.includes(type)) return;
    const found = typeof type === 'string' ? `a ${type}` : 'no geometry';
    ctx.addIssue({
      code: 'custom',
      path: ['geometry'],
      message: `The row has ${found}; expected a Polygon or MultiPolygon`,
    });
  });

export type ZonalInput = z.output<typeof zonalInput>;

const POLYGONS: readonly unknown[] = ['Polygon', 'MultiPolygon', 'GeometryCollection'];

const flag = z.union([z.boolean(), z.stringbool()]);

export const zonalOptions = z.strictObject({
  raster: z.string().optional().describe('the raster, in place of data.raster'),
  band: z.coerce.number().int().min(1).default(1).describe('band of the raster; 1 is the first'),
  rule: z
    .enum(['centre', 'exact'])
    .default('exact')
    .describe('a pixel counts when its centre is inside, or by the share of it that is'),
  classes: flag
    .default(false)
    .describe('the samples are classes: pixels and area of each, in place of statistics'),
  scale: z.coerce.number().optional().describe("value = scale * sample + offset; default: the file's own"),
  offset: z.coerce.number().optional().describe('see scale'),
  densify: flag
    .default(false)
    .describe("follow edges that are straight in degrees; else straight in the raster's system"),
});

export type ZonalOptions = z.output<typeof zonalOptions>;
