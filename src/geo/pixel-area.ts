/**
 * Sizes of pixels on the ground, row by row. Geographic rasters: on the WGS 84 ellipsoid, where a row's pixels are equal
 * and rows are not. Projected rasters: in the plane of the projection, so as true as the projection is.
 */
import { metresPerDegree } from './geodesic.js';

/** Where the rows of a raster lie: in degrees for geographic rasters, in metres for projected ones. */
export interface CellFrame {
  geographic: boolean;
  /** y of the outer edge of row 0. */
  originY: number;
  /** Signed size of a pixel; either sign counts the same. */
  stepX: number;
  stepY: number;
  /** Rows. */
  height: number;
}

const SEMI_MAJOR_AXIS_M = 6_378_137;
const FLATTENING = 1 / 298.257_223_563;
const ECCENTRICITY_SQUARED = FLATTENING * (2 - FLATTENING);
const ECCENTRICITY = Math.sqrt(ECCENTRICITY_SQUARED);
const SEMI_MINOR_SQUARED = SEMI_MAJOR_AXIS_M ** 2 * (1 - ECCENTRICITY_SQUARED);

/**
 * Area of a pixel of each row, in square metres. Geographic: the zone between the row's parallels, exactly (the part
 * beyond a pole has none). Projected: |stepX stepY|.
 */
export function pixelAreasM2({ geographic, originY, stepX, stepY, height }: CellFrame): Float64Array {
  if (!geographic) return new Float64Array(height).fill(Math.abs(stepX * stepY));
  const areas = new Float64Array(height);
  const share = SEMI_MINOR_SQUARED * Math.abs(radians(stepX));
  let above = authalicHeight(originY);
  for (let row = 0; row < height; row++) {
    const below = authalicHeight(originY + (row + 1) * stepY);
    areas[row] = share * Math.abs(below - above);
    above = below;
  }
  return areas;
}

/** Width and height of a pixel of each row, in metres; for geographic rasters at the row's middle latitude. */
export function cellSizesM({ geographic, originY, stepX, stepY, height }: CellFrame): {
  dxM: Float64Array;
  dyM: Float64Array;
} {
  const dxM = new Float64Array(height).fill(Math.abs(stepX));
  const dyM = new Float64Array(height).fill(Math.abs(stepY));
  for (let row = 0; geographic && row < height; row++) {
    const scale = metresPerDegree(originY + (row + 0.5) * stepY);
    dxM[row]! *= Math.abs(scale.lon);
    dyM[row]! *= scale.lat;
  }
  return { dxM, dyM };
}

/** b² Δλ times the difference of two of these is the area of the zone between their latitudes (degrees). */
function authalicHeight(lat: number): number {
  const sine = Math.sin(radians(Math.max(-90, Math.min(90, lat))));
  const es = ECCENTRICITY * sine;
  return sine / (2 * (1 - es * es)) + Math.log((1 + es) / (1 - es)) / (4 * ECCENTRICITY);
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
