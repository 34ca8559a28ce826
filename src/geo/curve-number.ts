/**
 * Daily direct runoff by curve numbers: NEH-4 storages, slope after Sharpley and Williams 1990, antecedent moisture from
 * the rain of the days before (Mishra and Singh 2002). Millimetres throughout.
 */

/** Millimetres that the soil can hold under dry, average and wet antecedent conditions. */
export interface Storages {
  dry: number;
  average: number;
  wet: number;
}

export interface RunoffRules {
  /** Rain of the days before, in mm: up to `dryUpTo` the dry curve number, above `wetAbove` the wet one. */
  dryUpTo: number;
  wetAbove: number;
  /**
   * False: as in the original, where the rule for average conditions has no upper end and comes first, so that the wet
   * one is reached only by days too small for the average one.
   */
  amc3Reachable: boolean;
  /** What the published formula divides by: P - Ia + M + S; the original divides by P + Ia + M + S. */
  denominator: 'published' | 'original';
}

export const RUNOFF_RULES: RunoffRules = {
  dryUpTo: 35,
  wetAbove: 52.5,
  amc3Reachable: true,
  denominator: 'published',
};

const GROUPS = 4;
/** Curve numbers for average conditions by Dynamic World class (0 water … 8 snow and ice) and soil group A to D. */
const CN2_BY_CLASS: readonly (readonly number[])[] = [
  [0, 0, 0, 0],
  [30, 55, 70, 77],
  [39, 61, 74, 80],
  [0, 0, 0, 0],
  [64, 75, 82, 85],
  [39, 61, 74, 80],
  [82, 88, 91, 93],
  [49, 69, 79, 84],
  [0, 0, 0, 0],
];
/** Initial abstraction as a share of the storage. */
const ABSTRACTION = 0.2;
const MM_PER_INCH_CN = 25_400;

/**
 * Curve number for average conditions; 0 for open water, wetland and snow, which have none; undefined where the class or
 * the soil is not known. Codes 11 to 14 of HYSOGs250m are its dual classes A/D to D/D and count as A to D.
 */
export function curveNumber(landCover: number, soil: number): number | undefined {
  const group = soil > 10 ? soil - 10 : soil;
  if (!(group >= 1 && group <= GROUPS)) return undefined;
  return CN2_BY_CLASS[landCover]?.[group - 1];
}

/** CN2 for a slope (rise over run); CN2 itself stands for a slope of 5 %. */
export function slopeAdjusted(cn2: number, slope: number): number {
  const cn3 = cn2 * Math.exp(0.006_73 * (100 - cn2));
  return cn2 + ((cn3 - cn2) / 3) * (1 - 2 * Math.exp(-13.86 * slope));
}

/** Storages of a curve number above 0; CN1 and CN3 after Chow, Maidment and Mays 1988. */
export function storagesOf(cn2: number): Storages {
  return {
    dry: storageMm((4.2 * cn2) / (10 - 0.058 * cn2)),
    average: storageMm(cn2),
    wet: storageMm((23 * cn2) / (10 + 0.13 * cn2)),
  };
}

/** Runoff of a day with `rain` after `antecedent` millimetres on the days before it. */
export function dailyRunoff(
  rain: number,
  antecedent: number,
  { dry, average, wet }: Storages,
  rules: RunoffRules,
): number {
  if (rain <= 0) return 0;
  if (!rules.amc3Reachable) return originalRunoff(rain, antecedent, { dry, average, wet }, rules);
  const storage = antecedent <= rules.dryUpTo ? dry : antecedent <= rules.wetAbove ? average : wet;
  return rain < ABSTRACTION * storage ? 0 : Math.max(0, runoffOf(rain, antecedent, storage, rules));
}

/** The first rule that holds wins, in the original's order. */
function originalRunoff(rain: number, antecedent: number, storages: Storages, rules: RunoffRules): number {
  const { dryUpTo, wetAbove } = rules;
  const cases: [storage: number, holds: boolean][] = [
    [storages.dry, antecedent >= 0 && antecedent <= dryUpTo],
    [storages.average, antecedent > dryUpTo],
    [storages.wet, antecedent > wetAbove],
  ];
  for (const [storage, holds] of cases) {
    if (!holds || rain < ABSTRACTION * storage) continue;
    const runoff = runoffOf(rain, antecedent, storage, rules);
    if (runoff >= 0) return runoff;
  }
  return 0;
}

function runoffOf(rain: number, antecedent: number, storage: number, { denominator }: RunoffRules): number {
  const moisture = 0.5 * (-storage + Math.sqrt(storage * storage + 4 * antecedent * storage));
  const abstraction = ABSTRACTION * storage;
  const excess = rain - abstraction;
  const divisor = (denominator === 'published' ? excess : rain + abstraction) + moisture + storage;
  return divisor <= 0 ? 0 : (excess * (excess + moisture)) / divisor;
}

function storageMm(curve: number): number {
  return MM_PER_INCH_CN / Math.min(curve, 100) - 254;
}
