/** Share of each watershed's area that every stream order takes (core-stack 1.8, step 5). */
import type { Polygon } from '../../../geo/polygon.js';
import type { Raster } from '../../../raster/raster.js';
import { polygonBands } from '../series/polygon-pixels.js';

export const ORDERS = 11;

/**
 * `order_1_area_percent` … `order_11_area_percent`, of the part of the polygon that lies on the raster; pixels on its edge
 * count by the share that is inside. Null outside the raster.
 */
export async function orderShares(raster: Raster, polygon: Polygon): Promise<Record<string, number | null>> {
  const areas = new Float64Array(ORDERS + 1);
  let totalM2 = 0;
  for (const { window, areasM2 } of polygonBands(raster, polygon, 'exact')?.bands() ?? []) {
    const samples = await raster.readWindow(window);
    for (let i = 0; i < areasM2.length; i++) {
      const areaM2 = areasM2[i]!;
      totalM2 += areaM2;
      const order = samples[i]!;
      if (areaM2 > 0 && order >= 1 && order <= ORDERS && !raster.isNodata(order)) areas[order]! += areaM2;
    }
  }
  const share = (order: number) => (totalM2 === 0 ? null : (100 * areas[order]!) / totalM2);
  return Object.fromEntries(
    Array.from({ length: ORDERS }, (_, i) => [`order_${i + 1}_area_percent`, share(i + 1)]),
  );
}
