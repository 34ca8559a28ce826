/** The drought years of one watershed, from its rain, crops and vegetation (core-stack.md 3.9). */
import type { DataSource } from '../../../core/task.js';
import { polygonBounds } from '../../../geo/polygon.js';
import { classAreas } from '../class-areas.js';
import { type YearlyLulc, yearlyLulc } from '../kept-lulc.js';
import { type Day, dayOf, partsOf } from '../series/calendar.js';
import { extentOf, isTable, valuesOf, type Watershed } from '../series/dated-values.js';
import { openRasterSeries, zonalValues } from '../series/raster-series.js';
import { dailyShares, sumsByWindow } from '../series/window-values.js';
import { KHARIF_CLASSES, kharifPixels } from './crop-mask.js';
import { type ClassRules, droughtClass, type WeekIndices } from './drought-class.js';
import type { DroughtYear } from './drought-properties.js';
import { type DailyRain, monsoonOnset, onsetFromText, onsetPercentile, weekStarts } from './monsoon.js';
import { type RainRules, rainIndices, windowDays } from './rain-indices.js';
import { vegetationCondition, type YearWeeks } from './vegetation-condition.js';
import { longestDrySpellWeeks, weeklyLabels } from './week-labels.js';

export interface DroughtOptions extends RainRules, ClassRules {
  startYear?: number | undefined;
  endYear?: number | undefined;
  /** `06-20`, of every year; without it the rain says when the monsoon comes. */
  monsoonOnset?: string | undefined;
  /** Percentile of weekly rain that begins the monsoon; without it that of the region. */
  monsoonPercentile?: number | undefined;
}

export interface Drought {
  years: DroughtYear[];
  /** What every week was found to be, by year. */
  weeks: Map<number, (WeekIndices & { from: Day })[]>;
  /** What was not known, once for each reason. */
  notes: string[];
}

type Sources = Readonly<Record<string, DataSource | undefined>>;

interface Place extends Watershed {
  lulc: YearlyLulc | null;
  identity: string;
}

const M2_PER_KM2 = 1_000_000;
const LAST_WINDOW = { month: 10, date: 31 };

/**
 * Years from the first to the last with land use and rain, or with rain alone where there is no land use; those asked
 * for with `startYear` and `endYear`. Needs `precipitation` by the day; what else is missing is left out, with a note.
 * @throws {InputError} when a file cannot be read
 */
export async function droughtOf(
  sources: Sources,
  watershed: Watershed,
  { options, identity }: { options: DroughtOptions; identity: string },
): Promise<Drought> {
  const notes = new Set<string>();
  for (const name of ['lulc', 'ndvi', 'ndwi', 'et', 'pet']) {
    if (sources[name] === undefined) notes.add(`no data.${name}`);
  }
  const lulc = await yearlyLulc(sources.lulc, identity);
  const rain = await dailyRain(sources.precipitation, watershed, identity);
  if (rain === null) return { years: [], weeks: new Map(), notes: [...notes, 'no rain values'] };
  const place: Place = { ...watershed, lulc, identity };
  const years = yearsOf(rain, lulc, options);
  const crops = await kharifArea(place, years);
  const found: DroughtYear[] = [];
  const weeks: Drought['weeks'] = new Map();
  for (const year of years) {
    const onset = onsetOf(rain, watershed, year, options);
    if (onset === null) continue;
    const starts = weekStarts(onset, year);
    const indices = await weekIndices(
      sources,
      place,
      rain,
      { year, starts, days: windowDays(options) },
      {
        options,
        pas: crops.get(year)?.percent ?? null,
      },
    );
    weeks.set(year, indices);
    if (indices.some(({ rainDeviation }) => rainDeviation === null)) {
      notes.add(`rain of ${year} or of the years it is compared with is missing`);
    }
    found.push(yearOf(year, onset, indices, options, crops.get(year)));
  }
  return { years: found, weeks, notes: [...notes] };
}

function yearOf(
  year: number,
  onset: Day,
  indices: readonly (WeekIndices & { from: Day })[],
  options: DroughtOptions,
  crops: { km2: number; percent: number | null } | undefined,
): DroughtYear {
  const spells = indices.map(({ drySpell }) => drySpell);
  return {
    year,
    labels: weeklyLabels(indices.map((week) => droughtClass(week, options))),
    drySpellWeeks: spells.includes(null) ? null : longestDrySpellWeeks(spells),
    onset: plainDate(onset),
    kharifKm2: crops?.km2 ?? null,
    kharifPercent: crops?.percent ?? null,
    rainDeviations: Object.fromEntries(
      indices.map(({ from, rainDeviation }) => [`rd${plainDate(from).slice(2)}`, rainDeviation]),
    ),
  };
}

