/** `resample` of a data entry: whether rasters that do not align are read on the grid of the first. */
import { InputError } from '../../core/error.js';
import type { DataSource } from '../../core/task.js';

/** @throws {InputError} DATA_SETTINGS_INVALID for any other value than 'first' */
export function resampleSetting({ name, settings, origin }: DataSource): 'first' | undefined {
  const { resample } = settings;
  if (resample === undefined || resample === 'first') return resample;
  throw new InputError(`resample of ${origin} is ${JSON.stringify(resample)}; expected 'first' or nothing`, {
    code: 'DATA_SETTINGS_INVALID',
    hint: resampleHint(name),
  });
}

/** What to type in the config so that the entry's rasters are brought onto one grid. */
export function resampleHint(name: string): string {
  return `data: { ${name}: { files: '…', resample: 'first' } }`;
}
