/** The yearly land-use rasters: opened, put in order of years, and checked to lie on one grid. */
import { basename } from 'node:path';
import { InputError } from '../../core/error.js';
import type { DataSource } from '../../core/task.js';
import type { Raster } from '../../raster/raster.js';
import { openSeries } from '../../raster/series.js';
import type { TileCache } from '../../raster/tile-cache.js';
import { resampleHint, resampleSetting } from './resample-setting.js';
import { yearOfFile } from './year-of-file.js';

export interface AnnualLulc {
  /** One a year, all on the same grid. */
  rasters: Raster[];
  /** Labels of the years, in the order of `rasters`. */
  years: string[];
  close(): Promise<void>;
}

/**
 * Rasters on other grids are refused, or read on the grid of the first (nearest pixel) where the entry says so.
 * @throws {InputError} DATA_MISSING, DATA_SETTINGS_INVALID, LULC_YEAR_TWICE, RASTERS_NOT_ALIGNED, or what openRaster throws
 */
export async function openAnnualLulc(source: DataSource | undefined, cache?: TileCache): Promise<AnnualLulc> {
  const { files, name, resample } = requireFiles(source);
  const series = await openSeries(files, {
    ...(cache === undefined ? {} : { cache }),
    ...(resample === undefined ? {} : { resample: 'nearest' }),
    hint: resampleHint(name),
  });
  try {
    return { rasters: series.rasters, years: yearsOf(files), close: () => series.close() };
  } catch (error) {
    await series.close();
    throw error;
  }
}

function requireFiles(source: DataSource | undefined) {
  if (source !== undefined && source.files.length > 0) {
    return { files: source.files, name: source.name, resample: resampleSetting(source) };
  }
  const found = source === undefined ? 'the config has no data.lulc' : `${source.origin} matches no file`;
  throw new InputError(`desilting needs yearly land-use rasters; ${found}`, {
    code: 'DATA_MISSING',
    hint: "add to the config:\n  data: {\n    lulc: 'data/lulc/*.tif',\n  },",
    details: { data: 'lulc' },
  });
}

/** Files whose names have no year stand for one unnamed year each. */
function yearsOf(files: string[]): string[] {
  const byStart = new Map<number, string>();
  return files.map((file) => {
    const { label, start } = yearOfFile(basename(file));
    if (start === undefined) return label;
    const other = byStart.get(start);
    if (other !== undefined) {
      throw new InputError(`${other} and ${file} are both of ${label}; expected one raster a year`, {
        code: 'LULC_YEAR_TWICE',
        hint: 'leave one of them out of data.lulc',
        details: { year: label, files: [other, file] },
      });
    }
    byStart.set(start, file);
    return label;
  });
}
