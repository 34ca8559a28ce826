/** Rasters of one series, such as one a year: opened together, and on one grid. */
import { InputError } from '../core/error.js';
import { type Resampling, resampled } from './align.js';
import { openRaster, type Raster } from './raster.js';
import type { TileCache } from './tile-cache.js';

export interface Series {
  /** In the order of the files, all on the grid of the first. */
  rasters: Raster[];
  close(): Promise<void>;
}

export interface SeriesOptions {
  cache?: TileCache;
  /** Reads rasters that do not align on the grid of the first: `nearest` for classes, `bilinear` for measures. */
  resample?: Resampling;
  /** What to type so that they are resampled, for the message that says they do not align. */
  hint?: string;
}

/** Corners that are nearer than this share of a pixel are the same. */
const CORNER_TOLERANCE = 0.01;

/** @throws {InputError} RASTERS_NOT_ALIGNED (unless they are resampled), or what openRaster throws */
export async function openSeries(files: readonly string[], options: SeriesOptions = {}): Promise<Series> {
  const { cache } = options;
  const opened: Raster[] = [];
  const close = async () => {
    await Promise.all(opened.map((raster) => raster.close()));
  };
  try {
    for (const file of files) opened.push(await openRaster(file, cache === undefined ? {} : { cache }));
    return { rasters: opened.map((raster) => alignedWith(opened[0]!, raster, options)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @throws {InputError} RASTERS_NOT_ALIGNED, naming the first pair that does not and by how much */
export function requireAligned(rasters: readonly Raster[], hint?: string): void {
  const [first, ...others] = rasters;
  if (first === undefined) return;
  for (const raster of others) alignedWith(first, raster, hint === undefined ? {} : { hint });
}

/**
 * The raster if it lies on the grid of the first, or else read on that grid with `resample`; closing what is given back
 * closes it.
 * @throws {InputError} RASTERS_NOT_ALIGNED, naming both and by how much they differ
 */
export function alignedWith(
  first: Raster,
  raster: Raster,
  { resample, hint }: Pick<SeriesOptions, 'resample' | 'hint'> = {},
): Raster {
  const difference = misalignment(first, raster);
  if (difference === undefined) return raster;
  if (resample !== undefined) return resampled(raster, first, resample);
  throw new InputError(`${first.path} and ${raster.path} do not align: ${difference}`, {
    code: 'RASTERS_NOT_ALIGNED',
    hint: [
      `bring them onto one grid: gdalwarp -r near -t_srs, -te and -tr as of ${first.name}`,
      ...(hint === undefined ? [] : [`or let them be resampled to the first: ${hint}`]),
    ].join('\n'),
    details: { files: [first.path, raster.path], difference },
  });
}

/** In what the second differs from the first, and by how much; undefined when pixels lie on pixels. */
export function misalignment(a: Raster, b: Raster): string | undefined {
  const isOtherSystem =
    a.crs.definition !== b.crs.definition || a.crs.unitX !== b.crs.unitX || a.crs.unitY !== b.crs.unitY;
  if (isOtherSystem) return `coordinate systems ${a.crs.label} and ${b.crs.label}`;
  if (a.width !== b.width || a.height !== b.height) {
    return `sizes ${a.width} x ${a.height} and ${b.width} x ${b.height} pixels`;
  }
  const { affine: p } = a;
  const { affine: q } = b;
  const scaleX = (q.stepX - p.stepX) * a.width;
  const scaleY = (q.stepY - p.stepY) * a.height;
  if (isFar(scaleX, p.stepX) || isFar(scaleY, p.stepY)) {
    return `pixels of ${p.stepX} x ${p.stepY} and ${q.stepX} x ${q.stepY}`;
  }
  const shiftX = q.originX - p.originX;
  const shiftY = q.originY - p.originY;
  if (!isFar(shiftX, p.stepX) && !isFar(shiftY, p.stepY)) return undefined;
  const pixels = `${rounded(shiftX / p.stepX)} columns and ${rounded(shiftY / p.stepY)} rows`;
  return `origins (${p.originX}, ${p.originY}) and (${q.originX}, ${q.originY}), ${pixels} apart`;
}

function isFar(distance: number, step: number): boolean {
  return Math.abs(distance) > CORNER_TOLERANCE * Math.abs(step);
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
