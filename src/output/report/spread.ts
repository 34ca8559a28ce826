/**
 * How numbers are spread, exactly counted, in memory that does not grow with them: counts in cells whose width grows
 * tenfold when there are too many.
 */
const MAX_CELLS = 20_000;
/** Widths of bars that people read easily, as multiples of a power of ten. */
const NICE = [1, 2, 5, 10];

export interface Bar {
  from: number;
  /** Exclusive. */
  to: number;
  count: number;
}

export class Spread {
  #exponent: number;
  #cells = new Map<number, number>();
  count = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;

  /** `10 ** exponent` is the finest width told apart. */
  constructor(exponent: number) {
    this.#exponent = exponent;
  }

  /** Anything but a finite number is not counted. */
  add(value: unknown): void {
    if (typeof value !== 'number' || !Number.isFinite(value)) return;
    this.count += 1;
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
    const cell = Math.floor(value / 10 ** this.#exponent + 1e-9);
    this.#cells.set(cell, (this.#cells.get(cell) ?? 0) + 1);
    if (this.#cells.size > MAX_CELLS) this.#widen();
  }

  /** The value that a share `q` (0 to 1) of the numbers does not exceed, to the width of a cell. */
  quantile(q: number): number {
    let left = Math.max(1, Math.ceil(q * this.count));
    for (const [cell, count] of [...this.#cells].sort(([a], [b]) => a - b)) {
      left -= count;
      if (left <= 0) return Math.min(this.max, Math.max(this.min, cell * 10 ** this.#exponent));
    }
    return this.max;
  }

  /** At most about `wanted` bars of one round width that cover every number; empty when there is none. */
  bars(wanted: number): Bar[] {
    if (this.count === 0) return [];
    const width = this.#barWidth(wanted);
    const first = Math.floor(this.min / width + 1e-9);
    const last = Math.floor(this.max / width + 1e-9);
    const bars = Array.from({ length: last - first + 1 }, (_, index) => ({
      from: tidy((first + index) * width),
      to: tidy((first + index + 1) * width),
      count: 0,
    }));
    for (const [cell, count] of this.#cells) {
      const index = Math.floor((cell * 10 ** this.#exponent) / width + 1e-6) - first;
      const bar = bars[Math.min(bars.length - 1, Math.max(0, index))];
      if (bar !== undefined) bar.count += count;
    }
    return bars;
  }

  #barWidth(wanted: number): number {
    const finest = 10 ** this.#exponent;
    const rough = Math.max(finest, (this.max - this.min) / wanted);
    const power = 10 ** Math.floor(Math.log10(rough));
    return tidy(power * (NICE.find((factor) => power * factor >= rough * 0.999) ?? 10));
  }

  #widen(): void {
    const wider = new Map<number, number>();
    for (const [cell, count] of this.#cells) {
      const merged = Math.floor(cell / 10);
      wider.set(merged, (wider.get(merged) ?? 0) + count);
    }
    this.#cells = wider;
    this.#exponent += 1;
  }
}

/** Without the last digits that binary fractions leave. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
