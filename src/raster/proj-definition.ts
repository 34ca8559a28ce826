/** What GeoKeys say as a definition for PROJ: the library's, with what it leaves out or mistakes put right. */
import { toProj4 } from 'geotiff-geokeys-to-proj4';
import type { GeoKeys } from './geo-keys.js';

export interface ProjDefinition {
  /** In PROJ's own words, or a projected system as WKT. */
  text: string;
  geographic: boolean;
  /**
   * What a unit of the file's coordinates is in the definition's (the library says it in one place or in both); negative
   * where x grows to the west, y to the south.
   */
  unitX: number;
  unitY: number;
  /** Both axes of the ellipsoid, in metres. */
  axesM: [number, number];
}

/** Codes of ProjCoordTransGeoKey (GeoTIFF 1.0, section 6.3.3.3). */
const [MERCATOR, POLAR_STEREOGRAPHIC, EQUIRECTANGULAR, SOUTH_ORIENTATED] = [7, 15, 17, 27];
/** Oblique Mercator comes in two variants with other origins, and the library does not say which. */
const UNSAFE = /\+proj=omerc\b/;
/** Projections of ESRI that GeoTIFF has no keys for are kept as text in a citation. */
const ESRI_TEXT = /ESRI PE String = (PROJCS\[.*\])/s;
const SPHEROID = /SPHEROID\["[^"]*",\s*([\d.]+),\s*([\d.]+)/;

/** Undefined when the keys name a system, or a part of one, that is not known. */
export function projDefinition(keys: GeoKeys): ProjDefinition | undefined {
  const esri = ESRI_TEXT.exec(String(keys.PCSCitationGeoKey ?? keys.GTCitationGeoKey ?? ''))?.[1];
  if (esri !== undefined) return ofEsri(esri);
  const { proj4, coordinatesConversionParameters: units, errors, isGCS } = toProj4(keys as never);
  const unsupported = Object.keys(errors).filter(
    (name) => /NotSupported$/.test(name) && !/vertical/i.test(name),
  );
  if (unsupported.length > 0 || !/\+proj=/.test(proj4) || !/\+(a|ellps)=/.test(proj4)) return undefined;
  if (UNSAFE.test(proj4)) return undefined;
  const sign = /\+axis=ws/.test(proj4) || keys.ProjCoordTransGeoKey === SOUTH_ORIENTATED ? -1 : 1;
  const text = [withoutAxis, withStandardParallel, fromPole].reduce(
    (found, repair) => repair(found, keys),
    proj4,
  );
  const shift = keys.GeogTOWGS84GeoKey;
  return {
    text: Array.isArray(shift) && !text.includes('+towgs84=') ? `${text} +towgs84=${shift.join(',')}` : text,
    geographic: isGCS,
    ...(text.includes('+to_meter=')
      ? { unitX: sign, unitY: sign }
      : { unitX: sign * units.x, unitY: sign * units.y }),
    axesM: [parameter(text, 'a') ?? Number.NaN, parameter(text, 'b') ?? Number.NaN],
  };
}

function ofEsri(text: string): ProjDefinition {
  const [, a, flattening] = (SPHEROID.exec(text) ?? []).map(Number);
  const b = flattening === 0 ? a! : a! * (1 - 1 / flattening!);
  return { text, geographic: false, unitX: 1, unitY: 1, axesM: [a ?? Number.NaN, b] };
}

/** Files store east before north whatever the system's order is. */
function withoutAxis(text: string): string {
  return text.replace(/\+axis=\S+\s*/, '').trim();
}

/** These two projections are true to scale at `lat_ts`, which the library calls `lat_1`. */
function withStandardParallel(text: string, keys: GeoKeys): string {
  const parallel = keys.ProjStdParallel1GeoKey;
  const method = keys.ProjCoordTransGeoKey;
  if (parallel === undefined || (method !== MERCATOR && method !== EQUIRECTANGULAR)) return text;
  return `${without(text, 'lat_1', 'lat_ts')} +lat_ts=${parallel}`;
}

/**
 * Polar stereographic as PROJ says it: from the pole (`lat_0`), true at `lat_ts`. GeoTIFF's own form has one latitude for
 * both and keeps the meridian in a key of its own; the library leaves out the meridian, or the pole.
 */
function fromPole(text: string, keys: GeoKeys): string {
  if (!text.includes('+proj=stere ')) return text;
  const isOwn = keys.ProjCoordTransGeoKey === POLAR_STEREOGRAPHIC;
  const latitude = isOwn ? keys.ProjNatOriginLatGeoKey : parameter(text, 'lat_ts');
  if (typeof latitude !== 'number' || (!isOwn && text.includes('+lat_0='))) return text;
  const meridian = isOwn ? ` +lon_0=${keys.ProjStraightVertPoleLongGeoKey ?? 0}` : '';
  const scaled = Math.abs(latitude) === 90 ? '' : ` +lat_ts=${latitude}`;
  return `${without(text, 'lat_0', 'lat_ts')} +lat_0=${latitude < 0 ? -90 : 90}${scaled}${meridian}`;
}

function without(text: string, ...names: string[]): string {
  return text.replace(new RegExp(`\\+(${names.join('|')})=\\S+\\s*`, 'g'), '').trim();
}

function parameter(text: string, name: string): number | undefined {
  const value = new RegExp(`\\+${name}=(\\S+)`).exec(text)?.[1];
  return value === undefined ? undefined : Number(value);
}
