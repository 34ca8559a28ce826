/** How much of a polygon each class of the yearly land-use rasters covers, and how much was ever of some classes. */
import type { CoverageRule } from '../../geo/coverage.js';
import type { Polygon } from '../../geo/polygon.js';
import type { Raster } from '../../raster/raster.js';
import { polygonBands } from './series/polygon-pixels.js';

export interface ClassAreas {
  /** Of each raster: square metres by class, nodata left out. */
  byRaster: Map<number, number>[];
  /** Square metres that were of one of the union's classes in any raster. */
  unionM2: number;
  /** The same over the rasters up to and with each one. */
  unionUpToM2: number[];
  /** A part of the polygon lies beyond the rasters. */
  beyondEdge: boolean;
}

/**
 * Areas over rasters of one grid, read together band by band: memory does not grow with the polygon. Null when it lies
 * outside. The centre rule is the original's local one: a pixel counts whole when its centre is inside.
 * @throws {InputError} RASTER_DAMAGED
 */
export async function classAreas(
  rasters: readonly Raster[],
  polygon: Polygon,
  { rule, union }: { rule: CoverageRule; union: readonly number[] },
): Promise<ClassAreas | null> {
  const pixels = rasters[0] === undefined ? null : polygonBands(rasters[0], polygon, rule);
  if (pixels === null) return null;
  const byRaster = rasters.map(() => new Map<number, number>());
  const firstIn = new Float64Array(rasters.length);
  for (const { window, areasM2 } of pixels.bands()) {
    const seen = new Uint8Array(areasM2.length);
    for (const [r, raster] of rasters.entries()) {
      const samples = await raster.readWindow(window);
      const areas = byRaster[r]!;
      for (let i = 0; i < samples.length; i++) {
        const area = areasM2[i]!;
        const value = samples[i]!;
        if (area === 0 || raster.isNodata(value)) continue;
        areas.set(value, (areas.get(value) ?? 0) + area);
        if (seen[i] === 1 || !union.includes(value)) continue;
        seen[i] = 1;
        firstIn[r]! += area;
      }
    }
  }
  const unionUpToM2: number[] = [];
  for (const area of firstIn) unionUpToM2.push((unionUpToM2.at(-1) ?? 0) + area);
  return { byRaster, unionM2: unionUpToM2.at(-1) ?? 0, unionUpToM2, beyondEdge: pixels.beyondEdge };
}
