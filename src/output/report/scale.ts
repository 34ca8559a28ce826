/** Round numbers for axes, grids and scale bars. */

/** The largest of 1, 2, 5 times a power of ten that is not above `limit` (> 0). */
export function roundDown(limit: number): number {
  const power = 10 ** Math.floor(Math.log10(limit));
  const factor = [5, 2, 1].find((candidate) => candidate * power <= limit * (1 + 1e-9)) ?? 1;
  return Number((factor * power).toPrecision(6));
}

/** Round values inside `from` to `to`, at most about `wanted`. */
export function ticks(from: number, to: number, wanted: number): number[] {
  const step = roundUp((to - from) / wanted);
  const values: number[] = [];
  for (let index = Math.ceil(from / step); index * step <= to; index++)
    values.push(Number((index * step).toPrecision(9)));
  return values;
}

function roundUp(limit: number): number {
  const down = roundDown(limit);
  if (down >= limit * (1 - 1e-9)) return down;
  return roundDown(down * 2.5 + Number.EPSILON);
}

/** `200 m`, `5 km`. */
export function metresText(metres: number): string {
  return metres >= 1000 ? `${number(metres / 1000)} km` : `${number(metres)} m`;
}

/** At most three decimals, thousands apart. */
export function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
}

/** `72.65° E`. Longitudes past 180 are brought back. */
export function degreesText(degrees: number, axis: 'longitude' | 'latitude'): string {
  const value = axis === 'longitude' ? ((((degrees + 180) % 360) + 360) % 360) - 180 : degrees;
  const letter = axis === 'longitude' ? (value < 0 ? 'W' : 'E') : value < 0 ? 'S' : 'N';
  return `${Number(Math.abs(value).toFixed(5))}° ${value === 0 ? '' : letter}`.trim();
}
