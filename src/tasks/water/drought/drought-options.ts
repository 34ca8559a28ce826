/** What a batch of droughts can choose. The defaults are what was meant; the other values are the original's. */
import { z } from 'zod';

const year = z.coerce.number().int().min(1900).max(2200);
const yesNo = z.union([z.boolean(), z.stringbool()]);

export const droughtOptions = z.strictObject({
  startYear: year.optional().describe('first monsoon; default: first year of the land use, else of the rain'),
  endYear: year.optional().describe('last monsoon; default: as far as land use and rain reach'),
  monsoonOnset: z
    .string()
    .regex(/^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'expected a month and a day such as 06-20')
    .optional()
    .describe('first day of every monsoon, such as 06-20; default: from the rain of each year'),
  monsoonPercentile: z.coerce
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe('percentile of weekly rain that begins the monsoon; default: that of the region, 50 to 75'),
  baseline: z
    .enum(['earlier', 'other'])
    .default('earlier')
    .describe('long-term mean of the years before, or of all other years of the rain data'),
  minBaselineYears: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe('fewest years that a long-term mean is made of'),
  spiUnits: z
    .enum(['total', 'original'])
    .default('total')
    .describe('original: the mean of a day against totals of the window, which makes most weeks dry'),
  drySpellColumnBug: yesNo.default(false).describe('true: dry spells never count, as in the original'),
  droughtWindows: z
    .enum(['exact', 'original'])
    .default('exact')
    .describe('windows of 28 and 7 days, or of 29 and 8 as in the original'),
});
