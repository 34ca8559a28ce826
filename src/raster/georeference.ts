/** Where a GeoTIFF's pixels lie: its affine tags (GeoTIFF 1.1, section 7.3) in the units of its coordinate system. */
import { InputError } from '../core/error.js';
import { lonDifference } from '../geo/geodesic.js';
import type { Grid } from '../geo/grid.js';
import type { Crs } from './crs.js';

/** North-up or south-up, never rotated. The origin is the outer corner of pixel (0, 0). */
export interface Affine {
  originX: number;
  originY: number;
  /** Width of a pixel; as a rule positive. */
  stepX: number;
  /** Height of a pixel with its direction; as a rule negative, since rows run south. */
  stepY: number;
}

/** A grid of pixels with its place; a Raster is one. */
export interface Placement {
  width: number;
  height: number;
  crs: Crs;
  affine: Affine;
  grid: Grid;
}

export interface AffineTags {
  pixelScale: ArrayLike<number> | undefined;
  tiepoint: ArrayLike<number> | undefined;
  transformation: ArrayLike<number> | undefined;
  /** GTRasterTypeGeoKey = 2: the tags place pixel centres, not corners. */
  pixelIsPoint: boolean;
}

/** Rotation that moves no pixel of a 100,000-pixel raster by a tenth of a pixel is rounding. */
const ROTATION_TOLERANCE = 1e-6;

/** @throws {InputError} RASTER_NOT_PLACED without usable tags, RASTER_ROTATED when rows are not parallel to x */
export function affineOf(tags: AffineTags, path: string): Affine {
  const { a, b, d, e, f, h } = cornerTransform(tags, path);
  const scale = Math.max(Math.abs(a), Math.abs(f));
  if (Math.abs(b) > ROTATION_TOLERANCE * scale || Math.abs(e) > ROTATION_TOLERANCE * scale) {
    throw new InputError(
      `${path} is rotated: its rows do not run along x (rotation terms ${b}, ${e}); expected 0, 0`,
      {
        code: 'RASTER_ROTATED',
        hint: `gdalwarp ${path} upright.tif`,
        details: { path, found: [b, e], expected: [0, 0] },
      },
    );
  }
  const half = tags.pixelIsPoint ? 0.5 : 0;
  return { originX: d - half * a, originY: h - half * f, stepX: a, stepY: f };
}

/** x = a column + b row + d; y = e column + f row + h. */
function cornerTransform({ pixelScale, tiepoint, transformation }: AffineTags, path: string) {
  if (transformation !== undefined && transformation.length >= 8) {
    const [a, b, , d, e, f, , h] = Array.from(transformation) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    if (a !== 0 || b !== 0) return { a, b, d, e, f, h };
  }
  if (
    pixelScale !== undefined &&
    tiepoint !== undefined &&
    tiepoint.length >= 6 &&
    pixelScale[0] &&
    pixelScale[1]
  ) {
    const a = pixelScale[0];
    const f = -Math.abs(pixelScale[1]);
    return { a, b: 0, d: tiepoint[3]! - tiepoint[0]! * a, e: 0, f, h: tiepoint[4]! - tiepoint[1]! * f };
  }
  throw new InputError(
    `${path} does not say where it lies: expected a pixel size and an origin, found neither`,
    {
      code: 'RASTER_NOT_PLACED',
      hint: 'warp it onto a grid with coordinates (gdalwarp); ground control points and world files are not read',
      details: { path },
    },
  );
}

/** The raster as a grid on the ellipsoid. Longitudes are taken to the turn of the globe that the raster is on. */
export function georeferencedGrid(width: number, height: number, affine: Affine, crs: Crs): Grid {
  const { originX, originY, stepX, stepY } = affine;
  const middleLon = originX * crs.unitX + (stepX * crs.unitX * width) / 2;
  return {
    width,
    height,
    toLonLat: ({ column, row }) =>
      crs.toLonLat((originX + column * stepX) * crs.unitX, (originY + row * stepY) * crs.unitY),
    toPixel: (point) => {
      const place = crs.geographic
        ? { lon: middleLon + lonDifference(middleLon, point.lon), lat: point.lat }
        : point;
      const { x, y } = crs.geographic ? fromDegrees(crs, place) : crs.fromLonLat(place);
      return { column: (x / crs.unitX - originX) / stepX, row: (y / crs.unitY - originY) / stepY };
    },
  };
}

/** The projection library wraps longitudes into -180 to 180; the raster's own turn is put back. */
function fromDegrees(crs: Crs, { lon, lat }: { lon: number; lat: number }): { x: number; y: number } {
  const { x, y } = crs.fromLonLat({ lon, lat });
  return { x: lon + lonDifference(lon, x), y };
}
