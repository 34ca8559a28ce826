/** The water pixel of a surveyed point, or why it has none. */
import { FinalError } from '../../core/error.js';
import type { LonLat } from '../../geo/geodesic.js';
import { isOnGrid, type LonLatBounds } from '../../geo/grid.js';
import { maskValueAt } from '../../geo/mask-block.js';
import { type BlockMask, type NearestPixel, nearestPixel } from '../../geo/nearest-pixel.js';
import type { DesiltingOptions } from './desilting-options.js';

export interface WaterPixel {
  /** The pixel's centre. */
  position: LonLat;
  distanceM: number;
  /** Years of water there; null outside the rasters. */
  years: number | null;
}

/**
 * The nearest pixel centre with water in enough years, or the point itself when the options say so.
 * @throws {FinalError} NO_WATER or POINT_OUTSIDE_RASTER
 */
export async function findWater(
  { water, bounds }: { water: BlockMask; bounds: LonLatBounds },
  point: LonLat,
  { searchRadiusM: radiusM, minWaterYears: minimum, closestWaterPixel }: DesiltingOptions,
): Promise<WaterPixel> {
  if (!closestWaterPixel) return { position: point, distanceM: 0, years: await yearsAt(water, point) };
  const nearest = await search(water, point, radiusM, minimum);
  if (nearest !== null)
    return { position: nearest.position, distanceM: nearest.distanceM, years: nearest.value };
  if (!isOnGrid(water.grid, water.grid.toPixel(point))) throw outside(water, bounds, point);
  throw new FinalError(`No water pixel found within ${radiusM}m`, {
    code: 'NO_WATER',
    field: 'latitude',
    hint: 'check the coordinates; a larger --set searchRadiusM=… or a smaller minWaterYears=… finds more',
  });
}

async function search(
  mask: BlockMask,
  point: LonLat,
  radiusM: number,
  minimum: number,
): Promise<NearestPixel | null> {
  try {
    return await nearestPixel({ mask, point, radiusM, minimum });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new FinalError(`No search is possible here: ${cause.message}`, {
      code: 'SEARCH_IMPOSSIBLE',
      field: 'latitude',
      cause,
    });
  }
}

async function yearsAt(mask: BlockMask, point: LonLat): Promise<number | null> {
  const place = mask.grid.toPixel(point);
  if (!isOnGrid(mask.grid, place)) return null;
  const [column, row] = [Math.floor(place.column), Math.floor(place.row)];
  const [blockColumn, blockRow] = [Math.floor(column / mask.blockWidth), Math.floor(row / mask.blockHeight)];
  const block = await mask.block(blockColumn, blockRow);
  return maskValueAt(block, column - blockColumn * mask.blockWidth, row - blockRow * mask.blockHeight);
}

function outside({ grid }: BlockMask, bounds: LonLatBounds, { lon, lat }: LonLat): FinalError {
  const [west, south, east, north] = bounds.map((degrees) => degrees.toFixed(4));
  const swapped = { lon: lat, lat: lon };
  const swappedFits = Math.abs(lon) <= 90 && isOnGrid(grid, grid.toPixel(swapped));
  return new FinalError(
    `The point (latitude ${lat}, longitude ${lon}) lies outside the rasters, which lie within latitude ${south} to ${north} and longitude ${west} to ${east}`,
    {
      code: 'POINT_OUTSIDE_RASTER',
      field: 'latitude',
      hint: swappedFits
        ? 'latitude and longitude look swapped: exchanged, the point lies inside'
        : 'check the coordinates, or add rasters of this area to data.lulc',
      details: { latitude: lat, longitude: lon, bounds },
    },
  );
}
