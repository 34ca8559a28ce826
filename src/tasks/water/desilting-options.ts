/** What a batch of desilting points can choose. Values may come as text, from flags. */
import { z } from 'zod';
import { nearestName } from '../../core/nearest-name.js';
import { droughtOptions } from './drought/drought-options.js';
import { stepNames } from './pipeline/plan-steps.js';
import { STEP_NAMES } from './pipeline/step.js';
import { DROUGHT_OPTIONS } from './pipeline/steps.js';

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
  steps: z
    .string()
    .superRefine((steps, ctx) => {
      for (const message of problemsOf(steps)) ctx.addIssue({ code: 'custom', message });
    })
    .optional()
    .describe(
      'layers around the points: all, none, or names; default: all whose data are there, once there is more than of the points',
    ),
  swbUnionIncludesLastYear: flag(true).describe(
    "false: the last year makes no water body, as the original's loop leaves it out",
  ),
  swbCountAreas: flag(false).describe(
    'true: areas of water bodies are pixel counts x 100 m², as the original',
  ),
  waterbodyTypeBufferM: metres(500).describe(
    'how far a water body may be from a river or canal it is of, in metres',
  ),
  streamThresholdCells: z.coerce
    .number()
    .int()
    .min(1)
    .default(1000)
    .describe('cells that make a stream, where streams are found from data.dem'),
  ...droughtOptions.pick({
    monsoonOnset: true,
    monsoonPercentile: true,
    baseline: true,
    minBaselineYears: true,
    spiUnits: true,
    drySpellColumnBug: true,
    droughtWindows: true,
  }).shape,
});

/** Read by `finish` alone: with another value the rows stay as they are. */
export const FINISH_OPTIONS = [
  'steps',
  'swbUnionIncludesLastYear',
  'swbCountAreas',
  'waterbodyTypeBufferM',
  'streamThresholdCells',
  ...DROUGHT_OPTIONS,
] as const satisfies readonly (keyof DesiltingOptions)[];

export type DesiltingOptions = z.output<typeof desiltingOptions>;

function flag(fallback: boolean) {
  return z.union([z.boolean(), z.stringbool()]).default(fallback);
}

function problemsOf(steps: string): string[] {
  if (steps === 'all' || steps === 'none') return [];
  const names = stepNames(steps);
  if (names.length === 0) return ['steps is empty; expected all, none, or names of steps'];
  const known: readonly string[] = STEP_NAMES;
  return names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const nearest = nearestName(name, known);
      const meant = nearest === undefined ? '' : `; did you mean ${nearest}?`;
      return `there is no step "${name}"${meant} Steps: all, none, or ${known.join(', ')}`;
    });
}
