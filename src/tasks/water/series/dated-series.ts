/** Values that have dates: rasters of days, composites, months or years, and what their config entry says of them. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../../core/error.js';
import type { DataSource } from '../../../core/task.js';
import { type Day, parseDay } from './calendar.js';
import { PERIODS, type Span, spansOfDays, spansOfName } from './file-dates.js';

/** What the values of an entry are in: sums over their days as they are, or rates that their days multiply. */
const UNITS = ['mm', 'mm/day', 'mm/h', 'kg/m2/s', 'none'] as const;
type Unit = (typeof UNITS)[number];

/** Settings beside `files` of an entry with dates. */
const seriesSettings = z.looseObject({
  /** What one value lasts, where names do not say. */
  period: z.enum(PERIODS).optional(),
  /** First days of the bands, in order. */
  dates: z.array(z.string()).optional(),
  unit: z.enum(UNITS).optional(),
  /** Of the file's numbers, in place of what the file declares. */
  scale: z.number().optional(),
  offset: z.number().optional(),
  /** Values outside are no measurements, such as the fill codes of MODIS; in the file's own numbers. */
  valid: z.tuple([z.number(), z.number()]).optional(),
});

export type SeriesSettings = z.output<typeof seriesSettings>;

/** What the name of one of a series' files says, before it is opened. */
export interface SeriesFile {
  file: string;
  /** Spans of its bands, once their number is known. @throws {InputError} SERIES_DATES_UNKNOWN or SERIES_DATES_MISMATCH */
  spans(bands: number, bandNames: readonly (string | undefined)[]): Promise<Span[]>;
  /** It has no day outside, by its name and that of the next file; undefined when only the file itself says it. */
  covers: Span | undefined;
}

const HOURS = 24;
const SECONDS = 86_400;

/** @throws {InputError} DATA_SETTINGS_INVALID naming the entry and the setting */
export function settingsOf({ settings, origin }: DataSource): SeriesSettings {
  const parsed = seriesSettings.safeParse(settings);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(`${issue?.path.join('.') ?? 'a setting'} of ${origin}: ${issue?.message}`, {
    code: 'DATA_SETTINGS_INVALID',
    hint: `settings of a series: period (${PERIODS.join(', ')}), dates, unit (${UNITS.join(', ')}), scale, offset, valid`,
  });
}

/** The rasters of an entry in the order of their dates, undated ones first; tables are left out. */
export function seriesFiles(source: DataSource): SeriesFile[] {
  const settings = settingsOf(source);
  const named = source.files
    .filter((file) => /\.tiff?$/i.test(file))
    .map((file) => ({ file, span: settings.dates === undefined ? spanOfName(file, settings) : undefined }))
    .sort((a, b) => (a.span?.from ?? -Infinity) - (b.span?.from ?? -Infinity));
  return named.map(({ file, span }, i) => ({
    file,
    covers: span && { from: span.from, to: Math.max(span.to, named[i + 1]?.span?.from ?? Infinity) },
    spans: (bands, bandNames) => spansOf(file, bands, bandNames, settings),
  }));
}

/** Turns a value that lasts `days` into its total over them. */
export function totalOf(unit: Unit | undefined, days: number): number {
  switch (unit) {
    case 'mm/day':
      return days;
    case 'mm/h':
      return days * HOURS;
    case 'kg/m2/s':
      return days * SECONDS;
    default:
      return 1;
  }
}

function spanOfName(file: string, { period }: SeriesSettings): Span | undefined {
  return spansOfName(basename(file), 1, period)?.[0];
}

async function spansOf(
  file: string,
  bands: number,
  bandNames: readonly (string | undefined)[],
  settings: SeriesSettings,
): Promise<Span[]> {
  const listed = settings.dates ?? (await datesBeside(file)) ?? datesOfBands(bandNames, bands);
  if (listed === undefined) {
    const spans = spansOfName(basename(file), bands, settings.period);
    if (spans === undefined) throw datesUnknown(file, bands);
    return spans;
  }
  if (listed.length !== bands) {
    throw new InputError(`${file} has ${bands} bands, but ${listed.length} dates are given for them`, {
      code: 'SERIES_DATES_MISMATCH',
      hint: 'give one date for each band: `dates` of the data entry, or a file NAME.dates.json beside the raster',
      details: { path: file, found: listed.length, expected: bands },
    });
  }
  return spansOfDays(
    listed.map((text) => requireDay(text, file)),
    settings.period,
  );
}

/** `ndvi.dates.json` or `ndvi_dates.json` beside `ndvi.tif`: a list of days, or an object that has one as `dates`. */
async function datesBeside(file: string): Promise<string[] | undefined> {
  const stem = file.replace(/\.tiff?$/i, '');
  for (const path of [`${stem}.dates.json`, `${stem}_dates.json`]) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const value = parseJson(text, path);
    const list = Array.isArray(value) ? value : (value as { dates?: unknown } | null)?.dates;
    if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list;
    throw new InputError(`${path} is no list of dates; expected ["2017-07-01", …]`, {
      code: 'SERIES_DATES_UNKNOWN',
      hint: 'one date for each band, in the order of the bands',
      details: { path },
    });
  }
  return undefined;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${path} is not JSON: ${(cause as Error).message}`, {
      code: 'SERIES_DATES_UNKNOWN',
      hint: 'expected a list of dates such as ["2017-07-01", …]',
      details: { path },
      cause,
    });
  }
}

function datesOfBands(names: readonly (string | undefined)[], bands: number): string[] | undefined {
  const dates = names.flatMap((name) => {
    const found = /\d{4}[-_]?\d{2}[-_]?\d{2}/.exec(name ?? '')?.[0];
    return found !== undefined && parseDay(found) !== undefined ? [found] : [];
  });
  return dates.length === bands && bands > 0 ? dates : undefined;
}

function requireDay(text: string, file: string): Day {
  const day = parseDay(text);
  if (day !== undefined) return day;
  throw new InputError(`"${text}" among the dates of ${file} is no date; expected one such as 2017-07-01`, {
    code: 'SERIES_DATES_UNKNOWN',
    hint: 'write dates as YYYY-MM-DD',
    details: { path: file, found: text },
  });
}

function datesUnknown(file: string, bands: number): InputError {
  return new InputError(
    `${file} (${bands} bands) does not say which days it is of; expected a date in its name, such as rain_20170701.tif, rain_2017-07.tif or rain_2017.tif`,
    {
      code: 'SERIES_DATES_UNKNOWN',
      hint: 'or name the dates of its bands in a file NAME.dates.json beside it, or in `dates` of the data entry; `period` says what a band lasts',
      details: { path: file, bands },
    },
  );
}
