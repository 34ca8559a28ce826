/** Area of polygons on the WGS 84 ellipsoid (Karney 2013, Journal of Geodesy 87:43-55), edges taken as geodesics. */
import geographiclib from 'geographiclib-geodesic';
import type { Polygon, Ring } from './polygon.js';

/** Square metres: outlines less holes, whichever way the rings run. Rings that cross themselves count as wound. */
export function geodesicAreaM2(polygon: Polygon): number {
  let area = 0;
  for (const rings of polygon) {
    rings.forEach((ring, i) => {
      area += i === 0 ? ringAreaM2(ring) : -ringAreaM2(ring);
    });
  }
  return area;
}

function ringAreaM2(ring: Ring): number {
  const line = geographiclib.Geodesic.WGS84.Polygon(false);
  for (let i = 0; i + 3 < ring.length; i += 2) line.AddPoint(ring[i + 1]!, ring[i]!);
  return Math.abs(line.Compute(false, true).area ?? 0);
}
