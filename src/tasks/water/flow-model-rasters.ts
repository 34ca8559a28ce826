/** Rasters on a DEM's grid, written as cloud optimized GeoTIFF from rows that are made when they are needed. */
import { createGeoTiff } from '../../raster/geotiff-writer.js';
import type { Samples, SampleType } from '../../raster/nodata.js';
import type { Raster } from '../../raster/raster.js';

export interface FlowRaster {
  sampleType: SampleType;
  nodata: number;
  /** `count` rows from `row`. */
  rows(row: number, count: number): Samples;
}

/** A tile of directions is 64 kB: a point needs one or two, whatever the size of the DEM. */
const TILE_SIZE = 256;
/** These files are read often and kept for a while: fast is better than small. */
const DEFLATE_LEVEL = 2;

/** @throws {InputError} as createGeoTiff does */
export async function writeFlowRaster(dem: Raster, file: string, raster: FlowRaster): Promise<void> {
  const { width, height, affine, crs, geoKeys } = dem;
  const writer = await createGeoTiff(file, {
    ...{ width, height, affine, crs, geoKeys },
    sampleType: raster.sampleType,
    nodata: raster.nodata,
    tileSize: TILE_SIZE,
    level: DEFLATE_LEVEL,
    overviews: 'nearest',
  });
  try {
    for (let row = 0; row < height; row += TILE_SIZE) {
      const count = Math.min(TILE_SIZE, height - row);
      await writer.write({ column: 0, row, width, height: count }, raster.rows(row, count));
    }
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
