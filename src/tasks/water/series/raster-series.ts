/** The rasters of a series, read date by date over the pixels of one polygon. */
import { LRUCache } from 'lru-cache';
import { InputError } from '../../../core/error.js';
import type { DataSource } from '../../../core/task.js';
import type { CoverageRule } from '../../../geo/coverage.js';
import type { Polygon } from '../../../geo/polygon.js';
import { openRaster, type Raster, type Window } from '../../../raster/raster.js';
import { alignedWith } from '../../../raster/series.js';
import { resampleHint, resampleSetting } from '../resample-setting.js';
import { type SeriesFile, type SeriesSettings, seriesFiles, settingsOf, totalOf } from './dated-series.js';
import type { Span } from './file-dates.js';
import { type PolygonPixels, polygonPixels } from './polygon-pixels.js';
import { type Reading, readValues, type Values } from './value-cache.js';
import type { DatedValue } from './window-values.js';

export interface RasterSeries {
  /** Of the first file; all lie on its grid. */
  first: Raster;
  /** The pixels of a polygon on that grid; null when it lies outside. */
  pixelsOf(polygon: Polygon, rule: CoverageRule): PolygonPixels | null;
  /**
   * The values of a window date by date, of dates that meet `between`, in order of the files; the caller's own. Measures
   * are totals over their span where the entry's unit is a rate.
   */
  read(window: Window, between: Span): AsyncGenerator<{ span: Span; values: Values }>;
  /** From the first day of any file to the day after the last. */
  extent(): Promise<Span>;
}

interface Context {
  source: DataSource;
  identity: string;
  settings: SeriesSettings;
  files: SeriesFile[];
  spans: Map<string, Span[]>;
  first: Raster;
}

/** Of several bands that are read at once: 16 MB. */
const MAX_SAMPLES = 4 * 1024 * 1024;
/** Series that a thread knows the grids and dates of. */
const MAX_KNOWN = 16;
const known = new LRUCache<string, Promise<RasterSeries>>({ max: MAX_KNOWN });

/**
 * Opens the first raster of an entry to learn the grid; the others when their dates are asked for. `identity` changes
 * when a file does.
 * @throws {InputError} SERIES_EMPTY, SERIES_DATES_UNKNOWN, DATA_SETTINGS_INVALID, or what openRaster throws
 */
export function openRasterSeries(source: DataSource, identity: string): Promise<RasterSeries> {
  const key = JSON.stringify([identity, source.name, source.settings, source.files]);
  const opened = known.get(key);
  if (opened !== undefined) return opened;
  const opening = openSeries(source, identity);
  known.set(key, opening);
  opening.catch(() => known.delete(key));
  return opening;
}

/**
 * Means over the polygon date by date, weighted by how much of each pixel is inside; null where nothing was measured.
 */
export async function zonalValues(
  series: RasterSeries,
  pixels: PolygonPixels,
  between: Span,
): Promise<DatedValue[]> {
  const dated: DatedValue[] = [];
  for await (const { span, values } of series.read(pixels.window, between)) {
    dated.push({ ...span, value: weightedMean(values, pixels.areasM2) });
  }
  return dated.sort((a, b) => a.from - b.from);
}

/** Values on less than this share of a polygon are slivers that rounding left of its neighbours' pixels. */
const SLIVER = 1e-6;

/** Mean of what is not NaN; null when nothing is, or no more than a sliver. */
function weightedMean(values: Values, areasM2: Float64Array): number | null {
  let sum = 0;
  let measured = 0;
  let all = 0;
  for (let i = 0; i < values.length; i++) {
    const area = areasM2[i]!;
    const value = values[i]!;
    all += area;
    if (area === 0 || Number.isNaN(value)) continue;
    sum += value * area;
    measured += area;
  }
  return measured <= SLIVER * all ? null : sum / measured;
}

