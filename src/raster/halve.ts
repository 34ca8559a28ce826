/** One step of an overview pyramid: 2 x 2 samples become one. */
import type { Samples } from './nodata.js';

/**
 * `mode`: the class that most of the four have, the first of them in reading order where several do.
 * `mean`: of those with a value, rounded for integers. `nearest`: the upper left one.
 * Nodata has no vote; where all four have none, the result has none. Steps build on each other, as GDAL's do: a level's
 * mean is of the means below it, each with the same weight however many samples it stands for.
 */
export type OverviewRule = 'mode' | 'mean' | 'nearest';

export interface HalveRequest {
  /** Row by row. */
  samples: Samples;
  width: number;
  height: number;
  rule: OverviewRule;
  /** As stored in the samples' type; NaN never counts as a value. */
  nodata: number | undefined;
}

/** Samples of ceil(width / 2) x ceil(height / 2); an odd last column or row stands for itself. */
export function halve({ samples, width, height, rule, nodata = Number.NaN }: HalveRequest): Samples {
  const [columns, rows] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const halved = new (samples.constructor as new (length: number) => Samples)(columns * rows);
  const halveRow = HALVE_ROW[rule];
  for (let row = 0; row < rows; row++) {
    const upper = 2 * row * width;
    const lower = 2 * row + 1 < height ? upper + width : upper;
    halveRow(samples, { upper, lower, width, nodata }, halved, row * columns);
  }
  return halved;
}

interface RowPair {
  upper: number;
  lower: number;
  width: number;
  nodata: number;
}

const HALVE_ROW = { mode: modeRow, mean: meanRow, nearest: nearestRow };

function modeRow(
  samples: Samples,
  { upper, lower, width, nodata }: RowPair,
  halved: Samples,
  to: number,
): void {
  for (let left = 0; left < width; left += 2) {
    const right = left + 1 < width ? left + 1 : left;
    const a = samples[upper + left]!;
    const b = samples[upper + right]!;
    const c = samples[lower + left]!;
    const d = samples[lower + right]!;
    halved[to++] = a === b && b === c && c === d ? a : mostFrequent(a, b, c, d, nodata);
  }
}

function mostFrequent(a: number, b: number, c: number, d: number, nodata: number): number {
  let most = nodata;
  let votes = 0;
  if (isValue(a, nodata)) {
    most = a;
    votes = 1 + Number(b === a) + Number(c === a) + Number(d === a);
  }
  const forB = 1 + Number(c === b) + Number(d === b);
  if (forB > votes && isValue(b, nodata)) {
    most = b;
    votes = forB;
  }
  const forC = 1 + Number(d === c);
  if (forC > votes && isValue(c, nodata)) {
    most = c;
    votes = forC;
  }
  return votes === 0 && isValue(d, nodata) ? d : most;
}

function meanRow(
  samples: Samples,
  { upper, lower, width, nodata }: RowPair,
  halved: Samples,
  to: number,
): void {
  const isWhole = !(samples instanceof Float32Array || samples instanceof Float64Array);
  for (let left = 0; left < width; left += 2) {
    const right = left + 1 < width ? left + 1 : left;
    const a = samples[upper + left]!;
    const b = samples[upper + right]!;
    const c = samples[lower + left]!;
    const d = samples[lower + right]!;
    let sum = 0;
    let count = 0;
    if (isValue(a, nodata)) {
      sum += a;
      count++;
    }
    if (isValue(b, nodata)) {
      sum += b;
      count++;
    }
    if (isValue(c, nodata)) {
      sum += c;
      count++;
    }
    if (isValue(d, nodata)) {
      sum += d;
      count++;
    }
    halved[to++] = count === 0 ? nodata : isWhole ? wholeMean(sum / count, nodata) : sum / count;
  }
}

/** A mean that happens to be the nodata value moves one up or down: there was something measured. */
function wholeMean(mean: number, nodata: number): number {
  const rounded = Math.floor(mean + 0.5);
  if (rounded !== nodata) return rounded;
  return mean < nodata ? nodata - 1 : nodata + 1;
}

function nearestRow(samples: Samples, { upper, width }: RowPair, halved: Samples, to: number): void {
  for (let left = 0; left < width; left += 2) halved[to++] = samples[upper + left]!;
}

function isValue(sample: number, nodata: number): boolean {
  return sample !== nodata && !Number.isNaN(sample);
}
