/** A raster cut to the micro-watersheds, as a cloud optimized GeoTIFF; pixels outside them are nodata. */
import { InputError } from '../../../core/error.js';
import type { DataSource } from '../../../core/task.js';
import { createGeoTiff } from '../../../raster/geotiff-writer.js';
import type { Samples, SampleType } from '../../../raster/nodata.js';
import type { Raster } from '../../../raster/raster.js';
import { NothingToDo } from './step.js';
import type { StepWatershed } from './step-watersheds.js';
import { type ZoneRows, zoneRows } from './zone-rows.js';

export interface ClipRule {
  /** `mode` for classes, `mean` for measures. */
  overviews: 'mode' | 'mean';
  /** Sees rows as they are written, from `row` of the raster, with 1 where a pixel is inside. */
  onRows?(rows: { row: number; width: number; samples: Samples; mask: Uint8Array }): void;
  signal: AbortSignal;
}

const TILE_SIZE = 512;
/** Values that a type can hold and that classes and measures rarely use. */
const DEFAULT_NODATA: Record<SampleType, number> = {
  uint8: 255,
  uint16: 65_535,
  uint32: 4_294_967_295,
  int8: -128,
  int16: -32_768,
  int32: -2_147_483_648,
  float32: Number.NaN,
  float64: Number.NaN,
};

/**
 * Writes the first band to `path`, from top to bottom.
 * @throws {InputError} what reading and writing throw; {NothingToDo} when the watersheds lie outside the raster
 */
export async function clipRaster(
  raster: Raster,
  watersheds: readonly StepWatershed[],
  path: string,
  { overviews, onRows, signal }: ClipRule,
): Promise<ZoneRows> {
  const zone = zoneRows(
    raster.grid,
    watersheds.map(({ polygon }) => polygon),
  );
  if (zone === null) throw new NothingToDo(`the micro-watersheds lie outside ${raster.name}`);
  const { column, row, width, height } = zone.window;
  const { originX, originY, stepX, stepY } = raster.affine;
  const nodata = raster.nodata ?? DEFAULT_NODATA[raster.sampleType];
  const writer = await createGeoTiff(path, {
    width,
    height,
    sampleType: raster.sampleType,
    nodata,
    affine: { originX: originX + column * stepX, originY: originY + row * stepY, stepX, stepY },
    crs: raster.crs,
    geoKeys: raster.geoKeys,
    tileSize: TILE_SIZE,
    overviews,
    bandNames: raster.bandNames.slice(0, 1),
    ...raster.scaling[0],
  });
  try {
    for (let top = 0; top < height; top += TILE_SIZE) {
      signal.throwIfAborted();
      const rows = Math.min(TILE_SIZE, height - top);
      const samples = await raster.readWindow({ column, row: row + top, width, height: rows });
      const mask = zone.mask(row + top, rows);
      for (let i = 0; i < mask.length; i++) if (mask[i] === 0) samples[i] = nodata;
      onRows?.({ row: row + top, width, samples, mask });
      await writer.write({ column: 0, row: top, width, height: rows }, samples);
    }
    await writer.close();
    return zone;
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** The file of an entry that is one raster. @throws {InputError} DATA_NOT_ONE */
export function oneFile({ files, origin, name }: DataSource): string {
  const [file, ...others] = files;
  if (file !== undefined && others.length === 0) return file;
  throw new InputError(
    file === undefined
      ? `${origin} matches no file; expected one raster`
      : `${origin} matches ${files.length} files; expected one raster`,
    {
      code: 'DATA_NOT_ONE',
      hint: `name one file as data.${name}; several are joined by: gdalbuildvrt all.vrt … && gdal_translate all.vrt all.tif`,
      details: { data: name, files },
    },
  );
}
