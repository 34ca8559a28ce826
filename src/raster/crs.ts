/** Coordinate reference systems: from GeoKeys or an EPSG code to a converter between it and WGS 84. */
import { toProj4 } from 'geotiff-geokeys-to-proj4';
import proj4 from 'proj4';
import type { LonLat } from '../geo/geodesic.js';

export interface Crs {
  /** `EPSG:26912`, or the file's own name for it when it has no code. */
  label: string;
  /** The definition for PROJ; two systems are the same when these are. */
  definition: string;
  /** Coordinates are degrees. */
  geographic: boolean;
  /** What a unit of the file's coordinates is in the definition's: the library says it in one place or in both. */
  unitX: number;
  unitY: number;
  toLonLat(x: number, y: number): LonLat;
  /** Not finite where the projection has no image of the point. */
  fromLonLat(point: LonLat): { x: number; y: number };
}

/** Why there is no converter. */
export interface NoCrs {
  problem: 'absent' | 'unknown' | 'datum';
  /** What the file says, for a message. */
  found: string;
}

export type GeoKeys = Partial<Record<string, unknown>>;

const USER_DEFINED = 32_767;
const MODEL_PROJECTED = 1;
/** Ellipsoids that differ from WGS 84 by less are of datums (NAD83, ETRS89, SIRGAS 2000) within 2 m of it. */
const ELLIPSOID_TOLERANCE_M = 1;
const WGS84_AXES_M = [6_378_137, 6_356_752.314_245];

/** The system that a GeoTIFF declares (GeoTIFF 1.1, section 7.4), user-defined projections included. */
export function crsFromGeoKeys(keys: GeoKeys | null): Crs | NoCrs {
  const projected = numberOf(keys?.ProjectedCSTypeGeoKey ?? keys?.ProjectedCRSGeoKey);
  const geographic = numberOf(keys?.GeographicTypeGeoKey ?? keys?.GeodeticCRSGeoKey);
  if (keys === null || (projected === undefined && geographic === undefined)) {
    return { problem: 'absent', found: 'no coordinate reference system' };
  }
  const code = [projected, geographic].find(
    (value) => value !== undefined && value !== USER_DEFINED && value > 0,
  );
  const isProjected = keys.GTModelTypeGeoKey === MODEL_PROJECTED || projected !== undefined;
  const codeOfType = isProjected ? projected : geographic;
  const label =
    codeOfType !== undefined && codeOfType !== USER_DEFINED
      ? `EPSG:${codeOfType}`
      : String(keys.GTCitationGeoKey ?? keys.PCSCitationGeoKey ?? keys.GeogCitationGeoKey ?? `EPSG:${code}`);
  return crsFromKeys(isProjected && projected !== USER_DEFINED ? projectedOnly(keys) : keys, label);
}

/** The system of an EPSG code, such as 32643 or 4326. */
export function crsFromEpsg(code: number): Crs | NoCrs {
  const projected = crsFromKeys(
    { GTModelTypeGeoKey: MODEL_PROJECTED, ProjectedCSTypeGeoKey: code },
    `EPSG:${code}`,
  );
  if (!('problem' in projected)) return projected;
  return crsFromKeys({ GTModelTypeGeoKey: 2, GeographicTypeGeoKey: code }, `EPSG:${code}`);
}

/** The library takes the geographic code where both are set and would read metres as degrees. */
function projectedOnly(keys: GeoKeys): GeoKeys {
  const { GeographicTypeGeoKey: _, ...rest } = keys;
  return rest;
}

function crsFromKeys(keys: GeoKeys, label: string): Crs | NoCrs {
  const { proj4: text, coordinatesConversionParameters: units, errors, isGCS } = toProj4(keys as never);
  const unsupported = Object.keys(errors).filter(
    (name) => /CRSNotSupported|NotSupported$/.test(name) && !/vertical/i.test(name),
  );
  if (unsupported.length > 0 || !/\+proj=/.test(text) || !/\+(a|ellps)=/.test(text)) {
    return { problem: 'unknown', found: label };
  }
  const definition = text.replace(/\+axis=(en|ne)u?\s*/, '').trim() + datumShift(keys);
  if (!isNearWgs84(definition)) return { problem: 'datum', found: label };
  const converter = proj4(definition, 'WGS84');
  return {
    label,
    definition,
    geographic: isGCS,
    ...(definition.includes('+to_meter=') ? { unitX: 1, unitY: 1 } : { unitX: units.x, unitY: units.y }),
    toLonLat(x, y) {
      const [lon, lat] = converter.forward([x, y]) as [number, number];
      return { lon, lat };
    },
    fromLonLat({ lon, lat }) {
      try {
        const [x, y] = converter.inverse([lon, lat]) as [number, number];
        return { x, y };
      } catch {
        return { x: Number.NaN, y: Number.NaN };
      }
    },
  };
}

function datumShift(keys: GeoKeys): string {
  const shift = keys.GeogTOWGS84GeoKey;
  return shift === undefined || shift === null
    ? ''
    : ` +towgs84=${Array.from(shift as Iterable<number>).join(',')}`;
}

/** A sphere, WGS 84's ellipsoid, or any ellipsoid with its shift to WGS 84 given; else places would be 100 m off. */
function isNearWgs84(definition: string): boolean {
  if (definition.includes('+towgs84=')) return true;
  if (/\+(datum=WGS84|ellps=(WGS84|GRS80))/.test(definition)) return true;
  const axes = ['a', 'b'].map((name) => Number(new RegExp(`\\+${name}=([\\d.]+)`).exec(definition)?.[1]));
  if (axes[0] === axes[1]) return true;
  return axes.every((axis, i) => Math.abs(axis - WGS84_AXES_M[i]!) < ELLIPSOID_TOLERANCE_M);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
