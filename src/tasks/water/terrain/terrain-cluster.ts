/** Which kind of terrain a watershed is, from the shares of its landforms (core-stack.md 3.12 and 10). */

/** Shares from 0 to 1. */
export interface TerrainShares {
  plain: number;
  slopy: number;
  ridge: number;
  valley: number;
  hillSlope: number;
}

/** Classes of the landform raster: plains, open slopes, hill slopes, ridges, valleys. */
const GROUP_OF_LANDFORM: Readonly<Record<number, keyof TerrainShares>> = {
  5: 'plain',
  6: 'slopy',
  8: 'hillSlope',
  3: 'ridge',
  7: 'ridge',
  10: 'ridge',
  11: 'ridge',
  1: 'valley',
  2: 'valley',
  4: 'valley',
  9: 'valley',
};

/** (slopy, plain, ridge, valley, hill) of the original's clusters. */
const CENTROIDS = [
  [0.36255426, 0.21039965, 0.12161905, 0.17393119, 0.13149585],
  [0.09171062, 0.84299211, 0.035222, 0.02172654, 0.00834873],
  [0.08497599, 0.01051893, 0.23763531, 0.37992855, 0.28694122],
  [0.22301813, 0.5611825, 0.08511123, 0.07314189, 0.05754624],
] as const;
const DESCRIPTIONS = [
  'Broad Sloppy and Hilly',
  'Mostly Plains',
  'Mostly Hills and Valleys',
  'Broad Plains and Slopes',
] as const;
const NO_CLUSTER = -1;

/** Shares of the classes 1 to 11; null when no pixel has one. Weights are pixels or their areas. */
export function terrainShares(weightByLandform: ReadonlyMap<number, number>): TerrainShares | null {
  const shares: TerrainShares = { plain: 0, slopy: 0, ridge: 0, valley: 0, hillSlope: 0 };
  let total = 0;
  for (const [landform, weight] of weightByLandform) {
    const group = GROUP_OF_LANDFORM[landform];
    if (group === undefined) continue;
    shares[group] += weight;
    total += weight;
  }
  if (total === 0) return null;
  for (const group of Object.keys(shares) as (keyof TerrainShares)[]) shares[group] /= total;
  return shares;
}

/** The nearest of the four centroids by squared distance, the first of equals; -1 without shares. */
export function terrainCluster(shares: TerrainShares | null): number {
  if (shares === null) return NO_CLUSTER;
  const point = [shares.slopy, shares.plain, shares.ridge, shares.valley, shares.hillSlope];
  const distances = CENTROIDS.map((centroid) =>
    centroid.reduce((sum, value, i) => sum + (value - point[i]!) ** 2, 0),
  );
  return distances.indexOf(Math.min(...distances));
}

/** The original's words for a cluster; null for -1. */
export function terrainDescription(cluster: number): string | null {
  return DESCRIPTIONS[cluster] ?? null;
}
