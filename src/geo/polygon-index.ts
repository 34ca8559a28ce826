/** Many polygons, asked which are near a point: boxes first (flatbush), then true distances. */
import Flatbush from 'flatbush';
import { type LonLat, metresPerDegree } from './geodesic.js';
import { distanceToPolygonM, type Polygon, polygonBounds } from './polygon.js';

export interface NearPolygon {
  /** Position in the list the index was made of. */
  index: number;
  /** 0 when the point is inside. */
  distanceM: number;
}

export interface PolygonIndex {
  /** Polygons that meet the geodesic disc around the point, in the order of the list. */
  within(point: LonLat, radiusM: number): NearPolygon[];
}

/** Boxes of degrees are widened by this share, since a degree's length changes over a disc. */
const BOX_MARGIN = 1.01;

export function polygonIndex(polygons: readonly Polygon[]): PolygonIndex {
  const boxes = boxIndex(polygons);
  return {
    within(point, radiusM) {
      const near: NearPolygon[] = [];
      for (const index of boxes(point, radiusM)) {
        const distanceM = distanceToPolygonM(polygons[index] as Polygon, point);
        if (distanceM <= radiusM) near.push({ index, distanceM });
      }
      return near;
    },
  };
}

/** Candidates by box, in ascending order; a disc across the 180th meridian is looked up on both of its sides. */
function boxIndex(polygons: readonly Polygon[]): (point: LonLat, radiusM: number) => number[] {
  if (polygons.length === 0) return () => [];
  const tree = new Flatbush(polygons.length);
  for (const polygon of polygons) tree.add(...polygonBounds(polygon));
  tree.finish();
  return (point, radiusM) => {
    const latReach = (radiusM / metresPerDegree(point.lat).lat) * BOX_MARGIN;
    const widest = metresPerDegree(Math.min(Math.abs(point.lat) + latReach, 89.9));
    const lonReach = Math.min(180, (radiusM / widest.lon) * BOX_MARGIN);
    const found = new Set<number>();
    for (const turn of [-360, 0, 360]) {
      const lon = point.lon + turn;
      const hits = tree.search(lon - lonReach, point.lat - latReach, lon + lonReach, point.lat + latReach);
      for (const index of hits) found.add(index);
    }
    return [...found].sort((a, b) => a - b);
  };
}
