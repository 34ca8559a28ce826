/** Sizes as people write them: `512KB`, `20MB`, `4 GB`; `MiB` and its like are powers of 1024. */

export const SIZE_PATTERN = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?$/i;

const POWER: Record<string, number> = { '': 0, K: 1, M: 2, G: 3, T: 4 };

/** Bytes in `text`, a number of bytes or a size matching {@link SIZE_PATTERN}. `undefined` when it is not a size. */
export function parseSize(text: string): number | undefined {
  const match = SIZE_PATTERN.exec(text.trim());
  if (match === null) return undefined;
  const [, amount = '', unit = '', binary = ''] = match;
  return Math.round(Number(amount) * (binary === '' ? 1000 : 1024) ** POWER[unit.toUpperCase()]!);
}
