/** Runoff of a watershed by window: curve numbers of every pixel, rain of every day (core-stack.md 3.4). */
import {
  curveNumber,
  dailyRunoff,
  RUNOFF_RULES,
  type RunoffRules,
  type Storages,
  slopeAdjusted,
  storagesOf,
} from '../../../geo/curve-number.js';
import type { DateWindow } from '../series/windows.js';
import type { RainDays } from './rain-days.js';

export interface RunoffOptions {
  runoffAmc3Reachable: boolean;
  runoffDenominator: RunoffRules['denominator'];
  /** `original`: each window one day longer at its beginning, and the "five days" before are the day and three before. */
  runoffDays: 'window' | 'original';
  /** Days before a day whose rain says how wet the ground is. */
  antecedentDays: number;
  /** Runoff of water, wetland and snow, which have no curve number: rain less evaporation, or none. */
  openWater: 'rain-minus-et' | 'none';
}

/** Pixels with one land cover; all arrays in one order. */
export interface RunoffPixels {
  weights: Float64Array;
  landCover: Float32Array;
  soils: Float32Array;
  slopes: Float32Array | undefined;
}

const ORIGINAL_ANTECEDENT_DAYS = 4;
/** A smaller share of the watershed is what rounding left of a neighbour's pixel. */
const SLIVER = 1e-6;

/** Days before the first window that its first days look back on. */
export function lookBackDays({ runoffDays, antecedentDays }: RunoffOptions): number {
  return runoffDays === 'original' ? ORIGINAL_ANTECEDENT_DAYS : antecedentDays;
}

/**
 * Millimetres of each window over the watershed; null where no pixel has both its classes and all of the window's rain.
 * Pixels without them are left out of the mean. `et` is the watershed's evaporation by window. Days before the first
 * one of the series count as dry.
 */
export function runoffByWindow(
  pixels: RunoffPixels,
  rain: RainDays,
  windows: readonly DateWindow[],
  et: readonly (number | null)[],
  options: RunoffOptions,
): (number | null)[] {
  const rules: RunoffRules = {
    ...RUNOFF_RULES,
    amc3Reachable: options.runoffAmc3Reachable,
    denominator: options.runoffDenominator,
  };
  const antecedent = antecedentRain(rain, options);
  const cells = Array.from({ length: rain.rain.length / rain.days }, (_, cell) =>
    cellRain(rain, cell, windows, options),
  );
  const sums = new Float64Array(windows.length);
  const weights = new Float64Array(windows.length);
  for (let i = 0; i < pixels.weights.length; i++) {
    const cell = cells[rain.cellOf[i]!];
    const cn2 = curveNumber(pixels.landCover[i]!, pixels.soils[i]!);
    const weight = pixels.weights[i]!;
    if (cell === undefined || cn2 === undefined) continue;
    if (cn2 === 0) {
      addOpenWater(cell, weight, et, options, { sums, weights });
      continue;
    }
    for (let w = 0; w < windows.length; w++) if (!Number.isNaN(cell.totals[w]!)) weights[w]! += weight;
    addLand(cell, weight, storagesOf(adjusted(cn2, pixels.slopes?.[i])), { rain, antecedent, rules, sums });
  }
  return windows.map((_, w) => (weights[w]! <= SLIVER ? null : sums[w]! / weights[w]!));
}

/** What one cell of the rain grid had. */
interface CellRain {
  /** Rain of each window, NaN where a day is missing. */
  totals: Float64Array;
  /** Days with rain in windows without a missing day, as positions in the array of rain. */
  wetDays: Int32Array;
  /** Where the windows of each of these days begin in `windows`; one more entry than days. */
  starts: Int32Array;
  windows: Int32Array;
}

function cellRain(
  { from: origin, rain, days }: RainDays,
  cell: number,
  windows: readonly DateWindow[],
  { runoffDays }: RunoffOptions,
): CellRain {
  const totals = new Float64Array(windows.length);
  const byDay = new Map<number, number[]>();
  for (const [w, { from, to }] of windows.entries()) {
    const first = Math.max(0, from - origin - (runoffDays === 'original' ? 1 : 0));
    for (let day = first; day < to - origin; day++) {
      totals[w]! += day < days ? rain[cell * days + day]! : Number.NaN;
    }
    if (Number.isNaN(totals[w]!)) continue;
    for (let day = first; day < to - origin; day++) {
      const at = cell * days + day;
      if (rain[at]! > 0) byDay.set(at, [...(byDay.get(at) ?? []), w]);
    }
  }
  const starts = new Int32Array(byDay.size + 1);
  for (const [day, own] of [...byDay.values()].entries()) starts[day + 1] = starts[day]! + own.length;
  return {
    totals,
    wetDays: Int32Array.from(byDay.keys()),
    starts,
    windows: Int32Array.from([...byDay.values()].flat()),
  };
}

/** A day's runoff belongs to every window that it is in. */
function addLand(
  { wetDays, starts, windows }: CellRain,
  weight: number,
  storages: Storages,
  {
    rain,
    antecedent,
    rules,
    sums,
  }: { rain: RainDays; antecedent: Float32Array; rules: RunoffRules; sums: Float64Array },
): void {
  for (let day = 0; day < wetDays.length; day++) {
    const at = wetDays[day]!;
    const runoff = dailyRunoff(rain.rain[at]!, antecedent[at]!, storages, rules);
    if (runoff === 0) continue;
    for (let i = starts[day]!; i < starts[day + 1]!; i++) sums[windows[i]!]! += weight * runoff;
  }
}

function addOpenWater(
  { totals }: CellRain,
  weight: number,
  et: readonly (number | null)[],
  options: RunoffOptions,
  { sums, weights }: { sums: Float64Array; weights: Float64Array },
): void {
  for (let w = 0; w < totals.length; w++) {
    const runoff = Number.isNaN(totals[w]!) ? null : openWaterRunoff(totals[w]!, et[w] ?? null, options);
    if (runoff === null) continue;
    sums[w]! += weight * runoff;
    weights[w]! += weight;
  }
}

function openWaterRunoff(rain: number, et: number | null, { openWater }: RunoffOptions): number | null {
  if (openWater === 'none') return 0;
  return et === null ? null : Math.max(0, rain - et);
}

/** Rain of the days before each day; of the original's rule, of the day and the three before it. */
function antecedentRain({ rain, days }: RainDays, options: RunoffOptions): Float32Array {
  const isOriginal = options.runoffDays === 'original';
  const from = isOriginal ? 1 - ORIGINAL_ANTECEDENT_DAYS : -options.antecedentDays;
  const to = isOriginal ? 0 : -1;
  const sums = new Float32Array(rain.length);
  for (let at = 0; at < rain.length; at++) {
    const day = at % days;
    let sum = 0;
    for (let back = Math.max(from, -day); back <= to; back++) sum += rain[at + back]! || 0;
    sums[at] = sum;
  }
  return sums;
}

/** Without an elevation the table's curve number is taken as it is. */
function adjusted(cn2: number, slope: number | undefined): number {
  return slope === undefined || Number.isNaN(slope) ? cn2 : slopeAdjusted(cn2, slope);
}
