/** Fluxes under the original's names: JSON text by the first day of a window, or by hydrological year. */
import type { Fluxes } from './water-balance.js';

/** `{"Precipitation", "RunOff", "ET"}` in mm by key; `hydrology.delta-g` reads it. */
export function seProperties(byKey: Readonly<Record<string, Fluxes>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(byKey).map(([key, { precipitation, runoff, et }]) => [
      key,
      JSON.stringify({ Precipitation: precipitation, RunOff: runoff, ET: et }),
    ]),
  );
}
