/** The class of one week from its rain, vegetation, moisture and sown area (core-stack.md 3.9, points 3 to 5). */
import type { DroughtLabel } from './week-labels.js';

/** Of the four weeks from a date; null where there is no data. */
export interface WeekIndices {
  /** Percent above or below the long-term mean of these days. */
  rainDeviation: number | null;
  /** Standard deviations from the long-term mean. */
  spi: number | null;
  /** Each of the four weeks had at most half of its rain. */
  drySpell: boolean | null;
  /** Vegetation condition index, 0 to 100. */
  vci: number | null;
  /** Moisture adequacy index: 100 ET / PET. */
  mai: number | null;
  /** Percentage of the area sown in kharif. */
  pas: number | null;
}

export interface ClassRules {
  /** The original reads a misspelt property, so that dry spells never count. Default false. */
  drySpellColumnBug: boolean;
}

const SCANTY_BELOW_PERCENT = -59;
const DROUGHT_SPI = -1.5;
/** At most so much is severe, moderate. */
const LIMITS = { vci: [40, 60], mai: [25, 50], pas: [33.3, 50] } as const;

/** 1 when the rain alone says drought; null when nothing says so and something is not known. */
export function meteorologicalDrought(
  { rainDeviation, spi, drySpell }: WeekIndices,
  { drySpellColumnBug }: ClassRules,
): boolean | null {
  const signs = [
    drySpellColumnBug ? false : drySpell,
    rainDeviation === null ? null : rainDeviation < SCANTY_BELOW_PERCENT,
    spi === null ? null : spi < DROUGHT_SPI,
  ];
  if (signs.includes(true)) return true;
  return signs.includes(null) ? null : false;
}

/**
 * 0 without meteorological drought; else 3 when VCI, MAI and PAS are all severe, 2 when two of them are at least
 * moderate, 1 otherwise. An index that is not known is no sign.
 */
export function droughtClass(indices: WeekIndices, rules: ClassRules): DroughtLabel | null {
  const isDry = meteorologicalDrought(indices, rules);
  if (isDry === null) return null;
  if (!isDry) return 0;
  const levels = (['vci', 'mai', 'pas'] as const).map((name) => levelOf(indices[name], LIMITS[name]));
  if (levels.every((level) => level === 3)) return 3;
  return levels.filter((level) => level >= 2).length >= 2 ? 2 : 1;
}

function levelOf(value: number | null, [severe, moderate]: readonly [number, number]): 1 | 2 | 3 {
  if (value === null || value > moderate) return 1;
  return value <= severe ? 3 : 2;
}
