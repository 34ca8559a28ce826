/** A spectral index of one scene: its statistics, and its raster as a cloud optimized GeoTIFF. */
import { InputError } from '../core/error.js';
import type { MaskScheme } from '../geo/cloud-mask.js';
import { type BandRole, type IndexName, spectralIndices } from '../geo/indices.js';
import { deviation, joinMoments, NO_MOMENTS } from '../geo/moments.js';
import { sortedPercentile } from '../geo/percentile.js';
import { binPercentiles, coarseCounts, countValues, type ValueBins, valueBins } from '../geo/value-bins.js';
import type { Resampling } from './align.js';
import { type ComputeInput, computeRaster } from './compute-raster.js';
import type { IndexKernelOptions, IndexSummary } from './index-kernel.js';
import { type BandScaling, openRaster, type Raster } from './raster.js';
import { misalignment } from './series.js';

/** A band of a file; 0 is the first. */
export interface BandFile {
  file: string;
  band: number;
}

export interface IndexRequest {
  index: IndexName;
  bands: Readonly<Partial<Record<BandRole, BandFile>>>;
  /**
   * What turns a file's numbers into reflectances. Absent: each file's own, declared in it. `dn`: the numbers as they
   * are, for indices that are ratios.
   */
  scaling?: BandScaling | 'dn' | undefined;
  mask?: { quality: BandFile; scheme: MaskScheme; dilate: number } | undefined;
  /** Keep values that mean nothing (EVI beyond -1 to 1, LAI below 0) instead of voiding them. */
  keepOutside?: boolean;
  /** From 0 to 100. */
  percentiles?: readonly number[];
  /** Bands of another grid than the first are read on its. Default: they are refused. A mask always is, by nearest. */
  resample?: Resampling | undefined;
  /** Where the raster (float32, NaN is nodata) is written; absent: statistics only. */
  output?: string | undefined;
  threads?: number | undefined;
}

/** Null where no pixel has an index. */
export interface IndexStatistics {
  /** Pixels that have an index. */
  count: number;
  /** Their share of all pixels. */
  validFraction: number;
  /** Pixels without a value in some band. */
  nodata: number;
  masked: number;
  voided: number;
  min: number | null;
  max: number | null;
  mean: number | null;
  std: number | null;
  /** In the order asked for. Of more than a million values, to 5e-7 of an index from -1 to 1. */
  percentiles: (number | null)[];
  /** Counts in equal parts of `range`; values beyond it are in the first and the last. */
  histogram: number[];
  range: readonly [low: number, high: number];
  /** With its constants. */
  formula: string;
}

/** Up to so many values, percentiles are of the values themselves: 8 MB. */
const EXACT_VALUES = 1 << 20;
const HISTOGRAM_PARTS = 20;
/** Of indices whose outside values are kept. */
const WIDE_RANGE = [-4, 4] as const;

/**
 * @throws {InputError} INDEX_BAND_MISSING, INDEX_SCALE_UNKNOWN, RASTER_BAND_MISSING, RASTERS_NOT_ALIGNED, and what
 * reading and writing throw
 */
export async function computeIndex(request: IndexRequest): Promise<IndexStatistics> {
  const { index, keepOutside = false, mask } = request;
  const bands = requireBands(request);
  const { inputs, scaling, pixels } = await checkInputs(request, bands);
  const bins =
    pixels > EXACT_VALUES
      ? valueBins(keepOutside ? WIDE_RANGE : spectralIndices[index].range, { shared: true })
      : null;
  const options: IndexKernelOptions = {
    index,
    scaling,
    mask: mask === undefined ? null : { scheme: mask.scheme, dilate: mask.dilate },
    keepOutside,
    bins,
  };
  const { summaries } = await computeRaster<IndexSummary>({
    inputs,
    kernel: { module: new URL('./index-kernel.js', import.meta.url).href, name: 'makeIndexKernel', options },
    output:
      request.output === undefined
        ? undefined
        : {
            path: request.output,
            sampleType: 'float32',
            nodata: Number.NaN,
            overviews: 'mean',
            bandNames: [index],
          },
    threads: request.threads,
  });
  return statisticsOf(summaries, bins, request);
}

/** The files of the formula's bands, in its order. */
function requireBands({ index, bands }: IndexRequest): [BandFile, ...BandFile[]] {
  const roles = spectralIndices[index].bands;
  const missing = roles.filter((role) => bands[role] === undefined);
  if (missing.length > 0) {
    throw new InputError(
      `${index} needs the bands ${roles.join(', ')}; ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing`,
      {
        code: 'INDEX_BAND_MISSING',
        hint: `name a file for each: ${missing.join(', ')}`,
        details: { index, expected: roles, missing },
      },
    );
  }
  return roles.map((role) => bands[role]!) as [BandFile, ...BandFile[]];
}

