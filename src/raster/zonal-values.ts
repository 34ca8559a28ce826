/** Statistics of the values in one zone, each weighted by the share of its pixel that is in the zone. */
import { WeightedValues, weightedPercentiles } from '../geo/percentile.js';
import type { Samples } from './nodata.js';
import type { ZonalRaster } from './zonal.js';
import type { ZoneAccumulator } from './zonal-read.js';

/** Null where no pixel of the zone has a value. */
export interface ValueSums {
  /** Pixels that have a value and are in the zone, wholly or in part. */
  n: number;
  /** Pixels with a value, counted by their share in the zone. */
  coverage: number;
  /** Pixels without one, counted so. */
  nodataCoverage: number;
  mean: number | null;
  /** Of the population. */
  std: number | null;
  min: number | null;
  max: number | null;
  /** Sum of value times share. */
  sum: number | null;
  /** In the order asked for. */
  percentiles: (number | null)[];
  /** Ground of the pixels that have a value, by their shares; null unless areas were asked for. */
  areaM2: number | null;
}

export interface ValueOptions {
  percentiles?: readonly number[];
  value?: (sample: number) => number;
  /** m² of a pixel of each row of the raster. */
  areas?: Float64Array | undefined;
}

export function valueAccumulator(raster: ZonalRaster, options: ValueOptions): ZoneAccumulator<ValueSums> {
  return new ValueAccumulator(raster, options);
}

/** Sums are taken from the first value, so that the spread of large values keeps its digits. */
class ValueAccumulator implements ZoneAccumulator<ValueSums> {
  readonly #isNodata: (sample: number) => boolean;
  readonly #value: ((sample: number) => number) | undefined;
  readonly #percentiles: readonly number[];
  readonly #values: WeightedValues | undefined;
  readonly #areas: Float64Array | undefined;
  #origin: number | undefined;
  #n = 0;
  #coverage = 0;
  #nodataCoverage = 0;
  #first = 0;
  #second = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #areaM2 = 0;

  constructor({ isNodata }: ZonalRaster, { value, percentiles = [], areas }: ValueOptions) {
    this.#isNodata = isNodata;
    this.#value = value;
    this.#percentiles = percentiles;
    this.#values = percentiles.length === 0 ? undefined : new WeightedValues();
    this.#areas = areas;
  }

  addRun(samples: Samples, from: number, to: number, row: number): void {
    const isNodata = this.#isNodata;
    const value = this.#value;
    const values = this.#values;
    let first = 0;
    let second = 0;
    let n = 0;
    let min = this.#min;
    let max = this.#max;
    for (let i = from; i < to; i++) {
      const sample = samples[i]!;
      if (isNodata(sample)) continue;
      const measured = value === undefined ? sample : value(sample);
      if (Number.isNaN(measured)) continue;
      this.#origin ??= measured;
      const fromOrigin = measured - this.#origin;
      first += fromOrigin;
      second += fromOrigin * fromOrigin;
      if (measured < min) min = measured;
      if (measured > max) max = measured;
      values?.add(measured);
      n++;
    }
    this.#first += first;
    this.#second += second;
    this.#min = min;
    this.#max = max;
    this.#n += n;
    this.#coverage += n;
    this.#nodataCoverage += to - from - n;
    if (this.#areas !== undefined) this.#areaM2 += n * this.#areas[row]!;
  }

  addCell(sample: number, share: number, row: number): void {
    const measured = this.#isNodata(sample)
      ? Number.NaN
      : this.#value === undefined
        ? sample
        : this.#value(sample);
    if (Number.isNaN(measured)) {
      this.#nodataCoverage += share;
      return;
    }
    this.#origin ??= measured;
    const fromOrigin = measured - this.#origin;
    this.#first += share * fromOrigin;
    this.#second += share * fromOrigin * fromOrigin;
    this.#min = Math.min(this.#min, measured);
    this.#max = Math.max(this.#max, measured);
    this.#values?.addWeighted(measured, share);
    this.#n++;
    this.#coverage += share;
    if (this.#areas !== undefined) this.#areaM2 += share * this.#areas[row]!;
  }

  finish(): ValueSums {
    const facts = {
      n: this.#n,
      coverage: this.#coverage,
      nodataCoverage: this.#nodataCoverage,
      areaM2: this.#areas === undefined ? null : this.#areaM2,
    };
    if (this.#origin === undefined) {
      const percentiles = this.#percentiles.map(() => null);
      return { ...facts, mean: null, std: null, min: null, max: null, sum: null, percentiles };
    }
    const offset = this.#first / this.#coverage;
    return {
      ...facts,
      mean: this.#origin + offset,
      std: Math.sqrt(Math.max(0, this.#second / this.#coverage - offset * offset)),
      min: this.#min,
      max: this.#max,
      sum: this.#origin * this.#coverage + this.#first,
      percentiles: this.#values === undefined ? [] : weightedPercentiles(this.#values, this.#percentiles),
    };
  }
}
