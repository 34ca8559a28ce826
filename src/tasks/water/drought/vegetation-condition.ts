/**
 * Vegetation condition index: how green and how moist the crops are between the worst and the best that the same weeks
 * of other years were (Kogan 1995; core-stack.md 3.9, point 3).
 */
import type { DataSource } from '../../../core/task.js';
import type { Polygon } from '../../../geo/polygon.js';
import type { YearlyLulc } from '../kept-lulc.js';
import { type Day, inYear, partsOf } from '../series/calendar.js';
import type { Span } from '../series/file-dates.js';
import type { PolygonPixels } from '../series/polygon-pixels.js';
import { openRasterSeries, type RasterSeries } from '../series/raster-series.js';
import { kharifPixels } from './crop-mask.js';

/** Weeks of one year, and how long the windows that begin with them are. */
export interface YearWeeks {
  year: number;
  starts: readonly Day[];
  days: number;
}

interface Place {
  polygon: Polygon;
  lulc: YearlyLulc | null;
  identity: string;
}

const PERCENT = 100;
/** Of sums and days of one pixel's composite. */
const COMPOSITE_BYTES = 8;
const MAX_COMPOSITE_BYTES = 96 * 1024 * 1024;

/**
 * Means over the kharif-cropped pixels of the lowest of what the indices say, 0 to 100, week by week of a year; null
 * where nothing is known, or where all years were the same. Indices on one grid are compared pixel by pixel, on different
 * grids by their means.
 * @throws {InputError} as openRasterSeries does
 */
export async function vegetationCondition(
  sources: readonly DataSource[],
  place: Place,
  weeks: YearWeeks,
): Promise<(number | null)[]> {
  const opened: RasterSeries[] = [];
  for (const source of sources) opened.push(await openRasterSeries(source, place.identity));
  const means: (number | null)[][] = [];
  for (const group of byGrid(opened)) means.push(await groupMeans(group, place, weeks));
  return weeks.starts.map((_, week) => {
    const known = means.flatMap((group) => group[week] ?? []);
    return known.length < means.length || known.length === 0 ? null : Math.min(...known);
  });
}

function byGrid(series: readonly RasterSeries[]): RasterSeries[][] {
  const groups = new Map<string, RasterSeries[]>();
  for (const one of series) {
    const { affine, crs, width, height } = one.first;
    const key = JSON.stringify([affine, crs.definition, width, height]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

/** Goes over the polygon in bands of rows, so that memory does not grow with it. */
async function groupMeans(
  group: readonly RasterSeries[],
  { polygon, lulc }: Place,
  weeks: YearWeeks,
): Promise<(number | null)[]> {
  const { first } = group[0]!;
  const sums = weeks.starts.map(() => ({ sum: 0, areaM2: 0 }));
  const pixels = group[0]!.pixelsOf(polygon, 'exact');
  if (pixels === null) return weeks.starts.map(() => null);
  const spans: Span[][][] = [];
  for (const series of group) spans.push(yearlySpans(weeks, await series.extent()));
  for (const band of bandsOf(await kharifPixels(lulc, weeks.year, first, pixels), spans)) {
    const perIndex: Float32Array[][] = [];
    for (const [s, series] of group.entries())
      perIndex.push(await conditionOf(series, band, spans[s]!, weeks.year));
    weeks.starts.forEach((_, week) => {
      addLowest(
        sums[week]!,
        perIndex.map((index) => index[week]!),
        band.areasM2,
      );
    });
  }
  return sums.map(({ sum, areaM2 }) => (areaM2 === 0 ? null : (sum / areaM2) * PERCENT));
}

function* bandsOf(
  { window, areasM2, beyondEdge }: PolygonPixels,
  spans: readonly Span[][][],
): Generator<PolygonPixels> {
  const composites = spans.flat(2).length;
  const rows = Math.max(
    1,
    Math.floor(MAX_COMPOSITE_BYTES / (composites * COMPOSITE_BYTES + 1) / window.width),
  );
  for (let row = 0; row < window.height; row += rows) {
    const height = Math.min(rows, window.height - row);
    yield {
      window: { ...window, row: window.row + row, height },
      areasM2: areasM2.subarray(row * window.width, (row + height) * window.width),
      beyondEdge,
    };
  }
}

/** The window of each week in every year of a series up to this one. */
function yearlySpans({ year, starts, days }: YearWeeks, extent: Span): Span[][] {
  const first = partsOf(extent.from).year;
  return starts.map((start) => {
    const spans: Span[] = [];
    for (let other = first; other <= year; other++) {
      const from = inYear(start, other);
      if (from < extent.to && from + days > extent.from) spans.push({ from, to: from + days });
    }
    return spans;
  });
}

/** Week by week, where each pixel lies between its least and its most, 0 to 1; NaN where that is not known. */
async function conditionOf(
  series: RasterSeries,
  { window, areasM2 }: PolygonPixels,
  weeks: readonly Span[][],
  year: number,
): Promise<Float32Array[]> {
  const size = areasM2.length;
  const composites = weeks.map((spans) =>
    spans.map((span) => ({ span, sum: new Float32Array(size), days: new Float32Array(size) })),
  );
  const all = composites.flat();
  const between = {
    from: all.reduce((least, { span }) => Math.min(least, span.from), Infinity),
    to: all.reduce((most, { span }) => Math.max(most, span.to), -Infinity),
  };
  if (all.length > 0) {
    for await (const { span, values } of series.read(window, between)) {
      for (const composite of all) addShared(composite, span, values);
    }
  }
  return composites.map((ofWeek) => {
    const current = ofWeek.find(({ span }) => partsOf(span.from).year === year);
    return current === undefined ? new Float32Array(size).fill(Number.NaN) : scaledBetween(ofWeek, current);
  });
}

interface Composite {
  span: Span;
  sum: Float32Array;
  days: Float32Array;
}

function addShared({ span, sum, days }: Composite, of: Span, values: Float32Array): void {
  const shared = Math.min(of.to, span.to) - Math.max(of.from, span.from);
  if (shared <= 0) return;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]!)) continue;
    sum[i]! += values[i]! * shared;
    days[i]! += shared;
  }
}

function scaledBetween(composites: readonly Composite[], current: Composite): Float32Array {
  return current.sum.map((total, i) => {
    let [least, most] = [Infinity, -Infinity];
    for (const { sum, days } of composites) {
      if (days[i] === 0) continue;
      least = Math.min(least, sum[i]! / days[i]!);
      most = Math.max(most, sum[i]! / days[i]!);
    }
    return current.days[i] === 0 || most <= least
      ? Number.NaN
      : (total / current.days[i]! - least) / (most - least);
  });
}

function addLowest(
  into: { sum: number; areaM2: number },
  indices: readonly Float32Array[],
  areasM2: Float64Array,
): void {
  for (let i = 0; i < areasM2.length; i++) {
    const area = areasM2[i]!;
    const lowest = Math.min(...indices.map((index) => index[i]!));
    if (area === 0 || Number.isNaN(lowest)) continue;
    into.sum += lowest * area;
    into.areaM2 += area;
  }
}