async function checkInputs(
  request: IndexRequest,
  bands: [BandFile, ...BandFile[]],
): Promise<{ inputs: [ComputeInput, ...ComputeInput[]]; scaling: BandScaling[]; pixels: number }> {
  const { mask, resample } = request;
  const opened: Raster[] = [];
  const open = async ({ file }: BandFile) => {
    const raster = await openRaster(file);
    opened.push(raster);
    return raster;
  };
  try {
    const first = await open(bands[0]);
    const scaling = [requireScaling(request, first, bands[0])];
    const inputs: [ComputeInput, ...ComputeInput[]] = [bands[0]];
    for (const band of bands.slice(1)) {
      const raster = await open(band);
      scaling.push(requireScaling(request, raster, band));
      const isMoved = resample !== undefined && misalignment(first, raster) !== undefined;
      inputs.push(isMoved ? { ...band, resample } : band);
    }
    if (mask !== undefined) {
      const isMoved = misalignment(first, await open(mask.quality)) !== undefined;
      inputs.push({ ...mask.quality, margin: mask.dilate, ...(isMoved ? { resample: 'nearest' } : {}) });
    }
    return { inputs, scaling, pixels: first.width * first.height };
  } finally {
    await Promise.all(opened.map((raster) => raster.close()));
  }
}

function requireScaling({ index, scaling }: IndexRequest, raster: Raster, { band }: BandFile): BandScaling {
  if (typeof scaling === 'object') return scaling;
  const { isRatio } = spectralIndices[index];
  if (scaling === 'dn' && isRatio) return { scale: 1, offset: 0 };
  const own = raster.scaling[band];
  if (own !== undefined && scaling === undefined) return own;
  throw scaleUnknown(index, raster.path);
}

/** What is missing for reflectances, and how to say it. */
export function scaleUnknown(index: IndexName, path: string): InputError {
  const { isRatio } = spectralIndices[index];
  return new InputError(
    `${index} needs reflectances, and ${path} does not say how its numbers become them; expected a scale and an offset`,
    {
      code: 'INDEX_SCALE_UNKNOWN',
      hint: [
        '--set scale=0.0001 --set offset=0   (Sentinel-2: reflectance = scale * number + offset; see the scene’s metadata)',
        ...(isRatio
          ? ['--set scale=dn   takes the numbers as they are: right only where their offset is 0']
          : []),
      ].join('\n'),
      details: { index, path },
    },
  );
}

function statisticsOf(
  summaries: readonly IndexSummary[],
  bins: ValueBins | null,
  { index, percentiles = [] }: IndexRequest,
): IndexStatistics {
  const { range, formula } = spectralIndices[index];
  const total = (of: (summary: IndexSummary) => number) => summaries.reduce((sum, one) => sum + of(one), 0);
  const moments = summaries.reduce((joined, one) => joinMoments(joined, one.moments), NO_MOMENTS);
  const { count, min, max, mean } = moments;
  const none = count === 0;
  const values = bins === null ? sortedValues(summaries, count) : undefined;
  return {
    count,
    validFraction: count / total(({ pixels }) => pixels),
    nodata: total(({ nodata }) => nodata),
    masked: total(({ masked }) => masked),
    voided: total(({ voided }) => voided),
    min: none ? null : min,
    max: none ? null : max,
    mean: none ? null : mean,
    std: none ? null : deviation(moments),
    percentiles:
      values === undefined
        ? binPercentiles(bins!, moments, percentiles)
        : percentiles.map((percent) => (none ? null : sortedPercentile(values, percent))),
    histogram: coarseCounts(bins ?? binned(values!, range), HISTOGRAM_PARTS),
    range: bins === null ? range : [bins.low, bins.high],
    formula,
  };
}

function sortedValues(summaries: readonly IndexSummary[], count: number): Float64Array {
  const all = new Float64Array(count);
  let at = 0;
  for (const values of summaries.flatMap((summary) => summary.values)) {
    all.set(values, at);
    at += values.length;
  }
  return all.sort();
}

function binned(values: Float64Array, range: readonly [low: number, high: number]): ValueBins {
  const bins = valueBins(range);
  countValues(bins, values);
  return bins;
}
