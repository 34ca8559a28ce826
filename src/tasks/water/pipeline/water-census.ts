/** What is counted of a water body's pixels, year by year (core-stack 1.8.1). Pure. */

/** How the classes of a year's raster are read. */
export interface ClassScheme {
  water: readonly number[];
  /** Classes are those of LULC v3, so that seasons and shares of classes can be told. */
  isLulcV3: boolean;
}

/** Counts of pixels by year, and areas in square metres. */
export interface WaterCensus {
  pixels: number;
  areaM2: number;
  /** Of water, by year. */
  waterPixels: Float64Array;
  waterAreaM2: Float64Array;
  /** By year and class 0 to 12: `year * LULC_CLASSES + class`. */
  classPixels: Float64Array;
}

export const LULC_CLASSES = 13;
/** Of a pixel in a year: the class, or this when it has none of 0 to 12; and a bit when it is water. */
const NO_CLASS = 15;
const CLASS_BITS = 15;
const WATER_BIT = 16;

/** Samples as codes of a byte; what is nodata has neither class nor water. */
export function yearCodes(
  samples: ArrayLike<number>,
  isNodata: (value: number) => boolean,
  { water }: ClassScheme,
): Uint8Array {
  const isWater = new Set(water);
  const codeOf = (value: number) => {
    if (isNodata(value)) return NO_CLASS;
    const inScheme = Number.isInteger(value) && value >= 0 && value < LULC_CLASSES;
    return (inScheme ? value : NO_CLASS) | (isWater.has(value) ? WATER_BIT : 0);
  };
  const codes = new Uint8Array(samples.length);
  if (samples instanceof Uint8Array) {
    const table = Uint8Array.from({ length: 256 }, (_, value) => codeOf(value));
    for (let i = 0; i < codes.length; i++) codes[i] = table[samples[i]!]!;
  } else for (let i = 0; i < codes.length; i++) codes[i] = codeOf(samples[i]!);
  return codes;
}

/** Sets `mask` to 1 where `zone` is 1 and one of the years has water, else 0; a row or several. */
export function unionOfWater(years: readonly Uint8Array[], zone: Uint8Array, mask: Uint8Array): void {
  mask.fill(0);
  for (const codes of years)
    for (let i = 0; i < mask.length; i++) if ((codes[i]! & WATER_BIT) !== 0 && zone[i] === 1) mask[i] = 1;
}

export function emptyCensus(years: number): WaterCensus {
  return {
    pixels: 0,
    areaM2: 0,
    waterPixels: new Float64Array(years),
    waterAreaM2: new Float64Array(years),
    classPixels: new Float64Array(years * LULC_CLASSES),
  };
}

/** Counts the pixels `from` to `to` of a row, each of `pixelM2` square metres; `into` is added to. */
export function countRun(
  into: WaterCensus,
  years: readonly Uint8Array[],
  { from, to, pixelM2 }: { from: number; to: number; pixelM2: number },
): void {
  into.pixels += to - from;
  into.areaM2 += (to - from) * pixelM2;
  for (const [year, codes] of years.entries()) {
    let water = 0;
    for (let i = from; i < to; i++) {
      const code = codes[i]!;
      if ((code & WATER_BIT) !== 0) water++;
      const lulc = code & CLASS_BITS;
      if (lulc !== NO_CLASS) into.classPixels[year * LULC_CLASSES + lulc]!++;
    }
    into.waterPixels[year]! += water;
    into.waterAreaM2[year]! += water * pixelM2;
  }
}

/** Adds `other` to `into`. */
export function addCensus(into: WaterCensus, other: WaterCensus): void {
  into.pixels += other.pixels;
  into.areaM2 += other.areaM2;
  for (const name of ['waterPixels', 'waterAreaM2', 'classPixels'] as const)
    for (let i = 0; i < into[name].length; i++) into[name][i]! += other[name][i]!;
}
