/** The rows of a raster as places that areas and distances can be taken from. */
import { InputError } from '../core/error.js';
import type { CellFrame } from '../geo/pixel-area.js';
import type { Crs } from './crs.js';
import type { Affine } from './georeference.js';

/** What a cell frame is made of; every raster has it. */
export interface PlacedRows {
  path: string;
  height: number;
  affine: Affine;
  /** Absent when the file declares none. */
  crs?: Crs | undefined;
}

/** @throws {InputError} AREA_NEEDS_CRS when nothing says in what unit the raster's coordinates are */
export function cellFrame({ path, height, affine, crs }: PlacedRows): CellFrame {
  if (crs === undefined) {
    throw new InputError(
      `${path} has no coordinate reference system, so its pixels have no area; expected one such as EPSG:32643`,
      {
        code: 'AREA_NEEDS_CRS',
        hint: `if you know which it is: gdal_edit.py -a_srs EPSG:32643 ${path}`,
        details: { path },
      },
    );
  }
  const { unitX, unitY } = unitsOf(crs);
  return {
    geographic: crs.geographic,
    originY: affine.originY * unitY,
    stepX: affine.stepX * unitX,
    stepY: affine.stepY * unitY,
    height,
  };
}

/** A unit of the file's coordinates in degrees or metres. Definitions in feet say so: `+to_meter`, or the last UNIT of WKT. */
function unitsOf({ definition, unitX, unitY }: Crs): { unitX: number; unitY: number } {
  const [, metres = 1] = /\+to_meter=([\d.eE+-]+)/.exec(definition) ?? [];
  const [, ofWkt = metres] = /UNIT\["[^"]*",\s*([\d.eE+-]+)\]\s*\]\s*$/.exec(definition) ?? [];
  return { unitX: unitX * Number(ofWkt), unitY: unitY * Number(ofWkt) };
}
