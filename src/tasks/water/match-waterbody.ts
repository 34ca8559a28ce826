/** Which water body a water pixel belongs to. */
import type { LonLat } from '../../geo/geodesic.js';
import type { PolygonFeature, PolygonLayer } from './polygon-layer.js';

export interface WaterbodyMatch {
  /** `intersect`: the pixel is in the polygon; `near`: within the radius of it. */
  match: 'intersect' | 'near';
  feature: PolygonFeature;
  /** 0 when it intersects. */
  distanceM: number;
}

export interface MatchRule {
  radiusM: number;
  /** Among those within the radius: the nearest, or the first of the layer, as the original took. */
  choice: 'nearest' | 'first';
}

/** Distances below a micrometre are on the edge. */
const ON_EDGE_M = 1e-6;

/** The first polygon that holds the point, else the chosen one within the radius, else null. */
export function matchWaterbody(
  layer: PolygonLayer,
  point: LonLat,
  { radiusM, choice }: MatchRule,
): WaterbodyMatch | null {
  const near = layer.index.within(point, Math.max(radiusM, ON_EDGE_M));
  const holding = near.find(({ distanceM }) => distanceM <= ON_EDGE_M);
  if (holding !== undefined)
    return { match: 'intersect', feature: layer.features[holding.index]!, distanceM: 0 };
  const [first] = near;
  if (first === undefined) return null;
  const chosen =
    choice === 'first' ? first : near.reduce((best, next) => (next.distanceM < best.distanceM ? next : best));
  return { match: 'near', feature: layer.features[chosen.index]!, distanceM: chosen.distanceM };
}
