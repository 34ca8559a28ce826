/** A histogram so fine that percentiles come out of it, in memory that does not grow with the values. */
import type { Moments } from './moments.js';
import { sortedPercentile } from './percentile.js';

/** 8 MB. Percentiles are off by half a bin at most: for values from -1 to 1, by 4.8e-7. */
const BINS = 1 << 21;

export interface ValueBins {
  low: number;
  high: number;
  /** Values beyond either end are in the first and the last. */
  counts: Uint32Array;
}

/** Empty bins; shared ones can be filled by threads, each through its own (see {@link addBins}). */
export function valueBins(
  [low, high]: readonly [low: number, high: number],
  { shared = false }: { shared?: boolean } = {},
): ValueBins {
  const counts = shared ? new Uint32Array(new SharedArrayBuffer(4 * BINS)) : new Uint32Array(BINS);
  return { low, high, counts };
}

/** Counts values into `bins`; NaN is left out. */
export function countValues({ low, high, counts }: ValueBins, values: Float64Array): void {
  const perValue = counts.length / (high - low);
  const last = counts.length - 1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    const bin = Math.floor((value - low) * perValue);
    counts[bin < 0 ? 0 : bin > last ? last : bin]!++;
  }
}

/** Adds the counts of one thread's bins to shared ones. */
export function addBins(shared: ValueBins, own: ValueBins): void {
  for (let i = 0; i < own.counts.length; i++) {
    const count = own.counts[i]!;
    if (count !== 0) Atomics.add(shared.counts, i, count);
  }
}

/** Percentiles (0 to 100) to half a bin; null for one that lies beyond the ends. */
export function binPercentiles(
  bins: ValueBins,
  { count, min, max }: Moments,
  percents: readonly number[],
): (number | null)[] {
  if (count === 0) return percents.map(() => null);
  const places = percents.map((percent) => ((count - 1) * percent) / 100);
  const ranks = [...new Set(places.flatMap((place) => [Math.floor(place), Math.ceil(place)]))];
  const values = valuesAt(bins, ranks, { min, max });
  values.set(0, min).set(count - 1, max);
  return places.map((place) => {
    const below = values.get(Math.floor(place))!;
    const above = values.get(Math.ceil(place))!;
    if (Number.isNaN(below) || Number.isNaN(above)) return null;
    return sortedPercentile(Float64Array.of(below, above), (place - Math.floor(place)) * 100);
  });
}

/** Counts in `size` equal parts of the range; values beyond it are in the first and the last. */
export function coarseCounts(bins: ValueBins, size: number): number[] {
  const coarse = Array<number>(size).fill(0);
  for (let i = 0; i < bins.counts.length; i++) {
    if (bins.counts[i] !== 0) coarse[Math.floor((i * size) / bins.counts.length)]! += bins.counts[i]!;
  }
  return coarse;
}

/** The middle of the bin that each rank (from 0, ascending values) falls into; NaN where that bin has no far end. */
function valuesAt(
  { low, high, counts }: ValueBins,
  ranks: readonly number[],
  { min, max }: { min: number; max: number },
): Map<number, number> {
  const wanted = [...ranks].sort((a, b) => a - b);
  const found = new Map<number, number>();
  const width = (high - low) / counts.length;
  let before = 0;
  let next = 0;
  for (let bin = 0; bin < counts.length && next < wanted.length; bin++) {
    before += counts[bin]!;
    while (next < wanted.length && wanted[next]! < before) {
      const open = (bin === 0 && min < low) || (bin === counts.length - 1 && max > high);
      const middle = low + (bin + 0.5) * width;
      found.set(wanted[next++]!, open ? Number.NaN : Math.max(min, Math.min(max, middle)));
    }
  }
  return found;
}
