/** Checks the elevation model before any row is submitted. */
import { InputError } from '../../core/error.js';
import type { DataSource, PrepareContext } from '../../core/task.js';
import type { LonLatBounds } from '../../geo/grid.js';
import { openDem, requireValues } from './flow-model-dem.js';
import type { WatershedOptions } from './watershed-options.js';

/** What every row is given. Plain JSON. */
export interface PreparedWatersheds {
  /** Of the DEM, in degrees. */
  bounds: LonLatBounds;
}

/** @throws {InputError} naming the file, what was found and what was expected */
export async function prepareWatersheds(ctx: PrepareContext<WatershedOptions>): Promise<PreparedWatersheds> {
  const dem = await openPlaced(demFile(ctx.data.dem));
  try {
    await requireValues(dem);
    return { bounds: dem.bounds };
  } finally {
    await dem.close();
  }
}

/** @throws {InputError} DATA_MISSING or DEM_FILES */
export function demFile(source: DataSource | undefined): string {
  const [file, ...others] = source?.files ?? [];
  if (file === undefined) {
    throw new InputError('watershed needs an elevation model; the config has no data.dem', {
      code: 'DATA_MISSING',
      hint: "--set dem=dem.tif, or in the config: data: { dem: 'data/dem.tif' }",
      details: { data: 'dem' },
    });
  }
  if (others.length === 0) return file;
  throw new InputError(
    `${source!.origin} names ${others.length + 1} files (${file}, ${others[0]} …); expected one elevation model`,
    {
      code: 'DEM_FILES',
      hint: 'join them: gdalbuildvrt dem.vrt *.tif && gdal_translate -co TILED=YES -co COMPRESS=DEFLATE dem.vrt dem.tif',
      details: { files: source!.files },
    },
  );
}

/** Rows are places in degrees: without a coordinate system nothing says which cell they are in. */
async function openPlaced(path: string) {
  try {
    return await openDem(path);
  } catch (error) {
    if (!(error instanceof InputError) || error.code !== 'RASTER_NO_CRS') throw error;
    throw new InputError(
      `${error.message}. Rows are latitudes and longitudes, and nothing says where on the map they are`,
      { code: error.code, hint: error.hint, details: error.details, cause: error },
    );
  }
}
