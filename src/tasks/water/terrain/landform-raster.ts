/** The landform raster of an elevation model (core-stack.md 3.12), as a GeoTIFF of classes 1 to 11. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { contentHash } from '../../../core/content-hash.js';
import { InputError } from '../../../core/error.js';
import type { LonLatBounds } from '../../../geo/grid.js';
import { landforms } from '../../../geo/landforms.js';
import { cellSizesM } from '../../../geo/pixel-area.js';
import { cellFrame } from '../../../raster/cell-frame.js';
import { createGeoTiff } from '../../../raster/geotiff-writer.js';
import { openRaster, type Raster, type Window } from '../../../raster/raster.js';
import { keptRaster } from '../kept-raster.js';

/** Pixels whose elevations, indices and slopes are in memory at once: about 16 bytes each. */
const MAX_PIXELS = 16_000_000;
/** The outer radius of the larger scale, so that classes at the edge of the area see all around them. */
const MARGIN = 67;
const TILE_ROWS = 512;
const NO_LANDFORM = 0;

/**
 * Where the landforms of `dem` are kept, and whether they are there already. The name changes with the model, and with
 * `bounds` where the model is too large to be looked at as a whole.
 * @throws {InputError} as openRaster does
 */
export async function landformFile(
  dem: { path: string; identity: string },
  cacheDir: string,
  bounds: LonLatBounds,
): Promise<{ path: string; isMade: boolean }> {
  const { width, height } = await keptRaster(dem.path, dem.identity);
  const part = width * height <= MAX_PIXELS ? null : bounds;
  const name = contentHash(['landforms', 1, dem.path, dem.identity, part]).slice(0, 16);
  const path = join(cacheDir, `landforms-${name}.tif`);
  return { path, isMade: await exists(path) };
}

/**
 * Makes the landforms of a model. Deviations are standardised over the whole of it, or over `bounds` and a margin where
 * it is too large for memory. The file has its name when it is whole.
 * @throws {InputError} DEM_TOO_LARGE, or what openRaster and createGeoTiff throw
 */
export async function writeLandforms(dem: string, path: string, bounds: LonLatBounds): Promise<void> {
  const raster = await openRaster(dem);
  try {
    const window = windowFor(raster, bounds);
    const { width, height } = window;
    const samples = await raster.readWindow(window);
    const elevation = new Float32Array(samples.length);
    for (let i = 0; i < samples.length; i++) {
      elevation[i] = raster.isNodata(samples[i]!) ? Number.NaN : samples[i]!;
    }
    const { dxM, dyM } = cellSizesM(cellFrame(raster));
    const rows = (sizes: Float64Array) => sizes.subarray(window.row, window.row + height);
    const classes = landforms({ elevation, width, height, dxM: rows(dxM), dyM: rows(dyM) });
    await writeClasses(path, raster, window, classes);
  } finally {
    await raster.close();
  }
}

async function writeClasses(
  path: string,
  raster: Raster,
  window: Window,
  classes: Uint8Array,
): Promise<void> {
  const { width, height } = window;
  const { originX, originY, stepX, stepY } = raster.affine;
  const writer = await createGeoTiff(path, {
    width,
    height,
    sampleType: 'uint8',
    nodata: NO_LANDFORM,
    affine: {
      originX: originX + window.column * stepX,
      originY: originY + window.row * stepY,
      stepX,
      stepY,
    },
    crs: raster.crs,
    geoKeys: raster.geoKeys,
    tileSize: TILE_ROWS,
    overviews: 'mode',
    bandNames: ['landform'],
  });
  try {
    for (let row = 0; row < height; row += TILE_ROWS) {
      const band = { column: 0, row, width, height: Math.min(TILE_ROWS, height - row) };
      await writer.write(band, classes.subarray(row * width, (row + band.height) * width));
    }
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

function windowFor(raster: Raster, bounds: LonLatBounds): Window {
  const { width, height } = raster;
  if (width * height <= MAX_PIXELS) return { column: 0, row: 0, width, height };
  const window = around(raster, bounds);
  if (window !== null && window.width * window.height <= MAX_PIXELS) return window;
  throw new InputError(
    `${raster.path} has ${width} x ${height} pixels; landforms are made of at most ${MAX_PIXELS.toLocaleString('en-US')} at once`,
    {
      code: 'DEM_TOO_LARGE',
      hint: 'cut it to the area (gdalwarp -cutline), or make the landform raster once and give it as data.landforms',
      details: { path: raster.path, found: [width, height], expected: MAX_PIXELS },
    },
  );
}

/** The pixels of bounds in degrees, their edges walked by their corners, with the margin; null when none is on the raster. */
function around({ grid, width, height }: Raster, [west, south, east, north]: LonLatBounds): Window | null {
  const corners = [west, east].flatMap((lon) => [south, north].map((lat) => grid.toPixel({ lon, lat })));
  const columns = corners.map(({ column }) => column);
  const rows = corners.map(({ row }) => row);
  const left = Math.max(0, Math.floor(Math.min(...columns)) - MARGIN);
  const top = Math.max(0, Math.floor(Math.min(...rows)) - MARGIN);
  const right = Math.min(width, Math.ceil(Math.max(...columns)) + MARGIN);
  const bottom = Math.min(height, Math.ceil(Math.max(...rows)) + MARGIN);
  return right > left && bottom > top
    ? { column: left, row: top, width: right - left, height: bottom - top }
    : null;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
