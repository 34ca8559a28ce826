/** What is to be written as a GeoTIFF, checked, and what follows from it. */
import type { Crs } from './crs.js';
import type { RawGeoKeys } from './geo-keys.js';
import { affineEntries, geoKeyEntries, geoKeysOfCrs } from './geo-tags.js';
import type { Affine } from './georeference.js';
import type { OverviewRule } from './halve.js';
import type { ImageFacts } from './image-tags.js';
import type { SampleType } from './nodata.js';
import { levelSizes, type OverviewFacts } from './overview-stack.js';
import { sampleArray } from './sample-array.js';

export interface GeoTiffSpec {
  width: number;
  height: number;
  /** 1 when absent; several are kept one after the other (planar). */
  bands?: number;
  sampleType: SampleType;
  nodata?: number | undefined;
  affine: Affine;
  /** A system with an EPSG code; `geoKeys`, copied from a file, go before it. Neither: a raster without a system. */
  crs?: Crs | undefined;
  geoKeys?: RawGeoKeys | undefined;
  /** Side of the tiles in pixels, a multiple of 16. */
  tileSize?: number;
  /** Of deflate, 1 to 9. */
  level?: number;
  /** `cog` when absent. */
  layout?: 'cog' | 'geotiff';
  /** Down to one within 512 x 512; `none` when absent. `mode` is for classes, `mean` for measures. */
  overviews?: OverviewRule | 'none';
  bandNames?: readonly (string | undefined)[];
  /** Measure = sample * scale + offset, of every band. */
  scale?: number | undefined;
  offset?: number | undefined;
  /** Files over 4 GB need it, and get it when their samples would take as much uncompressed. */
  bigTiff?: boolean;
}

const TILE_SIZE = 512;
const DEFLATE_LEVEL = 6;
const CLASSIC_BYTES = 0xffff_ffff;
/** Deflate's worst case, directories and tile tables. */
const OVERHEAD = 1.01;
const OVERVIEW_SHARE = 4 / 3;
const DIRECTORY_BYTES = 1 << 20;

/** What the writer needs to know. */
export interface WritePlan {
  facts: ImageFacts;
  overviews: OverviewFacts;
  level: number;
  layout: 'cog' | 'geotiff';
  big: boolean;
}

/** @throws {RangeError} for sizes, tiles or a nodata value that cannot be */
export function planOf(spec: GeoTiffSpec): WritePlan {
  const { width, height, bands = 1, tileSize = TILE_SIZE, overviews: rule = 'none' } = spec;
  if (![width, height, bands].every((size) => Number.isInteger(size) && size > 0)) {
    throw new RangeError(`a raster of ${width} x ${height} pixels and ${bands} bands cannot be written`);
  }
  if (!(tileSize >= 16 && tileSize % 16 === 0)) {
    throw new RangeError(`tiles of ${tileSize} pixels cannot be; expected a multiple of 16`);
  }
  const nodata = storedNodata(spec);
  const keys = spec.geoKeys ?? (spec.crs === undefined ? undefined : geoKeysOfCrs(spec.crs));
  const bytes = (width * height * bands * Number(/\d+$/.exec(spec.sampleType)![0])) / 8;
  const most = bytes * (rule === 'none' ? 1 : OVERVIEW_SHARE) * OVERHEAD + DIRECTORY_BYTES;
  return {
    facts: {
      bands,
      sampleType: spec.sampleType,
      nodata,
      tileSize,
      bandNames: spec.bandNames ?? [],
      scale: spec.scale,
      offset: spec.offset,
      place: [...affineEntries(spec.affine, keys), ...(keys === undefined ? [] : geoKeyEntries(keys))],
    },
    overviews: {
      sizes: levelSizes({ width, height }, rule),
      tileSize,
      rule: rule === 'none' ? 'nearest' : rule,
      nodata,
    },
    level: spec.level ?? DEFLATE_LEVEL,
    layout: spec.layout ?? 'cog',
    big: spec.bigTiff ?? most > CLASSIC_BYTES,
  };
}

/** The nodata value as the samples hold it. @throws {RangeError} when they cannot */
export function storedNodata({
  nodata,
  sampleType,
}: Pick<GeoTiffSpec, 'nodata' | 'sampleType'>): number | undefined {
  if (nodata === undefined || sampleType === 'float64') return nodata;
  if (sampleType === 'float32') return Math.fround(nodata);
  const [stored] = sampleArray(sampleType, 1).fill(nodata);
  if (stored !== nodata) throw new RangeError(`nodata ${nodata} is no value of ${sampleType}`);
  return nodata;
}
