/** Which values a ramp of colours spans, and where in it a value lies. */
import type { ByRamp } from '../../core/report-section.js';

export interface ValueRange {
  min: number;
  max: number;
  /** 0 to 1, beyond the range 0 or 1. */
  shareOf(value: number): number;
}

const LEAST_SHARE = 0.02;
const MOST_SHARE = 0.98;

/** The range a paint declares, else the 2nd to the 98th percentile of `values`; those that are not finite do not count. */
export function valueRange(paint: ByRamp, values: ArrayLike<number>): ValueRange {
  const log = paint.scale === 'log';
  const sorted = Float64Array.from(values).filter((value) => Number.isFinite(value) && (!log || value > 0));
  sorted.sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const min = paint.min ?? at(LEAST_SHARE);
  const max = paint.max ?? Math.max(min, at(MOST_SHARE));
  const place = log
    ? (value: number) => Math.log(Math.max(value, Number.MIN_VALUE))
    : (value: number) => value;
  const span = place(max) - place(min);
  return {
    min,
    max,
    shareOf: (value) => (span > 0 ? Math.min(1, Math.max(0, (place(value) - place(min)) / span)) : 0.5),
  };
}
