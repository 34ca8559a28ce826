/** The highest stream order and the largest catchment at a water body (core-stack 1.8.1, swb3). */
import { metresPerDegree } from '../../../geo/geodesic.js';
import { distanceToPolygonM, type Polygon, polygonBounds } from '../../../geo/polygon.js';
import { openRaster, type Raster } from '../../../raster/raster.js';
import { polygonBands } from '../series/polygon-pixels.js';
import type { StepContext } from './step.js';
import { CATCHMENT_AREA, STREAM_ORDER } from './step-files.js';
import { zoneRows } from './zone-rows.js';

export interface Highest {
  /** Null where the step that makes the raster left none. */
  of(
    polygon: Polygon,
    areaM2: number,
  ): Promise<{ max_stream_order: number | null; max_catchment_area: number | null }>;
  close(): Promise<void>;
}

/** Smaller bodies are widened, so that the centre of a pixel of 30 m lies in them. */
const SMALL_M2 = 900;
const WIDEN_M = 15;

/** Opens what the steps `stream-order` and `catchment-area` have left. @throws {InputError} as openRaster does */
export async function openHighest(ctx: Pick<StepContext, 'from'>): Promise<Highest> {
  const [order, catchment] = await Promise.all([
    openIfThere(ctx.from('stream-order', STREAM_ORDER)),
    openIfThere(ctx.from('catchment-area', CATCHMENT_AREA)),
  ]);
  return {
    async of(polygon, areaM2) {
      return {
        max_stream_order: order === null ? null : await highestIn(order, polygon, areaM2),
        max_catchment_area: catchment === null ? null : await highestIn(catchment, polygon, areaM2),
      };
    },
    async close() {
      await Promise.all([order?.close(), catchment?.close()]);
    },
  };
}

/** The highest value at a pixel centre in the body; of one that holds no centre, within 15 m of it. Nodata counts as 0. */
async function highestIn(raster: Raster, polygon: Polygon, areaM2: number): Promise<number> {
  const inside = areaM2 < SMALL_M2 ? null : await highestInside(raster, polygon);
  return inside ?? (await highestNear(raster, polygon));
}

/** Null when no centre lies inside. */
async function highestInside(raster: Raster, polygon: Polygon): Promise<number | null> {
  let highest: number | null = null;
  for (const { window, areasM2 } of polygonBands(raster, polygon, 'centre')?.bands() ?? []) {
    const samples = await raster.readWindow(window);
    for (let i = 0; i < areasM2.length; i++) {
      if (areasM2[i] === 0) continue;
      highest = Math.max(highest ?? 0, raster.isNodata(samples[i]!) ? 0 : samples[i]!);
    }
  }
  return highest;
}

async function highestNear(raster: Raster, polygon: Polygon): Promise<number> {
  const { grid } = raster;
  const zone = zoneRows(grid, [widened(polygon)]);
  if (zone === null) return 0;
  const { column, row, width, height } = zone.window;
  const samples = await raster.readWindow(zone.window);
  let highest = 0;
  for (let i = 0; i < width * height; i++) {
    const value = samples[i]!;
    if (raster.isNodata(value) || !(value > highest)) continue;
    const centre = grid.toLonLat({
      column: column + (i % width) + 0.5,
      row: row + Math.floor(i / width) + 0.5,
    });
    if (distanceToPolygonM(polygon, centre) <= WIDEN_M) highest = value;
  }
  return highest;
}

/** A box that holds all within 15 m of the polygon, and the centres of the pixels there. */
function widened(polygon: Polygon): Polygon {
  const [west, south, east, north] = polygonBounds(polygon);
  const scale = metresPerDegree((south + north) / 2);
  const [lon, lat] = [(2 * WIDEN_M) / scale.lon, (2 * WIDEN_M) / scale.lat];
  const [left, right, lower, upper] = [west - lon, east + lon, south - lat, north + lat];
  return [[Float64Array.from([left, lower, right, lower, right, upper, left, upper, left, lower])]];
}

async function openIfThere(path: string | undefined): Promise<Raster | null> {
  return path === undefined ? null : openRaster(path);
}
