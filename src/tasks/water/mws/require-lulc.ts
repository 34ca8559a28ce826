/** Land use that a row cannot do without. */
import { FinalError, InputError } from '../../../core/error.js';
import type { DataSource } from '../../../core/task.js';
import { type YearlyLulc, yearlyLulc } from '../kept-lulc.js';

/** @throws {InputError} DATA_MISSING naming the task and what it needs */
export async function requireLulc(
  source: DataSource | undefined,
  identity: string,
  task: string,
): Promise<YearlyLulc> {
  const lulc = await yearlyLulc(source, identity);
  if (lulc !== null) return lulc;
  const found =
    source === undefined ? 'the config has no data.lulc' : `no name in ${source.origin} has a year`;
  throw new InputError(`${task} needs yearly land-use rasters; ${found}`, {
    code: 'DATA_MISSING',
    hint: "add to the config:\n  data: {\n    lulc: 'data/lulc/*.tif',\n  },",
    details: { data: 'lulc' },
  });
}

/** A row whose polygon meets no pixel of what it is asked of. */
export function outsideRasters(what: string): FinalError {
  return new FinalError(`The watershed lies outside ${what}`, {
    code: 'WATERSHED_OUTSIDE_RASTER',
    field: 'geometry',
    hint: 'check its coordinates (degrees, longitude first), or add rasters of its area',
  });
}
