/** The landform shares and the cluster of one watershed, from its row, a landform raster or an elevation model. */
import { InputError } from '../../../core/error.js';
import type { RunContext } from '../../../core/task.js';
import type { LonLatBounds } from '../../../geo/grid.js';
import { polygonBounds } from '../../../geo/polygon.js';
import { classAreas } from '../class-areas.js';
import { keptRaster } from '../kept-raster.js';
import type { WatershedInput } from '../mws/mws-row.js';
import type { PreparedData } from '../mws/prepare-data.js';
import { outsideRasters } from '../mws/require-lulc.js';
import { numberOf, type Row } from '../mws/row-numbers.js';
import { requirePolygon } from '../mws/row-watershed.js';
import { polygonLayer } from '../open-layers.js';
import { landformFile, writeLandforms } from './landform-raster.js';
import { type TerrainShares, terrainCluster, terrainDescription, terrainShares } from './terrain-cluster.js';
import type { TerrainOptions } from './terrain-options.js';

/** The result columns: percentages of the pixels that have a landform. */
export type TerrainResult = {
  terrain_cluster: number;
  terrain_description: string | null;
  plain_area: number | null;
  slopy_area: number | null;
  ridge_area: number | null;
  valley_area: number | null;
  hill_slope: number | null;
};

type Context = RunContext<TerrainOptions, PreparedData>;

const PERCENT = 100;
/** As the published layer spells them: its shapefile cut names after ten letters. */
const PUBLISHED = ['plain_area', 'slopy_area', 'ridge_area', 'valley_are', 'hill_slope'] as const;

/** @throws {FinalError} for a row without a place or outside the raster; {InputError} when there is no data to read */
export async function terrainOf(ctx: Context, input: WatershedInput): Promise<TerrainResult> {
  const own = sharesOfRow(input);
  const shares = own === undefined ? await sharesOfRaster(ctx, input) : own;
  const cluster = terrainCluster(shares);
  const percent = (share: keyof TerrainShares) => (shares === null ? null : shares[share] * PERCENT);
  return {
    terrain_cluster: cluster,
    terrain_description: terrainDescription(cluster),
    plain_area: percent('plain'),
    slopy_area: percent('slopy'),
    ridge_area: percent('ridge'),
    valley_area: percent('valley'),
    hill_slope: percent('hillSlope'),
  };
}

/** Percentages that the row brings; undefined when it does not bring all of them. */
function sharesOfRow(row: Row): TerrainShares | null | undefined {
  const valley = numberOf(row, 'valley_are') ?? numberOf(row, 'valley_area');
  const found = PUBLISHED.map((name) => (name === 'valley_are' ? valley : numberOf(row, name)));
  if (found.includes(null)) return undefined;
  const [plain, slopy, ridge, valleys, hillSlope] = (found as number[]).map((value) => value / PERCENT);
  if (found.every((value) => value === 0)) return null;
  return { plain: plain!, slopy: slopy!, ridge: ridge!, valley: valleys!, hillSlope: hillSlope! };
}

async function sharesOfRaster(ctx: Context, input: WatershedInput): Promise<TerrainShares | null> {
  const { identity } = ctx.prepared;
  const layer = await polygonLayer(ctx.data.mws, identity);
  const polygon = requirePolygon(input, layer);
  const bounds = layer === null ? polygonBounds(polygon) : boundsOf(layer.features.map((one) => one.polygon));
  const raster = await keptRaster(await landformsFor(ctx, bounds), identity);
  const areas = await classAreas([raster], polygon, { rule: ctx.options.rule, union: [] });
  if (areas === null) throw outsideRasters('the landform raster');
  return terrainShares(areas.byRaster[0]!);
}

/** The one that is given, else one made of the elevation model by the first row and kept for later batches. */
async function landformsFor(ctx: Context, bounds: LonLatBounds): Promise<string> {
  const given = ctx.data.landforms?.files[0];
  const dem = ctx.data.dem?.files[0];
  if (given !== undefined) return given;
  if (dem === undefined) {
    throw new InputError('terrain needs a landform raster or an elevation model; the config has neither', {
      code: 'DATA_MISSING',
      hint: "data: { dem: 'data/dem.tif' }, or data: { landforms: 'data/landforms.tif' }",
      details: { data: 'landforms' },
    });
  }
  const { path, isMade } = await landformFile(
    { path: dem, identity: ctx.prepared.identity },
    ctx.cacheDir,
    bounds,
  );
  if (!isMade) await ctx.lock(path, () => writeLandforms(dem, path, bounds), { ttlMs: LOCK_TTL_MS });
  return path;
}

/** Longer than the landforms of the largest model take. */
const LOCK_TTL_MS = 300_000;

function boundsOf(polygons: readonly Parameters<typeof polygonBounds>[0][]): LonLatBounds {
  return polygons
    .map(polygonBounds)
    .reduce((a, b) => [
      Math.min(a[0], b[0]),
      Math.min(a[1], b[1]),
      Math.max(a[2], b[2]),
      Math.max(a[3], b[3]),
    ]);
}
