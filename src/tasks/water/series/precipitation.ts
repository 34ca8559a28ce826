/** Rain of watersheds by window: the fortnight layer of the desilting pipeline, and what the water balance begins with. */
import type { DataSource } from '../../../core/task.js';
import { valuesOf, type Watershed } from './dated-values.js';
import { seasonalSums } from './seasons.js';
import { sumsByWindow } from './window-values.js';
import type { DateWindow } from './windows.js';

/**
 * Millimetres of each window, the mean over the watershed; null where a day of it has no rain value. `identity` changes
 * when a file of the entry does.
 * @throws {InputError} as valuesOf does
 */
export async function precipitationByWindow(
  source: DataSource,
  watershed: Watershed,
  windows: readonly DateWindow[],
  identity: string,
): Promise<Record<string, number | null>> {
  const [first] = windows;
  if (first === undefined) return {};
  const between = { from: first.from, to: windows.at(-1)!.to };
  const values = await valuesOf(source, watershed, between, { identity });
  const sums = sumsByWindow(values, windows);
  return Object.fromEntries(windows.map(({ key }, i) => [key, sums[i]!]));
}

/** `precipitation_<kharif|rabi|zaid>_<YYYY-YYYY>` of rain by the first day of each fortnight. */
export function seasonalPrecipitation(
  fortnights: Readonly<Record<string, number | null>>,
): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(seasonalSums(fortnights)).map(([key, value]) => [`precipitation_${key}`, value]),
  );
}
