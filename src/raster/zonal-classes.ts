/** Pixels and areas of each class in one zone. */
import type { Samples } from './nodata.js';
import type { ZonalRaster } from './zonal.js';
import type { ZoneAccumulator } from './zonal-read.js';

export interface ClassSums {
  /** By ascending value. */
  classes: ZoneClass[];
  /** Pixels of no class, counted by their share in the zone. */
  nodataCoverage: number;
}

export interface ZoneClass {
  value: number;
  /** Pixels that are in the zone, wholly or in part. */
  pixels: number;
  /** Pixels, counted by their share in the zone. */
  coverage: number;
  /** Null unless areas were asked for. */
  areaM2: number | null;
}

/** `areas` are m² of a pixel of each row of the raster. */
export function classAccumulator(
  { isNodata }: ZonalRaster,
  areas: Float64Array | undefined,
): ZoneAccumulator<ClassSums> {
  const classes = new Map<number, { pixels: number; coverage: number; areaM2: number }>();
  let nodataCoverage = 0;
  const add = (value: number, pixels: number, coverage: number, row: number) => {
    if (isNodata(value)) {
      nodataCoverage += coverage;
      return;
    }
    const sums = classes.get(value) ?? { pixels: 0, coverage: 0, areaM2: 0 };
    classes.set(value, sums);
    sums.pixels += pixels;
    sums.coverage += coverage;
    if (areas !== undefined) sums.areaM2 += coverage * areas[row]!;
  };
  return {
    addRun(samples: Samples, from: number, to: number, row: number) {
      for (let start = from; start < to; ) {
        const value = samples[start]!;
        let end = start + 1;
        while (end < to && samples[end] === value) end++;
        add(value, end - start, end - start, row);
        start = end;
      }
    },
    addCell: (sample, share, row) => add(sample, 1, share, row),
    finish: () => ({
      classes: [...classes]
        .map(([value, sums]) => ({ value, ...sums, areaM2: areas === undefined ? null : sums.areaM2 }))
        .sort((a, b) => a.value - b.value),
      nodataCoverage,
    }),
  };
}
