/**
 * A piece of the Mercator projection, fitted into a drawing: angles are true, so shapes look as on the ground.
 * Longitudes may run past 180 where a map crosses that line.
 */
import type { LonLat } from '../row-point.js';

const RADIUS_M = 6_378_137;
const ECCENTRICITY_SQUARED = 0.006_694_379_990_14;
const MAX_LATITUDE = 85;
const DEGREE = Math.PI / 180;

export interface Bounds {
  west: number;
  south: number;
  east: number;
  north: number;
}

export interface Projection {
  width: number;
  height: number;
  /** What the drawing shows, degrees. */
  bounds: Bounds;
  /** Drawing units, y down. */
  x(longitude: number): number;
  y(latitude: number): number;
  /** Back to degrees. */
  longitude(x: number): number;
  latitude(y: number): number;
  /** Metres on the ground of one drawing unit, in the middle of the map. */
  metresPerUnit: number;
}

export interface Frame {
  width: number;
  minHeight: number;
  maxHeight: number;
  /** Metres that the shorter side shows at least. */
  minMetres: number;
}

const PADDING = 0.08;

/** The narrowest bounds of `points`, across the 180th meridian if that is narrower; null when there is none. */
export function boundsOf(points: readonly LonLat[]): Bounds | null {
  if (points.length === 0) return null;
  const plain = spanOf(points.map(({ longitude }) => longitude));
  const turned = spanOf(points.map(({ longitude }) => (longitude < 0 ? longitude + 360 : longitude)));
  const [west, east] = turned[1] - turned[0] < plain[1] - plain[0] ? turned : plain;
  const [south, north] = spanOf(points.map(({ latitude }) => latitude));
  return { west, south, east, north };
}

function spanOf(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

export function fitProjection(bounds: Bounds, frame: Frame): Projection {
  const middle = clampLatitude((bounds.south + bounds.north) / 2);
  const metresPerDegree = metresPerDegreeOfLongitude(middle);
  const least = frame.minMetres / metresPerDegree;
  const spanX = Math.max(bounds.east - bounds.west, least) * (1 + 2 * PADDING);
  const spanY = Math.max(mercator(bounds.north) - mercator(bounds.south), least) * (1 + 2 * PADDING);
  const height = Math.round(
    Math.min(frame.maxHeight, Math.max(frame.minHeight, (frame.width * spanY) / spanX)),
  );
  const unitsPerDegree = Math.min(frame.width / spanX, height / spanY);
  const centreX = (bounds.west + bounds.east) / 2;
  const centreY = (mercator(bounds.south) + mercator(bounds.north)) / 2;
  const halfX = frame.width / 2 / unitsPerDegree;
  const halfY = height / 2 / unitsPerDegree;
  return {
    width: frame.width,
    height,
    bounds: {
      west: centreX - halfX,
      east: centreX + halfX,
      south: inverseMercator(centreY - halfY),
      north: inverseMercator(centreY + halfY),
    },
    x: (longitude) => (nearCentre(longitude, centreX) - centreX + halfX) * unitsPerDegree,
    y: (latitude) => (centreY + halfY - mercator(latitude)) * unitsPerDegree,
    longitude: (x) => centreX - halfX + x / unitsPerDegree,
    latitude: (y) => inverseMercator(centreY + halfY - y / unitsPerDegree),
    metresPerUnit: metresPerDegree / unitsPerDegree,
  };
}

/** Length of a degree of longitude on the WGS 84 ellipsoid. */
function metresPerDegreeOfLongitude(latitude: number): number {
  const sine = Math.sin(latitude * DEGREE);
  const normal = RADIUS_M / Math.sqrt(1 - ECCENTRICITY_SQUARED * sine * sine);
  return normal * Math.cos(latitude * DEGREE) * DEGREE;
}

/** Mercator's y in degrees of longitude, so that both axes have one unit. */
function mercator(latitude: number): number {
  return Math.log(Math.tan(Math.PI / 4 + (clampLatitude(latitude) * DEGREE) / 2)) / DEGREE;
}

function inverseMercator(y: number): number {
  return (2 * Math.atan(Math.exp(y * DEGREE)) - Math.PI / 2) / DEGREE;
}

function clampLatitude(latitude: number): number {
  return Math.min(MAX_LATITUDE, Math.max(-MAX_LATITUDE, latitude));
}

/** `longitude`, turned by a whole circle where that brings it nearer to `centre`. */
function nearCentre(longitude: number, centre: number): number {
  return longitude - 360 * Math.round((longitude - centre) / 360);
}
