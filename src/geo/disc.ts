/** Discs on the WGS 84 ellipsoid, and where a polygon's middle is. */
import geographiclib from 'geographiclib-geodesic';
import type { LonLat } from './geodesic.js';
import type { Polygon, Ring } from './polygon.js';

const CORNERS = 180;

/** All that is within `radiusM` of the centre, as a polygon of 180 corners on the circle (0.02 % less area than the disc). */
export function geodesicDisc({ lon, lat }: LonLat, radiusM: number): Polygon {
  const ring = new Float64Array(2 * (CORNERS + 1));
  for (let i = 0; i < CORNERS; i++) {
    const azimuth = -(360 * i) / CORNERS;
    const corner = geographiclib.Geodesic.WGS84.Direct(lat, lon, azimuth, radiusM);
    ring[2 * i] = lon + (((corner.lon2 as number) - lon + 540) % 360) - 180;
    ring[2 * i + 1] = corner.lat2 as number;
  }
  ring[2 * CORNERS] = ring[0]!;
  ring[2 * CORNERS + 1] = ring[1]!;
  return [[ring]];
}

/** Centre of gravity of the area, in the plane of degrees; of a polygon without area its first corner. */
export function polygonCentroid(polygon: Polygon): LonLat {
  const first = { lon: polygon[0]![0]![0]!, lat: polygon[0]![0]![1]! };
  const sum = { area: 0, lon: 0, lat: 0 };
  for (const rings of polygon) {
    rings.forEach((ring, i) => {
      const moments = ringMoments(ring, first);
      const sign = Math.sign(moments.area) * (i === 0 ? 1 : -1);
      sum.area += sign * moments.area;
      sum.lon += sign * moments.lon;
      sum.lat += sign * moments.lat;
    });
  }
  if (sum.area === 0) return first;
  return { lon: first.lon + sum.lon / sum.area, lat: first.lat + sum.lat / sum.area };
}

/** Signed area and first moments about `origin`, so that small polygons far from 0, 0 keep their digits. */
function ringMoments(ring: Ring, origin: LonLat): { area: number; lon: number; lat: number } {
  const moments = { area: 0, lon: 0, lat: 0 };
  for (let i = 0; i + 3 < ring.length; i += 2) {
    const [x, y] = [ring[i]! - origin.lon, ring[i + 1]! - origin.lat];
    const [toX, toY] = [ring[i + 2]! - origin.lon, ring[i + 3]! - origin.lat];
    const cross = x * toY - toX * y;
    moments.area += cross / 2;
    moments.lon += ((x + toX) * cross) / 6;
    moments.lat += ((y + toY) * cross) / 6;
  }
  return moments;
}
