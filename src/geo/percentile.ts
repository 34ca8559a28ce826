/** Percentiles of values that may count in part. */

/** Values gathered one by one: those that count wholly take 8 bytes each. */
export class WeightedValues {
  #whole = new Float64Array(256);
  #length = 0;
  readonly #parts: { value: number; weight: number }[] = [];

  add(value: number): void {
    if (this.#length === this.#whole.length) {
      const larger = new Float64Array(this.#whole.length * 2);
      larger.set(this.#whole);
      this.#whole = larger;
    }
    this.#whole[this.#length++] = value;
  }

  /** @param weight above 0 */
  addWeighted(value: number, weight: number): void {
    this.#parts.push({ value, weight });
  }

  /** Ascending; `weights` are absent when each counts wholly. */
  sorted(): { values: Float64Array; weights: Float64Array | undefined } {
    const whole = this.#whole.subarray(0, this.#length).sort();
    if (this.#parts.length === 0) return { values: whole, weights: undefined };
    const parts = [...this.#parts].sort((a, b) => a.value - b.value);
    const values = new Float64Array(whole.length + parts.length);
    const weights = new Float64Array(values.length).fill(1);
    for (let i = 0, w = 0, p = 0; i < values.length; i++) {
      const part = parts[p];
      if (part !== undefined && (w === whole.length || part.value < whole[w]!)) {
        values[i] = part.value;
        weights[i] = part.weight;
        p++;
      } else values[i] = whole[w++]!;
    }
    return { values, weights };
  }
}

/**
 * Percentiles (0 to 100), linear between values: a value stands at the weight before it over the weight but its own, so
 * that equal weights give numpy's `linear`. Null without values.
 */
export function weightedPercentiles(
  gathered: WeightedValues,
  percents: readonly number[],
): (number | null)[] {
  const { values, weights } = gathered.sorted();
  if (values.length === 0) return percents.map(() => null);
  if (weights === undefined) return percents.map((percent) => sortedPercentile(values, percent));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const places = new Float64Array(values.length);
  for (let i = 0, before = 0; i < values.length; i++) {
    places[i] = values.length === 1 ? 0 : before / (total - weights[i]!);
    before += weights[i]!;
  }
  return percents.map((percent) => valueAt(places, values, percent / 100));
}

/** Of ascending values, as numpy's `linear`. */
export function sortedPercentile(values: Float64Array, percent: number): number {
  const place = ((values.length - 1) * percent) / 100;
  const below = Math.floor(place);
  const above = Math.min(below + 1, values.length - 1);
  return values[below]! + (place - below) * (values[above]! - values[below]!);
}

/** Linear between ascending places. */
function valueAt(places: Float64Array, values: Float64Array, place: number): number {
  let low = 0;
  let high = places.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (places[middle]! <= place) low = middle;
    else high = middle;
  }
  const span = places[high]! - places[low]!;
  const share = span > 0 ? Math.min(1, Math.max(0, (place - places[low]!) / span)) : 0;
  return values[low]! + share * (values[high]! - values[low]!);
}
