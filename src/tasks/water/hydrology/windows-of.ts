/** The windows that a batch's options ask for. */
import { annualWindows, type DateWindow, fortnightWindows } from '../series/windows.js';
import type { HydrologyOptions } from './hydrology-options.js';
import type { PreparedHydrology } from './prepare-hydrology.js';

export interface StepWindows {
  fortnight: DateWindow[];
  annual: DateWindow[];
}

/** Empty where the options leave a step out, or nothing says which years. */
export function windowsOf(
  { period }: PreparedHydrology,
  { step, years }: Pick<HydrologyOptions, 'step' | 'years'>,
): StepWindows {
  if (period === null) return { fortnight: [], annual: [] };
  return {
    fortnight: step === 'annual' ? [] : fortnightWindows(period.start, period.end),
    annual: step === 'fortnight' ? [] : annualWindows(period.start, period.end, years),
  };
}
