/** What a row and a batch of scenes may say. */
import { z } from 'zod';

const file = z.string().nullish();

/** Cells name files of `data.scenes`; `stack.tif#4` is the fourth band, `stack.tif#B04` the band of that name. */
export const sceneInput = z.object({
  name: z.string().nullish(),
  red: file,
  nir: file,
  blue: file,
  green: file,
  swir: file,
  quality: file,
});

export type SceneInput = z.output<typeof sceneInput>;

/** Case and spaces are folded before they are compared. */
export const sceneColumns: Partial<Record<keyof SceneInput, readonly string[]>> = {
  name: ['Scene', 'Scene name', 'Date', 'id'],
  nir: ['Near infrared', 'NIR band'],
  swir: ['Short-wave infrared', 'SWIR band', 'swir1'],
  quality: ['qa', 'scl', 'bqa', 'qa_pixel', 'mask'],
};

const INDICES = ['ndvi', 'evi', 'evi2', 'savi', 'ndwi-gao', 'ndwi-mcfeeters', 'lai-evi', 'lai-ndvi'] as const;

/** Wider and the rim of a cloud is the scene. */
const MAX_DILATE = 50;

export const sceneOptions = z
  .strictObject({
    scenes: z
      .string()
      .optional()
      .describe('the files that rows may name, in place of data.scenes; a pattern works'),
    index: z
      .enum(INDICES)
      .default('ndvi')
      .describe('ndwi-gao is of NIR and SWIR, ndwi-mcfeeters of green and NIR'),
    scale: z
      .union([z.literal('dn'), z.coerce.number()])
      .optional()
      .describe(
        "reflectance = scale * number + offset; default: the files' own; `dn`: the numbers as they are",
      ),
    offset: z.coerce.number().optional().describe('see scale; 0 when only scale is said'),
    baseline: z.coerce
      .number()
      .positive()
      .optional()
      .describe('Sentinel-2 processing baseline: scale 0.0001, and from 04.00 on offset -0.1'),
    mask: z
      .enum(['landsat-c2', 'landsat-pre', 'scl'])
      .optional()
      .describe('how the quality band says what is cloud; needed when rows name one'),
    dilate: z.coerce
      .number()
      .int()
      .min(0)
      .max(MAX_DILATE)
      .default(0)
      .describe('pixels by which clouds and shadows are widened'),
    outside: z
      .enum(['void', 'keep'])
      .default('void')
      .describe('what becomes of values that mean nothing, such as EVI beyond -1 to 1'),
    resample: z
      .enum(['nearest', 'bilinear'])
      .optional()
      .describe('read bands of another grid on that of the first; default: they are refused'),
    raster: z.union([z.boolean(), z.stringbool()]).default(true).describe('write the index as a raster'),
  })
  .superRefine(({ scale, offset, baseline }, ctx) => {
    const refuse = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message });
    if (baseline !== undefined && (scale !== undefined || offset !== undefined)) {
      refuse('baseline', 'baseline says scale and offset; give it or them');
    } else if (offset !== undefined && typeof scale !== 'number') {
      refuse('offset', 'offset needs a scale that is a number');
    }
  });

export type SceneOptions = z.output<typeof sceneOptions>;
