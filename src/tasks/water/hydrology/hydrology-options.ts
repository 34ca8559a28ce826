/** What the tasks of the water balance can choose. The defaults are what was meant; the other values are the original's. */
import { z } from 'zod';

const year = z.coerce.number().int().min(1900).max(2200);
const yesNo = z.union([z.boolean(), z.stringbool()]);

/** Which windows, and how rain becomes runoff. */
export const hydrologyOptions = z.strictObject({
  startYear: year
    .optional()
    .describe('first hydrological year (1 July to 30 June); default: of the rain data'),
  endYear: year.optional().describe('last hydrological year; default: as far as the rain data reach'),
  step: z
    .enum(['both', 'fortnight', 'annual'])
    .default('both')
    .describe('14-day windows, hydrological years, or both'),
  years: z
    .enum(['364-days', 'calendar'])
    .default('364-days')
    .describe("hydrological years as the original's 364 days back to back, or from 1 July to 30 June"),
  runoffAmc3Reachable: yesNo
    .default(true)
    .describe('false: very wet days mostly take the average curve number, as in the original'),
  runoffDenominator: z
    .enum(['published', 'original'])
    .default('published')
    .describe('the divisor of Mishra and Singh, or the one of the original (0.4 S larger)'),
  runoffDays: z
    .enum(['window', 'original'])
    .default('window')
    .describe("original: windows one day longer, and 4 days that hold the day itself as the 'five' before"),
  antecedentDays: z.coerce
    .number()
    .int()
    .min(1)
    .max(30)
    .default(5)
    .describe('days before a day whose rain says how wet the ground is'),
  slopeUnit: z
    .enum(['ratio', 'degrees'])
    .default('ratio')
    .describe('what the slope formula is given: rise over run, or degrees as in the original'),
  openWater: z
    .enum(['rain-minus-et', 'none'])
    .default('rain-minus-et')
    .describe('runoff of water, wetland and snow, which have no curve number; none is the original'),
});

export type HydrologyOptions = z.output<typeof hydrologyOptions>;
