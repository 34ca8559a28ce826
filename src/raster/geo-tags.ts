/** The tags that place a raster (GeoTIFF 1.1, sections 7.1 to 7.3): a file's own keys copied, or made from an EPSG code. */
import type { Crs } from './crs.js';
import type { RawGeoKeys } from './geo-keys.js';
import type { Affine } from './georeference.js';
import type { TiffEntry } from './tiff-directory.js';

const PIXEL_SCALE = 33_550;
const TIEPOINT = 33_922;
const TRANSFORMATION = 34_264;
const KEY_DIRECTORY = 34_735;
const KEY_DOUBLES = 34_736;
const KEY_ASCII = 34_737;

const MODEL_TYPE = 1024;
const RASTER_TYPE = 1025;
const GEOGRAPHIC_TYPE = 2048;
const PROJECTED_TYPE = 3072;
const PIXEL_IS_AREA = 1;
const PIXEL_IS_POINT = 2;
const [PROJECTED, GEOGRAPHIC] = [1, 2];

/**
 * Pixel size and origin. `Affine` speaks of corners; keys that say "pixel is point" make the tags speak of centres.
 * A south-up or mirrored raster needs the transformation tag, for pixel scales have no sign.
 */
export function affineEntries(
  { originX, originY, stepX, stepY }: Affine,
  keys: RawGeoKeys | undefined,
): TiffEntry[] {
  const half = keys !== undefined && keyValue(keys, RASTER_TYPE) === PIXEL_IS_POINT ? 0.5 : 0;
  const [x, y] = [originX + half * stepX, originY + half * stepY];
  if (stepX > 0 && stepY < 0) {
    return [
      { tag: PIXEL_SCALE, type: 'double', values: [stepX, -stepY, 0] },
      { tag: TIEPOINT, type: 'double', values: [0, 0, 0, x, y, 0] },
    ];
  }
  return [
    {
      tag: TRANSFORMATION,
      type: 'double',
      values: [stepX, 0, 0, x, 0, stepY, 0, y, 0, 0, 0, 0, 0, 0, 0, 1],
    },
  ];
}

export function geoKeyEntries({ directory, doubles, ascii }: RawGeoKeys): TiffEntry[] {
  return [
    { tag: KEY_DIRECTORY, type: 'short', values: directory },
    ...(doubles === undefined || doubles.length === 0
      ? []
      : [{ tag: KEY_DOUBLES, type: 'double' as const, values: doubles }]),
    ...(ascii === undefined || ascii === ''
      ? []
      : [{ tag: KEY_ASCII, type: 'ascii' as const, text: ascii.replace(/\0+$/, '') }]),
  ];
}

/** @throws {TypeError} for a system without an EPSG code: only its file's own keys can say what it is */
export function geoKeysOfCrs({ label, geographic }: Crs): RawGeoKeys {
  const code = Number(/^EPSG:(\d+)$/.exec(label)?.[1]);
  if (!(code > 0 && code < 32_767))
    throw new TypeError(`${label} is no EPSG code; give the geoKeys of its file`);
  return {
    directory: Uint16Array.of(
      ...[1, 1, 0, 3],
      ...[MODEL_TYPE, 0, 1, geographic ? GEOGRAPHIC : PROJECTED],
      ...[RASTER_TYPE, 0, 1, PIXEL_IS_AREA],
      ...[geographic ? GEOGRAPHIC_TYPE : PROJECTED_TYPE, 0, 1, code],
    ),
    doubles: undefined,
    ascii: undefined,
  };
}

/** The value of a key that is kept in the directory itself. */
function keyValue({ directory }: RawGeoKeys, key: number): number | undefined {
  for (let at = 4; at + 3 < directory.length; at += 4) {
    if (directory[at] === key && directory[at + 1] === 0) return directory[at + 3];
  }
  return undefined;
}
