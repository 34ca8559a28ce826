/** The vertical water balance of a watershed (core-stack.md 3.6 and 3.7): ΔG = P - Q - ET, its running sum, and depths in wells. */

/** Millimetres over one window; null where it was not measured. */
export interface Fluxes {
  precipitation: number | null;
  runoff: number | null;
  et: number | null;
}

export interface BalanceYear {
  /** P - Q - ET in millimetres; null when one of them is missing. */
  deltaG: number | null;
  /** Running sum of ΔG in millimetres; null from the first missing window on. */
  g: number | null;
  /** ΔG over specific yield in metres; 0 where the yield is 0; null when either is unknown. */
  wellDepth: number | null;
}

/** Years that a net value adds up. */
const NET_YEARS = 5;
const MM_PER_M = 1000;

/**
 * The balance of consecutive windows; `undefined` stands for a window that the series lacks.
 * `specificYield` is a fraction (0.02), null when unknown.
 */
export function waterBalance(
  windows: readonly (Fluxes | undefined)[],
  specificYield: number | null,
): BalanceYear[] {
  let g: number | null = 0;
  return windows.map((fluxes) => {
    const deltaG = fluxes === undefined ? null : deltaOf(fluxes);
    g = g === null || deltaG === null ? null : g + deltaG;
    return { deltaG, g, wellDepth: wellDepthM(deltaG, specificYield) };
  });
}

/** ΔG of a window in millimetres. */
function deltaOf({ precipitation, runoff, et }: Fluxes): number | null {
  return precipitation === null || runoff === null || et === null ? null : precipitation - runoff - et;
}

/** Metres that the water in wells rises or falls when the ground takes `deltaG` millimetres. */
function wellDepthM(deltaG: number | null, specificYield: number | null): number | null {
  if (deltaG === null || specificYield === null) return null;
  return specificYield === 0 ? 0 : deltaG / (specificYield * MM_PER_M);
}

/**
 * `Net<YYYY>_<yy>`: the sum of five consecutive years' well depths, for every year that four others follow; null where
 * one of the five is missing. `wellDepths` begins with `startYear` and has no holes.
 */
export function netValues(
  startYear: number,
  wellDepths: readonly (number | null)[],
): Record<string, number | null> {
  const nets: Record<string, number | null> = {};
  for (let i = 0; i + NET_YEARS <= wellDepths.length; i++) {
    const name = `Net${startYear + i}_${String((startYear + i + NET_YEARS) % 100).padStart(2, '0')}`;
    nets[name] = wellDepths
      .slice(i, i + NET_YEARS)
      .reduce((sum, depth) => (sum === null || depth === null ? null : sum + depth), 0);
  }
  return nets;
}
