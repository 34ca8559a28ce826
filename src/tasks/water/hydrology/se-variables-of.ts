/** Precipitation, runoff and evapotranspiration of one watershed by window, from the rasters of the config. */
import type { DataSource } from '../../../core/task.js';
import { extentOf, valuesOf, type Watershed } from '../series/dated-values.js';
import type { Span } from '../series/file-dates.js';
import { sumsByWindow } from '../series/window-values.js';
import type { DateWindow } from '../series/windows.js';
import { landCells } from './land-cells.js';
import { landCoverBands, windowsByBand } from './land-cover.js';
import { NotDaily, rainDays } from './rain-days.js';
import { lookBackDays, type RunoffOptions, runoffByWindow } from './runoff.js';
import type { Fluxes } from './water-balance.js';

export interface SeOptions extends RunoffOptions {
  slopeUnit: 'ratio' | 'degrees';
}

export interface SeVariables {
  /** One for each window, in their order. */
  fluxes: Fluxes[];
  /** Why something is missing or taken otherwise, once for each reason. */
  notes: string[];
}

type Sources = Readonly<Record<string, DataSource | undefined>>;

/**
 * Millimetres of each window. What has no data is null and `notes` says why.
 * @throws {InputError} when a file cannot be read
 */
export async function seVariablesOf(
  sources: Sources,
  watershed: Watershed,
  windows: readonly DateWindow[],
  { options, identity }: { options: SeOptions; identity: string },
): Promise<SeVariables> {
  const notes = new Set<string>();
  const totals = async (name: 'precipitation' | 'et') => {
    const source = sources[name];
    if (source === undefined) notes.add(`no data.${name}`);
    return source === undefined ? windows.map(() => null) : sumsOf(source, watershed, windows, identity);
  };
  const precipitation = await totals('precipitation');
  const et = await totals('et');
  const runoff = await runoffOf(sources, watershed, windows, { options, identity, et, notes });
  return {
    fluxes: windows.map((_, i) => ({
      precipitation: precipitation[i]!,
      runoff: runoff[i]!,
      et: et[i]!,
    })),
    notes: [...notes],
  };
}

async function sumsOf(
  source: DataSource,
  watershed: Watershed,
  windows: readonly DateWindow[],
  identity: string,
): Promise<(number | null)[]> {
  return sumsByWindow(await valuesOf(source, watershed, spanOf(windows), { identity }), windows);
}

async function runoffOf(
  sources: Sources,
  watershed: Watershed,
  windows: readonly DateWindow[],
  {
    options,
    identity,
    et,
    notes,
  }: { options: SeOptions; identity: string; et: readonly (number | null)[]; notes: Set<string> },
): Promise<(number | null)[]> {
  const runoff: (number | null)[] = windows.map(() => null);
  const { precipitation, soil, landcover, dem } = sources;
  const missing = Object.entries({ precipitation, soil, landcover }).filter(
    ([, source]) => source === undefined,
  );
  if (missing.length > 0 || precipitation === undefined || soil === undefined || landcover === undefined) {
    notes.add(`no runoff without ${missing.map(([name]) => `data.${name}`).join(', ')}`);
    return runoff;
  }
  if (dem === undefined) notes.add('curve numbers without slope: no data.dem');
  try {
    const lookBack = lookBackDays(options);
    for (const [cover, indices] of windowsByBand(await landCoverBands(landcover, identity), windows)) {
      const place = { landCover: cover.raster, polygon: watershed.polygon, identity };
      const cells = await landCells(place, { soil, dem }, options.slopeUnit);
      if (cells === null) {
        notes.add('outside the land cover');
        continue;
      }
      const own = indices.map((i) => windows[i]!);
      const { from, to } = spanOf(own);
      const rain = await rainDays(
        precipitation,
        { watershed, cells, landCover: cover.raster },
        { from: from - lookBack, to },
        identity,
      );
      const samples = await cover.raster.readWindow(cells.window, cover.band);
      const landCover = Float32Array.from(cells.positions, (at) =>
        cover.raster.isNodata(samples[at]!) ? Number.NaN : samples[at]!,
      );
      const values = runoffByWindow(
        { ...cells, landCover },
        rain,
        own,
        indices.map((i) => et[i]!),
        options,
      );
      indices.forEach((index, i) => {
        runoff[index] = values[i]!;
      });
    }
  } catch (error) {
    if (!(error instanceof NotDaily)) throw error;
    notes.add(error.message);
  }
  const { from } = spanOf(windows);
  const begins = (await extentOf(precipitation, identity)).from;
  if (begins > from - lookBackDays(options) && begins <= from) {
    notes.add('the days before the first rain value count as dry');
  }
  return runoff;
}

function spanOf(windows: readonly DateWindow[]): Span {
  return {
    from: windows.reduce((least, { from }) => Math.min(least, from), Infinity),
    to: windows.reduce((most, { to }) => Math.max(most, to), -Infinity),
  };
}
