/** GeoKeys (GeoTIFF 1.1, sections 7.1 and 7.2): as a file stores them, to be copied, and by name, to be understood. */
import type { TiffDirectory } from './read-directories.js';

/** The three tags as they are, in this machine's byte order. A writer copies them and the system stays the same. */
export interface RawGeoKeys {
  /** Tag 34735: version 1, revision 1.minor, number of keys, then four numbers a key. */
  directory: Uint16Array;
  /** Tag 34736. */
  doubles: Float64Array | undefined;
  /** Tag 34737: texts, each ended by `|`. */
  ascii: string | undefined;
}

/** Values by the names of GeoTIFF 1.0, which the projection library knows; numbers, texts, or several numbers. */
export type GeoKeys = Partial<Record<string, number | string | number[]>>;

const DIRECTORY = 34_735;
const DOUBLES = 34_736;
const ASCII = 34_737;

const NAMES: Record<number, string> = {
  1024: 'GTModelTypeGeoKey',
  1025: 'GTRasterTypeGeoKey',
  1026: 'GTCitationGeoKey',
  2048: 'GeographicTypeGeoKey',
  2049: 'GeogCitationGeoKey',
  2050: 'GeogGeodeticDatumGeoKey',
  2051: 'GeogPrimeMeridianGeoKey',
  2052: 'GeogLinearUnitsGeoKey',
  2053: 'GeogLinearUnitSizeGeoKey',
  2054: 'GeogAngularUnitsGeoKey',
  2055: 'GeogAngularUnitSizeGeoKey',
  2056: 'GeogEllipsoidGeoKey',
  2057: 'GeogSemiMajorAxisGeoKey',
  2058: 'GeogSemiMinorAxisGeoKey',
  2059: 'GeogInvFlatteningGeoKey',
  2061: 'GeogPrimeMeridianLongGeoKey',
  2062: 'GeogTOWGS84GeoKey',
  3072: 'ProjectedCSTypeGeoKey',
  3073: 'PCSCitationGeoKey',
  3074: 'ProjectionGeoKey',
  3075: 'ProjCoordTransGeoKey',
  3076: 'ProjLinearUnitsGeoKey',
  3077: 'ProjLinearUnitSizeGeoKey',
  3078: 'ProjStdParallel1GeoKey',
  3079: 'ProjStdParallel2GeoKey',
  3080: 'ProjNatOriginLongGeoKey',
  3081: 'ProjNatOriginLatGeoKey',
  3082: 'ProjFalseEastingGeoKey',
  3083: 'ProjFalseNorthingGeoKey',
  3084: 'ProjFalseOriginLongGeoKey',
  3085: 'ProjFalseOriginLatGeoKey',
  3086: 'ProjFalseOriginEastingGeoKey',
  3087: 'ProjFalseOriginNorthingGeoKey',
  3088: 'ProjCenterLongGeoKey',
  3089: 'ProjCenterLatGeoKey',
  3090: 'ProjCenterEastingGeoKey',
  3091: 'ProjCenterNorthingGeoKey',
  3092: 'ProjScaleAtNatOriginGeoKey',
  3093: 'ProjScaleAtCenterGeoKey',
  3094: 'ProjAzimuthAngleGeoKey',
  3095: 'ProjStraightVertPoleLongGeoKey',
  3096: 'ProjRectifiedGridAngleGeoKey',
};

/** Undefined when the file has none. */
export function readGeoKeys(directory: TiffDirectory): RawGeoKeys | undefined {
  const keys = directory.numbers(DIRECTORY);
  if (keys === undefined || keys.length < 4) return undefined;
  const doubles = directory.numbers(DOUBLES);
  return {
    directory: Uint16Array.from(keys),
    doubles: doubles === undefined ? undefined : Float64Array.from(doubles),
    ascii: directory.text(ASCII),
  };
}

/** Keys whose values are absent, and keys without a name here, are left out. */
export function namedGeoKeys({ directory, doubles, ascii }: RawGeoKeys): GeoKeys {
  const keys: GeoKeys = {};
  const end = Math.min(directory.length, 4 + 4 * directory[3]!);
  for (let at = 4; at + 3 < end; at += 4) {
    const [key, tag, count, value] = directory.subarray(at, at + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    const name = NAMES[key];
    if (name === undefined) continue;
    if (tag === 0) keys[name] = value;
    else if (tag === ASCII) keys[name] = (ascii ?? '').slice(value, value + count).replace(/[|\0\s]+$/, '');
    else if (tag === DOUBLES && value + count <= (doubles?.length ?? 0)) {
      const values = Array.from(doubles!.subarray(value, value + count));
      keys[name] = count === 1 ? values[0]! : values;
    }
  }
  return keys;
}