async function weekIndices(
  sources: Sources,
  place: Place,
  rain: DailyRain,
  weeks: YearWeeks,
  { options, pas }: { options: DroughtOptions; pas: number | null },
): Promise<(WeekIndices & { from: Day })[]> {
  const greenness = [sources.ndvi, sources.ndwi].flatMap((source) =>
    source === undefined || isTable(source) ? [] : source,
  );
  const vci =
    greenness.length === 0
      ? weeks.starts.map(() => null)
      : await vegetationCondition(greenness, place, weeks);
  const mai = await moistureAdequacy(sources, place, weeks);
  return weeks.starts.map((from, week) => ({
    from,
    ...rainIndices(rain, from, options),
    vci: vci[week]!,
    mai: mai[week]!,
    pas,
  }));
}

/** 100 ET / PET of each week's window, over the pixels cropped in kharif; null where either is missing. */
async function moistureAdequacy(
  sources: Sources,
  place: Place,
  weeks: YearWeeks,
): Promise<(number | null)[]> {
  const sums = [];
  for (const source of [sources.et, sources.pet]) {
    if (source === undefined) return weeks.starts.map(() => null);
    sums.push(await croppedSums(source, place, weeks));
  }
  const [et, pet] = sums as [(number | null)[], (number | null)[]];
  return weeks.starts.map((_, week) => {
    const [actual, potential] = [et[week]!, pet[week]!];
    return actual === null || potential === null || potential <= 0 ? null : (100 * actual) / potential;
  });
}

async function croppedSums(
  source: DataSource,
  place: Place,
  { year, starts, days }: YearWeeks,
): Promise<(number | null)[]> {
  const windows = starts.map((from) => ({ key: '', from, to: from + days }));
  const between = { from: starts[0] ?? 0, to: (starts.at(-1) ?? 0) + days };
  if (isTable(source)) return sumsByWindow(await valuesOf(source, place, between, place), windows);
  const series = await openRasterSeries(source, place.identity);
  const pixels = series.pixelsOf(place.polygon, 'exact');
  if (pixels === null) return starts.map(() => null);
  const cropped = await kharifPixels(place.lulc, year, series.first, pixels);
  return sumsByWindow(await zonalValues(series, cropped, between), windows);
}

/** Kharif-cropped land of each year, and what share it is of all land cropped so in any year up to then. */
async function kharifArea(
  { lulc, polygon }: Place,
  years: readonly number[],
): Promise<Map<number, { km2: number; percent: number | null }>> {
  const areas =
    lulc === null ? null : await classAreas(lulc.rasters, polygon, { rule: 'centre', union: KHARIF_CLASSES });
  const byYear = new Map<number, { km2: number; percent: number | null }>();
  for (const year of areas === null ? [] : years) {
    const index = lulc!.years.indexOf(year);
    if (index < 0) continue;
    const m2 = KHARIF_CLASSES.reduce((sum, value) => sum + (areas!.byRaster[index]!.get(value) ?? 0), 0);
    const ever = areas!.unionUpToM2[index]!;
    byYear.set(year, { km2: m2 / M2_PER_KM2, percent: ever === 0 ? null : (100 * m2) / ever });
  }
  return byYear;
}

/** All rain that there is, day by day; null when there is none for this watershed. */
async function dailyRain(
  source: DataSource | undefined,
  watershed: Watershed,
  identity: string,
): Promise<DailyRain | null> {
  if (source === undefined) return null;
  const extent = await extentOf(source, identity);
  const values = await valuesOf(source, watershed, extent, { identity });
  if (values.length === 0) return null;
  const rain = new Float64Array(extent.to - extent.from).fill(Number.NaN);
  for (const [day, share] of dailyShares(values)) rain[day - extent.from] = share;
  return { from: extent.from, rain };
}

function yearsOf(rain: DailyRain, lulc: YearlyLulc | null, { startYear, endYear }: DroughtOptions): number[] {
  const first = startYear ?? lulc?.years[0] ?? partsOf(rain.from).year;
  const lastDay = rain.from + rain.rain.length;
  const lastWithRain = partsOf(lastDay).year - (lastDay > lastWindowOf(partsOf(lastDay).year) ? 0 : 1);
  const last = endYear ?? Math.min(lastWithRain, lulc?.years.at(-1) ?? Infinity);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

function lastWindowOf(year: number): Day {
  return dayOf(year, LAST_WINDOW.month, LAST_WINDOW.date);
}

function onsetOf(rain: DailyRain, { polygon }: Watershed, year: number, options: DroughtOptions): Day | null {
  if (options.monsoonOnset !== undefined) return onsetFromText(options.monsoonOnset, year);
  return monsoonOnset(rain, year, options.monsoonPercentile ?? onsetPercentile(polygonBounds(polygon)));
}

/** `2017-6-25`, as the layer writes dates. */
function plainDate(day: Day): string {
  const { year, month, date } = partsOf(day);
  return `${year}-${month}-${date}`;
}
