/** Specific yield of principal aquifers: the survey's texts as fractions (core-stack.md 3.7). */

/** As the layer `principalAquifer` spells them in `yeild__`; case and the spaces around hyphens do not matter. */
const FRACTIONS: readonly (readonly [fraction: number, texts: readonly string[]])[] = [
  [0.01, ['Upto 1%']],
  [0.012, ['Upto 1.2%']],
  [0.015, ['1-1.5%', 'Upto 1.5%', 'Up to 1.5%']],
  [0.02, ['Upto 2%', '1-2%', '1.5-2%']],
  [0.025, ['Upto 2.5%', '1-2.5', '1-2.5%']],
  [0.03, ['Upto 3%', 'Upto 3 %', '2-3%']],
  [0.035, ['Upto 3.5%', 'Upto -3.5%']],
  [0.04, ['Upto 4%']],
  [0.05, ['Upto 5%', 'Upto 5-2%']],
  [0.06, ['Upto 6%']],
  [0.08, ['6 - 8%', 'Upto 8%', '0.08']],
  [0.09, ['Upto 9%']],
  [0.1, ['6 - 10%', '8 - 10%']],
  [0.12, ['6 - 12%', '8 - 12%']],
  [0.15, ['6 - 15%', '8 - 15%', 'Upto 15%']],
  [0.16, ['6 - 16%', '8 - 16%']],
  [0.18, ['8 - 18%']],
  [0.2, ['8 - 20%']],
];
/** Texts of aquifers whose yield nobody gave: they are left out, which the average counts as no yield. */
const UNKNOWN = ['', '-', 'Not Explored'];

const BY_TEXT = new Map(
  FRACTIONS.flatMap(([fraction, texts]) => texts.map((text) => [folded(text), fraction] as const)),
);
const WITHOUT = new Set(UNKNOWN.map(folded));

/**
 * The fraction of a text or number, null for an aquifer without one, undefined for a text that the table lacks.
 * Numbers up to 1 are fractions already.
 */
export function specificYield(value: unknown): number | null | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return value >= 0 && value <= 1 ? value : undefined;
  const text = folded(String(value));
  return WITHOUT.has(text) ? null : BY_TEXT.get(text);
}

/**
 * `weighted_a`: yields weighted by their share of the watershed's area. What no aquifer covers counts as no yield, as in
 * the original.
 */
export function weightedYield(
  parts: readonly { areaM2: number; fraction: number }[],
  watershedM2: number,
): number {
  return parts.reduce((sum, { areaM2, fraction }) => sum + (areaM2 / watershedM2) * fraction, 0);
}

function folded(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/\s*-\s*/g, '-')
    .replace(/\s+%/g, '%');
}
