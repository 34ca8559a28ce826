/** Drought years that a row brings with it under the original's names. */
import { FinalError } from '../../../core/error.js';
import { numberOf, type Row, yearsOf } from '../mws/row-numbers.js';
import type { DroughtYear } from './drought-properties.js';

const LABELS = [null, 0, 1, 2, 3];

/** Years with labels (`drlb_<year>`); empty when the row has none. @throws {FinalError} DROUGHT_LABELS_UNREADABLE */
export function droughtYearsOfRow(row: Row): DroughtYear[] {
  return yearsOf(row, 'drlb_').map((year) => {
    const onset = row[`m_ons_${year}`];
    const rain = `rd${String(year).slice(2)}-`;
    return {
      year,
      labels: labelsOf(row, `drlb_${year}`),
      drySpellWeeks: numberOf(row, `drysp_${year}`),
      ...(onset == null ? {} : { onset: String(onset) }),
      ...optional(row, `kh_cr_${year}`, 'kharifKm2'),
      ...optional(row, `pcr_k_${year}`, 'kharifPercent'),
      rainDeviations: Object.fromEntries(
        Object.keys(row)
          .filter((name) => name.startsWith(rain))
          .map((name) => [name, numberOf(row, name)]),
      ),
    };
  });
}

function optional(row: Row, name: string, member: 'kharifKm2' | 'kharifPercent') {
  return name in row ? { [member]: numberOf(row, name) } : {};
}

function labelsOf(row: Row, name: string): (number | null)[] {
  const value = row[name];
  const found: unknown = typeof value === 'string' ? parsed(value) : value;
  if (Array.isArray(found) && found.every((label) => LABELS.includes(label as number | null))) {
    return found as (number | null)[];
  }
  throw new FinalError(
    `${name} is ${JSON.stringify(value)}; expected a list of labels 0 to 3, such as [1,1,0]`,
    {
      code: 'DROUGHT_LABELS_UNREADABLE',
      field: name,
    },
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
