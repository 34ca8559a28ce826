/** A DEM file, checked and read into memory. */
import { InputError } from '../../core/error.js';
import { emptyDem, putRows } from '../../geo/hydrology/dem.js';
import type { CellSizes, Dem } from '../../geo/hydrology/flow-grid.js';
import { cellSizesM } from '../../geo/pixel-area.js';
import { cellFrame } from '../../raster/cell-frame.js';
import { openRaster, type Raster } from '../../raster/raster.js';
import { rowWindows } from '../../raster/row-windows.js';

const ROWS = 256;

/** @throws {InputError} DEM_BANDS, or what openRaster throws */
export async function openDem(path: string): Promise<Raster> {
  const raster = await openRaster(path);
  if (raster.bands === 1) return raster;
  await raster.close();
  throw new InputError(`${path} has ${raster.bands} bands; expected one, of elevations`, {
    code: 'DEM_BANDS',
    hint: `gdal_translate -b 1 ${path} dem.tif   (with the number of the band that holds elevations)`,
    details: { path, found: raster.bands, expected: 1 },
  });
}

/** Throws when the DEM has no value at all; reads no more of it than it needs. @throws {InputError} DEM_EMPTY */
export async function requireValues(raster: Raster): Promise<void> {
  for await (const { samples } of rowWindows(raster, { rows: ROWS })) {
    if (samples[0]!.some((value) => !raster.isNodata(value) && Number.isFinite(value))) return;
  }
  throw emptyError(raster);
}

/** @throws {InputError} DEM_EMPTY */
export async function readDem(raster: Raster): Promise<{ dem: Dem; sizes: CellSizes; cells: number }> {
  const dem = emptyDem(raster.width, raster.height, raster.sampleType);
  let cells = 0;
  for await (const { window, samples } of rowWindows(raster, { rows: ROWS })) {
    cells += putRows(dem, window.row, samples[0]!, raster.isNodata);
  }
  if (cells === 0) throw emptyError(raster);
  return { dem, sizes: cellSizesM(cellFrame(raster)), cells };
}

function emptyError({ path, width, height, nodata }: Raster): InputError {
  return new InputError(
    `${path} has no elevation: all ${width} x ${height} pixels are nodata (${nodata ?? 'not a number'})`,
    {
      code: 'DEM_EMPTY',
      hint: `check its nodata value: gdalinfo -stats ${path}`,
      details: { path, nodata: nodata ?? null },
    },
  );
}
