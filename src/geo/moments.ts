/** Count, mean, spread and extremes of values that come in pieces (Chan, Golub & LeVeque 1983). */

export interface Moments {
  count: number;
  /** 0 without values. */
  mean: number;
  /** Sum of squared distances from the mean. */
  squares: number;
  /** Infinite without values. */
  min: number;
  max: number;
}

export const NO_MOMENTS: Moments = Object.freeze({
  count: 0,
  mean: 0,
  squares: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
});

/** Of the values that are not NaN. */
export function momentsOf(values: Float64Array): Moments {
  const first = values.find((value) => !Number.isNaN(value));
  if (first === undefined) return NO_MOMENTS;
  let count = 0;
  let sum = 0;
  let squares = 0;
  let min = first;
  let max = first;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    const fromFirst = value - first;
    count++;
    sum += fromFirst;
    squares += fromFirst * fromFirst;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { count, mean: first + sum / count, squares: Math.max(0, squares - (sum * sum) / count), min, max };
}

export function joinMoments(a: Moments, b: Moments): Moments {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  const apart = b.mean - a.mean;
  return {
    count,
    mean: a.mean + (apart * b.count) / count,
    squares: a.squares + b.squares + (apart * apart * a.count * b.count) / count,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  };
}

/** Standard deviation of the population. */
export function deviation({ count, squares }: Moments): number {
  return Math.sqrt(squares / count);
}
