/**
 * Vegetation and water indices from reflectances (0 to 1, a little beyond either way), pixel by pixel. NaN in a band is
 * NaN in the index. A denominator near zero makes no index: it is NaN and counted.
 */

export type BandRole = 'red' | 'nir' | 'blue' | 'green' | 'swir';

export type IndexName =
  | 'ndvi'
  | 'evi'
  | 'evi2'
  | 'savi'
  | 'ndwi-gao'
  | 'ndwi-mcfeeters'
  | 'lai-evi'
  | 'lai-ndvi';

export interface SpectralIndex {
  /** Bands in the order that `compute` takes them. */
  bands: readonly BandRole[];
  /** With its constants and where they are from, for people. */
  formula: string;
  /** Values that mean something. */
  range: readonly [low: number, high: number];
  /** A ratio of bands, which raw numbers also give (another one, where an offset was left out). */
  isRatio: boolean;
  compute: IndexFunction;
}

/**
 * Fills `index` from bands of the same length and gives the number of pixels that had every band and no index. With
 * `keepOutside`, values beyond the range stay as they are; without, they are NaN and counted (LAI below 0 becomes 0).
 */
export type IndexFunction = (
  bands: readonly Float64Array[],
  index: Float64Array,
  options: { keepOutside: boolean },
) => number;

/** Reflectances that add up to less say nothing of their ratio. */
const LEAST_DENOMINATOR = 1e-6;

const UNIT_RANGE = [-1, 1] as const;

export const spectralIndices: Readonly<Record<IndexName, SpectralIndex>> = {
  ndvi: ratioIndex('nir', 'red', 'NDVI = (NIR - red) / (NIR + red) (Tucker 1979)'),
  'ndwi-gao': ratioIndex('nir', 'swir', 'NDWI = (NIR - SWIR) / (NIR + SWIR) (Gao 1996: water in leaves)'),
  'ndwi-mcfeeters': ratioIndex(
    'green',
    'nir',
    'NDWI = (green - NIR) / (green + NIR) (McFeeters 1996: open water)',
  ),
  evi: {
    bands: ['nir', 'red', 'blue'],
    formula: 'EVI = 2.5 (NIR - red) / (NIR + 6 red - 7.5 blue + 1) (Huete et al. 2002)',
    range: UNIT_RANGE,
    isRatio: false,
    compute: ([nir, red, blue], index, { keepOutside }) =>
      fill(index, keepOutside, (i) => evi(nir![i]!, red![i]!, blue![i]!)),
  },
  evi2: {
    bands: ['nir', 'red'],
    formula: 'EVI2 = 2.5 (NIR - red) / (NIR + 2.4 red + 1) (Jiang et al. 2008)',
    range: UNIT_RANGE,
    isRatio: false,
    compute: ([nir, red], index, { keepOutside }) =>
      fill(index, keepOutside, (i) => guarded(2.5 * (nir![i]! - red![i]!), nir![i]! + 2.4 * red![i]! + 1)),
  },
  savi: {
    bands: ['nir', 'red'],
    formula: 'SAVI = 1.5 (NIR - red) / (NIR + red + 0.5) (Huete 1988, L = 0.5)',
    range: UNIT_RANGE,
    isRatio: false,
    compute: ([nir, red], index, { keepOutside }) =>
      fill(index, keepOutside, (i) => guarded(1.5 * (nir![i]! - red![i]!), nir![i]! + red![i]! + 0.5)),
  },
  'lai-evi': {
    bands: ['nir', 'red', 'blue'],
    formula: 'LAI = 3.618 EVI - 0.118 (Boegh et al. 2002; empirical, of European crops), below 0 taken as 0',
    range: [0, 3.5],
    isRatio: false,
    compute: ([nir, red, blue], index, { keepOutside }) => {
      const voided = fill(index, keepOutside, (i) => evi(nir![i]!, red![i]!, blue![i]!));
      leafArea(index, keepOutside, (value) => 3.618 * value - 0.118);
      return voided;
    },
  },
  'lai-ndvi': {
    bands: ['nir', 'red'],
    formula:
      'LAI = -ln(1 - fc) / 0.5, fc = ((NDVI - 0.05) / 0.9)^2 held from 0 to 0.99 (Beer-Lambert; cover of Carlson & Ripley 1997)',
    range: [0, 10],
    isRatio: false,
    compute: ([nir, red], index, { keepOutside }) => {
      const voided = fill(index, keepOutside, (i) => normalized(nir![i]!, red![i]!));
      leafArea(index, false, (value) => -Math.log(1 - coverOf(value)) / EXTINCTION);
      return voided;
    },
  },
};

const EXTINCTION = 0.5;
const SOIL_NDVI = 0.05;
const VEGETATION_NDVI = 0.95;
const DENSEST_COVER = 0.99;

function ratioIndex(high: BandRole, low: BandRole, formula: string): SpectralIndex {
  return {
    bands: [high, low],
    formula,
    range: UNIT_RANGE,
    isRatio: true,
    compute: ([a, b], index, { keepOutside }) => fill(index, keepOutside, (i) => normalized(a![i]!, b![i]!)),
  };
}

function normalized(high: number, low: number): number {
  return guarded(high - low, high + low);
}

function evi(nir: number, red: number, blue: number): number {
  return guarded(2.5 * (nir - red), nir + 6 * red - 7.5 * blue + 1);
}

/** Infinite where the denominator is too near to zero, so that a missing band (NaN) stays apart from it. */
function guarded(numerator: number, denominator: number): number {
  return Math.abs(denominator) < LEAST_DENOMINATOR ? Number.POSITIVE_INFINITY : numerator / denominator;
}

/** Writes values between -1 and 1, or all that are finite; gives the number of others that are not NaN. */
function fill(index: Float64Array, keepOutside: boolean, value: (i: number) => number): number {
  const limit = keepOutside ? Number.MAX_VALUE : 1;
  let voided = 0;
  for (let i = 0; i < index.length; i++) {
    const found = value(i);
    if (found > limit || found < -limit) {
      voided++;
      index[i] = Number.NaN;
    } else index[i] = found;
  }
  return voided;
}

function leafArea(index: Float64Array, keepNegative: boolean, lai: (value: number) => number): void {
  for (let i = 0; i < index.length; i++) {
    const found = lai(index[i]!);
    index[i] = found < 0 && !keepNegative ? 0 : found;
  }
}

function coverOf(ndvi: number): number {
  const share = Math.max(0, (ndvi - SOIL_NDVI) / (VEGETATION_NDVI - SOIL_NDVI));
  return Math.min(DENSEST_COVER, share * share);
}
