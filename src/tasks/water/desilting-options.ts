/** What a batch of desilting points can choose. Values may come as text, from flags. */
import { z } from 'zod';

/** Beyond this a grid of degrees bends too much for a search around one point, and no pond is meant. */
const MAX_RADIUS_M = 50_000;

const metres = (fallback: number) => z.coerce.number().min(0).max(MAX_RADIUS_M).default(fallback);

export const desiltingOptions = z.strictObject({
  searchRadiusM: metres(1500).describe(
    'how far to look for water, and for micro-watersheds around it, in metres',
  ),
  minWaterYears: z.coerce
    .number()
    .int()
    .min(1)
    .max(255)
    .default(2)
    .describe('years of water that make a pixel persistent'),
  matchRadiusM: metres(100).describe('how far the water pixel may be from a water body, in metres'),
  closestWaterPixel: z
    .union([z.boolean(), z.stringbool()])
    .default(true)
    .describe('false: take the surveyed point itself, distance 0'),
  waterbodyMatch: z
    .enum(['nearest', 'first'])
    .default('nearest')
    .describe("which water body within matchRadiusM: the nearest, or the original's first of the file"),
});

export type DesiltingOptions = z.output<typeof desiltingOptions>;