async function openSeries(source: DataSource, identity: string): Promise<RasterSeries> {
  const files = seriesFiles(source);
  const [first] = files;
  if (first === undefined) {
    throw new InputError(
      `${source.origin} has no rasters; expected GeoTIFF files with dates in their names`,
      {
        code: 'SERIES_EMPTY',
        hint: `data: { ${source.name}: 'data/${source.name}/*.tif' }`,
        details: { data: source.name },
      },
    );
  }
  const raster = await openRaster(first.file);
  await raster.close();
  const context: Context = {
    source,
    identity,
    settings: settingsOf(source),
    files,
    spans: new Map(),
    first: raster,
  };
  return {
    first: raster,
    pixelsOf: (polygon, rule) => polygonPixels(raster, polygon, rule),
    read: (window, between) => readSeries(context, window, between),
    extent: () => extentOf(context),
  };
}

async function* readSeries(
  context: Context,
  window: Window,
  between: Span,
): AsyncGenerator<{ span: Span; values: Values }> {
  for (const file of context.files) {
    if (file.covers !== undefined && !meets(file.covers, between)) continue;
    yield* readFileValues(context, file, window, between);
  }
}

/** The file is opened at most once, and not at all when everything of it is remembered. */
async function* readFileValues(
  context: Context,
  { file, spans: spansOf }: SeriesFile,
  window: Window,
  between: Span,
): AsyncGenerator<{ span: Span; values: Values }> {
  const { first, identity, settings } = context;
  let opened: Raster | undefined;
  const open = async () => {
    if (opened === undefined) {
      opened = await openRaster(file);
      opened = alignedWith(first, opened, alignment(context.source));
    }
    return opened;
  };
  try {
    let spans = context.spans.get(file);
    if (spans === undefined) {
      const { bands, bandNames } = await open();
      spans = await spansOf(bands, bandNames);
      context.spans.set(file, spans);
    }
    const wanted = spans.flatMap((span, band) => (meets(span, between) ? [{ span, band }] : []));
    const place = { file, identity, width: first.width, height: first.height };
    const atOnce = Math.max(1, Math.floor(MAX_SAMPLES / (window.width * window.height)));
    for (let i = 0; i < wanted.length; i += atOnce) {
      const group = wanted.slice(i, i + atOnce);
      const readings = group.map(({ span, band }) => readingOf(opened ?? first, band, settings, span));
      const values = await readValues(place, window, readings, open);
      for (const [n, { span }] of group.entries()) yield { span, values: values[n]! };
    }
  } finally {
    await opened?.close();
  }
}

/** Series hold measures, so what is resampled is interpolated. */
function alignment(source: DataSource) {
  const hint = resampleHint(source.name);
  return resampleSetting(source) === undefined ? { hint } : { hint, resample: 'bilinear' as const };
}

/** Only the ends are opened where names say enough. */
async function extentOf({ files, spans, first }: Context): Promise<Span> {
  const ends = files.filter(({ covers }, i) => covers === undefined || i === 0 || i === files.length - 1);
  const extent = { from: Infinity, to: -Infinity };
  for (const { file, spans: spansOf } of ends) {
    let own = spans.get(file);
    if (own === undefined) {
      const raster = file === first.path ? first : await openRaster(file);
      if (raster !== first) await raster.close();
      own = await spansOf(raster.bands, raster.bandNames);
      spans.set(file, own);
    }
    for (const { from, to } of own) {
      extent.from = Math.min(extent.from, from);
      extent.to = Math.max(extent.to, to);
    }
  }
  return extent;
}

/** What the entry says of its numbers goes before what the files say; files of a series are taken to say the same. */
function readingOf(raster: Raster, band: number, settings: SeriesSettings, span: Span): Reading {
  const declared = raster.scaling[band] ?? raster.scaling[0];
  const total = totalOf(settings.unit, span.to - span.from);
  return {
    band,
    scale: (settings.scale ?? declared?.scale ?? 1) * total,
    offset: (settings.offset ?? declared?.offset ?? 0) * total,
    valid: settings.valid,
  };
}

function meets(a: Span, b: Span): boolean {
  return a.from < b.to && b.from < a.to;
}
