/** Distances on the WGS 84 ellipsoid, exact to nanometres (Karney 2013, Journal of Geodesy 87:43-55). */
import geographiclib from 'geographiclib-geodesic';

/** Degrees on WGS 84: longitude east, latitude north. */
export interface LonLat {
  lon: number;
  lat: number;
}

/** Metres east and north of a centre, in its azimuthal equidistant plane: distances from the centre are true. */
export interface PlanePoint {
  x: number;
  y: number;
}

const { WGS84, DISTANCE, AZIMUTH } = geographiclib.Geodesic;
const SEMI_MAJOR_AXIS_M = 6_378_137;
const ECCENTRICITY_SQUARED = 0.006_694_379_990_141_3;

/** Length of the shortest path on the ellipsoid, in metres. */
export function geodesicDistanceM(from: LonLat, to: LonLat): number {
  return WGS84.Inverse(from.lat, from.lon, to.lat, to.lon, DISTANCE).s12 as number;
}

/** `point` in the azimuthal equidistant plane around `centre`. */
export function toPlane(centre: LonLat, point: LonLat): PlanePoint {
  const path = WGS84.Inverse(centre.lat, centre.lon, point.lat, point.lon, DISTANCE | AZIMUTH);
  const azimuth = ((path.azi1 as number) * Math.PI) / 180;
  const distanceM = path.s12 as number;
  return { x: distanceM * Math.sin(azimuth), y: distanceM * Math.cos(azimuth) };
}

/** Metres in one degree of longitude and of latitude at `lat`: the radii of curvature of the ellipsoid there. */
export function metresPerDegree(lat: number): { lon: number; lat: number } {
  const radians = (lat * Math.PI) / 180;
  const root = Math.sqrt(1 - ECCENTRICITY_SQUARED * Math.sin(radians) ** 2);
  const primeVertical = SEMI_MAJOR_AXIS_M / root;
  const meridian = (SEMI_MAJOR_AXIS_M * (1 - ECCENTRICITY_SQUARED)) / root ** 3;
  return {
    lon: (primeVertical * Math.cos(radians) * Math.PI) / 180,
    lat: (meridian * Math.PI) / 180,
  };
}

/** The difference of two longitudes, in [-180, 180). */
export function lonDifference(from: number, to: number): number {
  return ((((to - from + 180) % 360) + 360) % 360) - 180;
}
