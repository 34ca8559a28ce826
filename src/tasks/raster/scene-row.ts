/** One scene: the row's files, its index, the statistics, and the raster among the outputs. */
import { join } from 'node:path';
import { FinalError, InputError } from '../../core/error.js';
import type { PrepareContext, RunContext } from '../../core/task.js';
import { type BandRole, spectralIndices } from '../../geo/indices.js';
import {
  type BandFile,
  computeIndex,
  type IndexRequest,
  type IndexStatistics,
  scaleUnknown,
} from '../../raster/compute-index.js';
import { openRasterUnplaced } from '../../raster/raster.js';
import { bandFile } from './scene-files.js';
import type { SceneInput, SceneOptions } from './scene-input.js';

const PERCENTILES = [5, 25, 50, 75, 95];
/** From this Sentinel-2 baseline on, 1,000 is added to the numbers. */
const SHIFTED_BASELINE = 4;

/** Files that are looked at for a scale of their own, when the batch says none. */
const FILES_LOOKED_AT = 20;

/** @throws {InputError} DATA_MISSING, INDEX_SCALE_UNKNOWN */
export async function prepareScenes({ data, options }: PrepareContext<SceneOptions>): Promise<null> {
  const files = data.scenes?.files ?? [];
  if (files.length === 0) throw withoutScenes();
  await checkScaling(files, options);
  return null;
}

/** A scale that no row could have is missed before the first of them. */
async function checkScaling(files: readonly string[], options: SceneOptions): Promise<void> {
  const scaling = scalingOf(options);
  if (typeof scaling === 'object' || (scaling === 'dn' && spectralIndices[options.index].isRatio)) return;
  for (const file of scaling === 'dn' ? [] : files.slice(0, FILES_LOOKED_AT)) {
    const raster = await openRasterUnplaced(file);
    await raster.close();
    if (raster.scaling.some((own) => own !== undefined)) return;
  }
  if (scaling === 'dn' || files.length <= FILES_LOOKED_AT) throw scaleUnknown(options.index, files[0]!);
}

function withoutScenes(): InputError {
  return new InputError('raster.index needs to know which files its rows may name; none is', {
    code: 'DATA_MISSING',
    hint: "--set 'scenes=scenes/*.tif', or in the config: data: { scenes: 'scenes/**/*.tif' }",
    details: { data: 'scenes' },
  });
}

/** @throws {FinalError} naming the cell that is to blame; {InputError} when the batch's options do not do */
export async function sceneRow(
  ctx: RunContext<SceneOptions, null>,
  input: SceneInput,
): Promise<Record<string, unknown>> {
  const { index, raster } = ctx.options;
  const name = `${index}-${ctx.row?.number ?? ctx.job.id}.tif`;
  const output = raster ? join(await ctx.scratch(), name) : undefined;
  const found = await computeIndex({ ...(await requestOf(ctx, input)), output }).catch(asRowError);
  if (output !== undefined) {
    const title = `${index.toUpperCase()}${input.name == null ? '' : ` of ${input.name}`}`;
    await ctx.artifact({ name, kind: 'raster', title, file: output });
  }
  return resultColumns(index, found);
}

async function requestOf(
  { data, options }: RunContext<SceneOptions, null>,
  input: SceneInput,
): Promise<IndexRequest> {
  const { index, mask, dilate, outside, resample } = options;
  const files = data.scenes?.files ?? [];
  const bands: Partial<Record<BandRole, BandFile>> = {};
  for (const role of spectralIndices[index].bands) {
    const cell = input[role];
    if (cell != null && cell !== '') bands[role] = await bandFile(cell, role, files);
  }
  const quality =
    input.quality == null || input.quality === ''
      ? undefined
      : await bandFile(input.quality, 'quality', files);
  if ((quality === undefined) !== (mask === undefined)) throw halfAMask(quality !== undefined);
  return {
    index,
    bands,
    scaling: scalingOf(options),
    mask: quality === undefined || mask === undefined ? undefined : { quality, scheme: mask, dilate },
    keepOutside: outside === 'keep',
    percentiles: PERCENTILES,
    resample,
  };
}

function scalingOf({ scale, offset = 0, baseline }: SceneOptions): IndexRequest['scaling'] {
  if (baseline !== undefined) return { scale: 1e-4, offset: baseline >= SHIFTED_BASELINE ? -0.1 : 0 };
  return typeof scale === 'number' ? { scale, offset } : scale;
}

function resultColumns(index: string, found: IndexStatistics): Record<string, unknown> {
  const [p5, p25, p50, p75, p95] = found.percentiles;
  const { count, validFraction, min, max, mean, std, nodata, masked, voided, formula } = found;
  const [low, high] = found.range;
  return {
    index,
    count,
    valid_fraction: validFraction,
    ...{ min, max, mean, std, p5, p25, p50, p75, p95 },
    nodata_pixels: nodata,
    masked_pixels: masked,
    voided_pixels: voided,
    histogram: `${low} to ${high}: ${found.histogram.join(' ')}`,
    formula,
  };
}

function asRowError(error: unknown): never {
  if (!(error instanceof InputError) || error.code !== 'INDEX_BAND_MISSING') throw error;
  const { code, hint, details, message } = error;
  const { missing } = details as { missing: string[] };
  throw new FinalError(message, { code, field: missing[0], hint, details, cause: error });
}

function halfAMask(hasQuality: boolean): FinalError {
  const [message, hint] = hasQuality
    ? ['The row names a quality band, and the batch does not say how to read it', '--set mask=scl']
    : ['The batch masks clouds, and the row names no quality band', 'fill the column quality'];
  return new FinalError(message, { code: 'MASK_INCOMPLETE', field: 'quality', hint });
}
