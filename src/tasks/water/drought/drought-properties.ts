/** The properties of a drought layer under the original's names, year by year. */
import { countWeeks } from './week-labels.js';

export interface DroughtYear {
  /** Calendar year of the monsoon. */
  year: number;
  labels: readonly (number | null)[];
  /** Weeks of the longest dry spell; null when not known. */
  drySpellWeeks: number | null;
  /** What else of the year is known, under the names below without the year. */
  onset?: string | null;
  kharifKm2?: number | null;
  kharifPercent?: number | null;
  /** Percent by the first day of the four weeks, as `rd17-6-25` is written. */
  rainDeviations?: Readonly<Record<string, number | null>>;
}

/** `drlb_2017`, `w_no_2017`, … of every year, and `avg_dryspell` over all of them. */
export function droughtProperties(years: readonly DroughtYear[]): Record<string, unknown> {
  const properties: Record<string, unknown> = {};
  for (const year of years) Object.assign(properties, yearProperties(year));
  properties.avg_dryspell = meanOf(years.map(({ drySpellWeeks }) => drySpellWeeks));
  return properties;
}

function yearProperties(one: DroughtYear): Record<string, unknown> {
  const { year } = one;
  const counts = countWeeks(one.labels);
  return {
    [`drlb_${year}`]: JSON.stringify(one.labels),
    [`drysp_${year}`]: one.drySpellWeeks,
    ...Object.fromEntries(counts.frequency.map((value, least) => [`frth${least}_${year}`, value])),
    ...Object.fromEntries(counts.intensity.map((value, least) => [`inth${least}_${year}`, value])),
    [`w_no_${year}`]: counts.none,
    [`w_mld_${year}`]: counts.mild,
    [`w_mod_${year}`]: counts.moderate,
    [`w_sev_${year}`]: counts.severe,
    [`t_wks_${year}`]: counts.totalWeeks,
    ...(one.kharifKm2 === undefined ? {} : { [`kh_cr_${year}`]: one.kharifKm2 }),
    ...(one.kharifPercent === undefined ? {} : { [`pcr_k_${year}`]: one.kharifPercent }),
    ...(one.onset === undefined ? {} : { [`m_ons_${year}`]: one.onset }),
    ...one.rainDeviations,
  };
}

function meanOf(values: readonly (number | null)[]): number | null {
  if (values.length === 0 || values.includes(null)) return null;
  return (values as number[]).reduce((sum, value) => sum + value, 0) / values.length;
}
