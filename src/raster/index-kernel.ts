/** A spectral index of one block of pixels: raw numbers to reflectances, the mask, the formula, and the statistics. */
import { type MaskScheme, usablePixels } from '../geo/cloud-mask.js';
import { type IndexName, spectralIndices } from '../geo/indices.js';
import { joinMoments, type Moments, momentsOf, NO_MOMENTS } from '../geo/moments.js';
import { addBins, countValues, type ValueBins, valueBins } from '../geo/value-bins.js';
import type { InputBlock, InputFacts, Kernel } from './compute-rows.js';
import type { BandScaling, Window } from './raster.js';

/** Inputs are the index's bands in its order, and then the quality band when there is a mask. */
export interface IndexKernelOptions {
  index: IndexName;
  /** Of each band. */
  scaling: readonly BandScaling[];
  mask: { scheme: MaskScheme; dilate: number } | null;
  keepOutside: boolean;
  /** Filled by all threads; null for a raster so small that its values themselves are wanted. */
  bins: ValueBins | null;
}

/** What one job saw. */
export interface IndexSummary {
  /** Pixels in all. */
  pixels: number;
  /** Without a value in some band. */
  nodata: number;
  /** With every band, and not usable by the mask. */
  masked: number;
  /** Without an index: no denominator, or a value outside the range. */
  voided: number;
  moments: Moments;
  /** The index of every pixel that has one, when there are no bins. */
  values: Float64Array[];
}

export function makeIndexKernel({
  options,
  inputs,
}: {
  options: unknown;
  inputs: readonly InputFacts[];
}): Kernel {
  return new IndexKernel(options as IndexKernelOptions, inputs);
}

class IndexKernel implements Kernel {
  readonly #options: IndexKernelOptions;
  readonly #inputs: readonly InputFacts[];
  readonly #ownBins: ValueBins | null;
  readonly #memory: Float64Array[] = [];
  readonly #summary: IndexSummary = {
    pixels: 0,
    nodata: 0,
    masked: 0,
    voided: 0,
    moments: NO_MOMENTS,
    values: [],
  };

  constructor(options: IndexKernelOptions, inputs: readonly InputFacts[]) {
    this.#options = options;
    this.#inputs = inputs;
    this.#ownBins = options.bins === null ? null : valueBins([options.bins.low, options.bins.high]);
  }

  compute({ window, inputs }: { window: Window; inputs: readonly InputBlock[] }): Float32Array {
    const { index, scaling, mask, keepOutside } = this.#options;
    const length = window.width * window.height;
    const bands = scaling.map((scale, i) =>
      reflectances(inputs[i]!, scale, this.#inputs[i]!, this.#scratch(i, length)),
    );
    const nodata = voidMissing(bands);
    const masked = mask === null ? 0 : this.#applyMask(bands[0]!, inputs[bands.length]!, window, mask);
    const values = this.#scratch(bands.length, length);
    const voided = spectralIndices[index].compute(bands, values, { keepOutside });
    const summary = this.#summary;
    summary.pixels += length;
    summary.nodata += nodata;
    summary.masked += masked;
    summary.voided += voided;
    summary.moments = joinMoments(summary.moments, momentsOf(values));
    if (this.#ownBins === null) summary.values.push(values.filter((value) => !Number.isNaN(value)));
    else countValues(this.#ownBins, values);
    return new Float32Array(values);
  }

  summary(): IndexSummary {
    if (this.#ownBins !== null) addBins(this.#options.bins!, this.#ownBins);
    return this.#summary;
  }

  /** Memory that all blocks of the job use in turn. */
  #scratch(index: number, length: number): Float64Array {
    const whole = this.#memory[index];
    if (whole !== undefined && whole.length >= length) return whole.subarray(0, length);
    const made = new Float64Array(length);
    this.#memory[index] = made;
    return made;
  }

  /** NaN in the first band where the scene cannot be used; gives how many pixels that took. */
  #applyMask(
    band: Float64Array,
    quality: InputBlock,
    window: Window,
    { scheme, dilate }: { scheme: MaskScheme; dilate: number },
  ): number {
    const { isNodata } = this.#inputs.at(-1)!;
    const usable = usablePixels(quality.samples, quality.window, { scheme, dilate, isNodata });
    const top = window.row - quality.window.row;
    const left = window.column - quality.window.column;
    let masked = 0;
    for (let row = 0, i = 0; row < window.height; row++) {
      const line = (row + top) * quality.window.width + left;
      for (let column = 0; column < window.width; column++, i++) {
        if (usable[line + column] === 1 || Number.isNaN(band[i])) continue;
        band[i] = Number.NaN;
        masked++;
      }
    }
    return masked;
  }
}

/** @param band is filled and returned */
function reflectances(
  { samples }: InputBlock,
  { scale, offset }: BandScaling,
  { nodata }: InputFacts,
  band: Float64Array,
): Float64Array {
  for (let i = 0; i < band.length; i++) {
    const sample = samples[i]!;
    band[i] = sample === nodata ? Number.NaN : sample * scale + offset;
  }
  return band;
}

/** NaN in the first band wherever another has none; gives the number of pixels that lack a band. */
function voidMissing([first, ...others]: readonly Float64Array[]): number {
  for (const band of others) {
    for (let i = 0; i < band.length; i++) if (Number.isNaN(band[i])) first![i] = Number.NaN;
  }
  let missing = 0;
  for (let i = 0; i < first!.length; i++) if (Number.isNaN(first![i])) missing++;
  return missing;
}
