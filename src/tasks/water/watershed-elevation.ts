/** The elevations behind the map of a batch: the part of the DEM that it shows, not finer than a picture needs. */
import { join } from 'node:path';
import type { FinishContext } from '../../core/task.js';
import { createGeoTiff } from '../../raster/geotiff-writer.js';
import { openRaster } from '../../raster/raster.js';
import { sampleArray } from '../../raster/sample-array.js';
import type { Extent } from './watershed-layers.js';
import type { WatershedOptions } from './watershed-options.js';
import { demFile, type PreparedWatersheds } from './watershed-prepare.js';
import { LAYERS } from './watershed-report.js';

/** Longer side. */
const MOST_PIXELS = 1500;
const TILE_SIZE = 256;

/** Every n-th elevation each way, as the DEM has it; written row of tiles by row of tiles. */
export async function writeElevation(
  ctx: FinishContext<WatershedOptions, PreparedWatersheds>,
  extent: Extent,
): Promise<void> {
  const dem = await openRaster(demFile(ctx.data.dem));
  try {
    const across = extent.columnTo - extent.column;
    const step = Math.ceil(Math.max(across, extent.rowTo - extent.row) / MOST_PIXELS);
    const width = Math.ceil(across / step);
    const height = Math.ceil((extent.rowTo - extent.row) / step);
    const { originX, originY, stepX, stepY } = dem.affine;
    const file = join(await ctx.scratch(), LAYERS.elevation);
    const writer = await createGeoTiff(file, {
      ...{ width, height, sampleType: dem.sampleType, nodata: dem.nodata },
      affine: {
        originX: originX + extent.column * stepX,
        originY: originY + extent.row * stepY,
        stepX: stepX * step,
        stepY: stepY * step,
      },
      ...{ crs: dem.crs, geoKeys: dem.geoKeys, tileSize: TILE_SIZE, overviews: 'mean' },
      ...dem.scaling[0],
    });
    for (let top = 0; top < height; top += TILE_SIZE) {
      const count = Math.min(TILE_SIZE, height - top);
      const samples = sampleArray(dem.sampleType, width * count);
      for (let row = 0; row < count; row++) {
        const window = {
          column: extent.column,
          row: extent.row + (top + row) * step,
          width: across,
          height: 1,
        };
        const line = await dem.readWindow(window);
        for (let column = 0; column < width; column++) samples[row * width + column] = line[column * step]!;
      }
      await writer.write({ column: 0, row: top, width, height: count }, samples);
    }
    await writer.close();
    await ctx.artifact({
      name: LAYERS.elevation,
      kind: 'raster',
      title: 'Elevation around the catchments',
      file,
    });
  } finally {
    await dem.close();
  }
}
