/** Where the made-up country lies: UTM zone 43N, about 23.2 N 72.4 E, 11 km by 10 km in pixels of 10 m. */
import proj4 from 'proj4';

export const GRID = { width: 1100, height: 1000, left: 228_600, top: 2_572_600, pixelM: 10, epsg: 32643 };

const UTM = proj4('+proj=longlat +datum=WGS84 +no_defs', '+proj=utm +zone=43 +datum=WGS84 +units=m +no_defs');

/** [longitude, latitude] of a place in pixels: column from the left edge, row from the top edge. */
export function toLonLat(column, row) {
  return UTM.inverse([GRID.left + column * GRID.pixelM, GRID.top - row * GRID.pixelM]);
}

/** The place in pixels of a longitude and latitude. */
export function toPixel(longitude, latitude) {
  const [easting, northing] = UTM.forward([longitude, latitude]);
  return [(easting - GRID.left) / GRID.pixelM, (GRID.top - northing) / GRID.pixelM];
}

/** `value` with at most `digits` decimals. */
export function round(value, digits) {
  return Number(value.toFixed(digits));
}
