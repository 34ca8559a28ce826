/** The yearly land-use rasters: opened, put in order of years, and checked to lie on one grid. */
import { basename } from 'node:path';
import { InputError } from '../../core/error.js';
import type { DataSource } from '../../core/task.js';
import { openRaster, type Raster } from '../../raster/raster.js';
import type { TileCache } from '../../raster/tile-cache.js';
import { yearOfFile } from './year-of-file.js';

export interface AnnualLulc {
  /** One a year, all on the same grid. */
  rasters: Raster[];
  /** Labels of the years, in the order of `rasters`. */
  years: string[];
  close(): Promise<void>;
}

/** Corners that are nearer than this share of a pixel are the same. */
const CORNER_TOLERANCE = 0.01;

/**
 * @throws {InputError} DATA_MISSING, LULC_YEAR_TWICE, RASTERS_NOT_ALIGNED, or what openRaster throws
 */
export async function openAnnualLulc(source: DataSource | undefined, cache?: TileCache): Promise<AnnualLulc> {
  const files = requireFiles(source);
  const rasters: Raster[] = [];
  const close = async () => {
    await Promise.all(rasters.map((raster) => raster.close()));
  };
  try {
    for (const file of files) rasters.push(await openRaster(file, cache));
    checkAlignment(rasters);
    return { rasters, years: yearsOf(files), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function requireFiles(source: DataSource | undefined): string[] {
  if (source !== undefined && source.files.length > 0) return source.files;
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

function checkAlignment([first, ...others]: Raster[]): void {
  for (const raster of others) {
    const difference = first === undefined ? undefined : differenceOf(first, raster);
    if (difference === undefined) continue;
    throw new InputError(`${first?.path} and ${raster.path} do not align: ${difference}`, {
      code: 'RASTERS_NOT_ALIGNED',
      hint: `bring them onto one grid: gdalwarp -r near -t_srs, -te and -tr as of ${first?.name}`,
      details: { files: [first?.path, raster.path], difference },
    });
  }
}

function differenceOf(a: Raster, b: Raster): string | undefined {
  if (a.crs.definition !== b.crs.definition) return `coordinate systems ${a.crs.label} and ${b.crs.label}`;
  if (a.width !== b.width || a.height !== b.height) {
    return `sizes ${a.width} x ${a.height} and ${b.width} x ${b.height} pixels`;
  }
  const far = (x: number, y: number, step: number) => Math.abs(x - y) > CORNER_TOLERANCE * Math.abs(step);
  const { affine: p } = a;
  const { affine: q } = b;
  if (far(p.originX, q.originX, p.stepX) || far(p.originY, q.originY, p.stepY)) {
    return `origins (${p.originX}, ${p.originY}) and (${q.originX}, ${q.originY})`;
  }
  if (
    far(p.stepX * a.width, q.stepX * a.width, p.stepX) ||
    far(p.stepY * a.height, q.stepY * a.height, p.stepY)
  ) {
    return `pixels of ${p.stepX} x ${p.stepY} and ${q.stepX} x ${q.stepY}`;
  }
  return undefined;
}
