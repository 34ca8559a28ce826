/** Areas under crops of a watershed, from its row or from the yearly land-use rasters. */
import { FinalError } from '../../../core/error.js';
import type { CoverageRule } from '../../../geo/coverage.js';
import type { Polygon } from '../../../geo/polygon.js';
import { classAreas } from '../class-areas.js';
import type { YearlyLulc } from '../kept-lulc.js';
import { numberOf, type Row, yearsOf } from '../mws/row-numbers.js';
import type { CroppedAreas } from './cropping-intensity-properties.js';

export interface Cropping {
  areas: CroppedAreas[];
  /** Hectares that were cropped in any year from `everFrom` to `everTo`. */
  croppableHa: number;
  everFrom: number;
  everTo: number;
}

const M2_PER_HA = 10_000;
const SINGLE_KHARIF = 8;
const SINGLE_NON_KHARIF = 9;
const DOUBLE = 10;
const TRIPLE = 11;
/** Cropped at all. */
const CROPPED = [SINGLE_KHARIF, SINGLE_NON_KHARIF, DOUBLE, TRIPLE];
const EVER = /^total_cropable_area_ever_hydroyear_(\d{4})_(\d{4})$/;

/** What the row brings under the original's names; null when it brings no year. @throws {FinalError} CROPPING_INCOMPLETE */
export function croppingOfRow(row: Row): Cropping | null {
  const years = yearsOf(row, 'single_kharif_cropped_area_');
  if (years.length === 0) return null;
  const area = (name: string): number => numberOf(row, name) ?? missing(name);
  const ever = Object.keys(row).flatMap((name) => EVER.exec(name) ?? []);
  const [name, from = years[0], to = years.at(-1)] = ever;
  const sum = numberOf(row, 'sum');
  const croppableHa = name === undefined ? (sum === null ? null : sum / M2_PER_HA) : numberOf(row, name);
  return {
    areas: years.map((year) => ({
      year,
      singleKharif: area(`single_kharif_cropped_area_${year}`),
      singleNonKharif: area(`single_non_kharif_cropped_area_${year}`),
      double: area(`doubly_cropped_area_${year}`),
      triple: area(`triply_cropped_area_${year}`),
    })),
    croppableHa: croppableHa ?? missing('total_cropable_area_ever_hydroyear_<first>_<last> or sum'),
    everFrom: Number(from),
    everTo: Number(to),
  };
}

/**
 * Hectares by class of the years asked for, and what was cropped in any year from the first raster's to the last one
 * asked for. Null when the polygon lies outside the rasters.
 * @throws {InputError} RASTER_DAMAGED
 */
export async function croppingOfRasters(
  lulc: YearlyLulc,
  polygon: Polygon,
  {
    rule,
    startYear,
    endYear,
  }: { rule: CoverageRule; startYear?: number | undefined; endYear?: number | undefined },
): Promise<Cropping | null> {
  const until = lulc.years.filter((year) => year <= (endYear ?? Infinity)).length;
  const areas = await classAreas(lulc.rasters.slice(0, until), polygon, { rule, union: CROPPED });
  if (areas === null) return null;
  const hectares = (i: number, value: number) => (areas.byRaster[i]!.get(value) ?? 0) / M2_PER_HA;
  return {
    areas: lulc.years.slice(0, until).flatMap((year, i) =>
      year < (startYear ?? -Infinity)
        ? []
        : {
            year,
            singleKharif: hectares(i, SINGLE_KHARIF),
            singleNonKharif: hectares(i, SINGLE_NON_KHARIF),
            double: hectares(i, DOUBLE),
            triple: hectares(i, TRIPLE),
          },
    ),
    croppableHa: areas.unionM2 / M2_PER_HA,
    everFrom: lulc.years[0]!,
    everTo: lulc.years[until - 1]!,
  };
}

function missing(name: string): never {
  throw new FinalError(`The row has areas under crops, but no ${name}`, {
    code: 'CROPPING_INCOMPLETE',
    field: name,
    hint: 'give all of single_kharif_, single_non_kharif_, doubly_ and triply_cropped_area_<year> and the croppable area, or none of them and data.lulc',
  });
}
