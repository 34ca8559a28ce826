/** Which pixels of a satellite scene can be used, from the quality band that comes with it. */

/**
 * `landsat-c2`: QA_PIXEL of Collection 2. `landsat-pre`: the BQA band before collections. `scl`: Sentinel-2's scene
 * classes.
 */
export type MaskScheme = 'landsat-c2' | 'landsat-pre' | 'scl';

const KEEP = 0;
const DROP = 1;
/** Cloud, cirrus or shadow, whose rim the band often misses. */
const DROP_WITH_RIM = 2;

/** Scene classes of Sentinel-2 level 2A: vegetation, bare, water and unclassified are kept. */
const SCL_KEPT = [4, 5, 6, 7];
/** Shadow, clouds of medium and high probability, cirrus. */
const SCL_CLOUDS = [3, 8, 9, 10];
const VALUES = 1 << 16;

/**
 * 1 where a pixel can be used: height x width, as `quality`, whose nodata cannot. Clouds and shadows are widened by
 * `dilate` cells of this grid in every direction, corners included.
 */
export function usablePixels(
  quality: ArrayLike<number>,
  { width, height }: { width: number; height: number },
  {
    scheme,
    dilate = 0,
    isNodata,
  }: { scheme: MaskScheme; dilate?: number; isNodata(sample: number): boolean },
): Uint8Array {
  const verdicts = verdictTable(scheme);
  const usable = new Uint8Array(width * height);
  const rim = dilate > 0 ? new Uint8Array(width * height) : undefined;
  for (let i = 0; i < usable.length; i++) {
    const sample = quality[i]!;
    const verdict = isNodata(sample) ? DROP : (verdicts[sample] ?? DROP);
    if (verdict === KEEP) usable[i] = 1;
    else if (rim !== undefined && verdict === DROP_WITH_RIM) rim[i] = 1;
  }
  if (rim === undefined) return usable;
  const clouds = dilated(rim, width, height, dilate);
  for (let i = 0; i < usable.length; i++) if (clouds[i] === 1) usable[i] = 0;
  return usable;
}

/** The mask (0 and 1) widened by `cells` in every direction, corners included: rows first, then columns. */
export function dilated(mask: Uint8Array, width: number, height: number, cells: number): Uint8Array {
  const wide = new Uint8Array(mask.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0, last = Number.NEGATIVE_INFINITY; column < width + cells; column++) {
      if (column < width && mask[row * width + column] === 1) last = column;
      const centre = column - cells;
      if (centre >= 0 && last >= centre - cells) wide[row * width + centre] = 1;
    }
  }
  const high = new Uint8Array(mask.length);
  for (let column = 0; column < width; column++) {
    for (let row = 0, last = Number.NEGATIVE_INFINITY; row < height + cells; row++) {
      if (row < height && wide[row * width + column] === 1) last = row;
      const centre = row - cells;
      if (centre >= 0 && last >= centre - cells) high[centre * width + column] = 1;
    }
  }
  return high;
}

function verdictTable(scheme: MaskScheme): Uint8Array {
  const verdicts = new Uint8Array(VALUES);
  for (let value = 0; value < VALUES; value++) verdicts[value] = VERDICTS[scheme](value);
  return verdicts;
}

const VERDICTS: Readonly<Record<MaskScheme, (value: number) => number>> = {
  scl: (value) => (SCL_CLOUDS.includes(value) ? DROP_WITH_RIM : SCL_KEPT.includes(value) ? KEEP : DROP),
  /** Bits: 0 fill, 1 dilated cloud, 2 cirrus, 3 cloud, 4 shadow, 5 snow (USGS LSDS-1619). */
  'landsat-c2': (value) => ((value & 0b11110) !== 0 ? DROP_WITH_RIM : (value & 0b100001) !== 0 ? DROP : KEEP),
  /** Bit 0 fill; confidence from 0 to 3 of cirrus in bits 12-13, of cloud in 14-15: likely cloud, certain cirrus. */
  'landsat-pre': (value) =>
    value >> 14 >= 2 || ((value >> 12) & 3) === 3 ? DROP_WITH_RIM : (value & 1) !== 0 ? DROP : KEEP,
};
