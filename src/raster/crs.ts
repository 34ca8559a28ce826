/** Coordinate reference systems: from GeoKeys or an EPSG code to a converter between it and WGS 84. */
import proj4 from 'proj4';
import type { LonLat } from '../geo/geodesic.js';
import type { GeoKeys } from './geo-keys.js';
import { type ProjDefinition, projDefinition } from './proj-definition.js';

export interface Crs {
  /** `EPSG:26912`, or the file's own name for it when it has no code. */
  label: string;
  /** The definition for PROJ; two systems are the same when these are. */
  definition: string;
  /** Coordinates are degrees. */
  geographic: boolean;
  /** What a unit of the file's coordinates is in the definition's; negative where x grows to the west, y to the south. */
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

const USER_DEFINED = 32_767;
const [MODEL_PROJECTED, MODEL_GEOGRAPHIC] = [1, 2];
/** Ellipsoids that differ from WGS 84 by less are of datums (NAD83, ETRS89, SIRGAS 2000) within 2 m of it. */
const ELLIPSOID_TOLERANCE_M = 1;
const WGS84_AXES_M = [6_378_137, 6_356_752.314_245];

/** The system that a GeoTIFF declares (GeoTIFF 1.1, section 7.4), user-defined projections included. */
export function crsFromGeoKeys(keys: GeoKeys | null): Crs | NoCrs {
  const projected = numberOf(keys?.ProjectedCSTypeGeoKey);
  const geographic = numberOf(keys?.GeographicTypeGeoKey);
  if (keys === null || (projected === undefined && geographic === undefined)) {
    return { problem: 'absent', found: 'no coordinate reference system' };
  }
  const code = [projected, geographic].find(
    (value) => value !== undefined && value !== USER_DEFINED && value > 0,
  );
  const isProjected = keys.GTModelTypeGeoKey === MODEL_PROJECTED || projected !== undefined;
  const isOther = !isProjected && (keys.GTModelTypeGeoKey ?? MODEL_GEOGRAPHIC) !== MODEL_GEOGRAPHIC;
  const codeOfType = isProjected ? projected : geographic;
  const label =
    codeOfType !== undefined && codeOfType !== USER_DEFINED && !isOther
      ? `EPSG:${codeOfType}`
      : String(keys.GTCitationGeoKey ?? keys.PCSCitationGeoKey ?? keys.GeogCitationGeoKey ?? `EPSG:${code}`);
  const crs = crsFromKeys(isProjected && projected !== USER_DEFINED ? projectedOnly(keys) : keys, label);
  return isOther && !('problem' in crs) && crs.geographic ? { problem: 'unknown', found: label } : crs;
}

/** The system of an EPSG code, such as 32643 or 4326. */
export function crsFromEpsg(code: number): Crs | NoCrs {
  const projected = crsFromKeys(
    { GTModelTypeGeoKey: MODEL_PROJECTED, ProjectedCSTypeGeoKey: code },
    `EPSG:${code}`,
  );
  if (!('problem' in projected)) return projected;
  return crsFromKeys({ GTModelTypeGeoKey: MODEL_GEOGRAPHIC, GeographicTypeGeoKey: code }, `EPSG:${code}`);
}

/** The library takes the geographic code where both are set and would read metres as degrees. */
function projectedOnly(keys: GeoKeys): GeoKeys {
  const { GeographicTypeGeoKey: _, ...rest } = keys;
  return rest;
}

function crsFromKeys(keys: GeoKeys, label: string): Crs | NoCrs {
  const definition = projDefinition(keys);
  if (definition === undefined) return { problem: 'unknown', found: label };
  if (!isNearWgs84(definition)) return { problem: 'datum', found: label };
  const { text, geographic, unitX, unitY } = definition;
  const converter = proj4(text, 'WGS84');
  return {
    label,
    definition: text,
    geographic,
    unitX,
    unitY,
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

/** A sphere, WGS 84's ellipsoid, or any ellipsoid with its shift to WGS 84 given; else places would be 100 m off. */
function isNearWgs84({ text, axesM }: ProjDefinition): boolean {
  if (/\+towgs84=|TOWGS84/.test(text)) return true;
  if (/\+(datum=WGS84|ellps=(WGS84|GRS80))/.test(text)) return true;
  if (axesM[0] === axesM[1]) return true;
  return axesM.every((axis, i) => Math.abs(axis - WGS84_AXES_M[i]!) < ELLIPSOID_TOLERANCE_M);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
