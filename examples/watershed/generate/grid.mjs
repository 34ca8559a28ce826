/** Where the made-up land lies: UTM zone 43N, about 19.8 N 75.4 E, 10 km by 9 km. Heights are in cells of 25 m, land use in pixels of 10 m. */
import proj4 from 'proj4';

export const LAND = { left: 541_000, top: 2_195_000, widthM: 10_000, heightM: 9000, epsg: 32643 };

/** The grids of the rasters, by the size of their pixels. */
export const HEIGHTS = gridOf(25);
export const PIXELS = gridOf(10);
export const COVER = gridOf(50);
export const GREEN = gridOf(250);
/** Weather: degrees, as rain products come. */
export const SKY = { width: 4, height: 4, left: 75.36, top: 19.88, stepX: 0.05, stepY: 0.05, epsg: 4326 };

const UTM = proj4('+proj=longlat +datum=WGS84 +no_defs', '+proj=utm +zone=43 +datum=WGS84 +units=m +no_defs');

/** [longitude, latitude] of a place in metres from the upper left corner. */
export function toLonLat(eastM, southM) {
  return UTM.inverse([LAND.left + eastM, LAND.top - southM]);
}

/** `value` with at most `digits` decimals. */
export function round(value, digits) {
  return Number(value.toFixed(digits));
}

/** One feature a line: small, and kind to diff. */
export function featureCollection(name, features) {
  return `{"type":"FeatureCollection","name":"${name}","features":[\n${features.map((feature) => JSON.stringify(feature)).join(',\n')}\n]}\n`;
}

/** A ring or line of places in metres, in degrees of seven decimals. */
export function toPositions(places) {
  return places.map(([east, south]) => toLonLat(east, south).map((degrees) => round(degrees, 7)));
}

function gridOf(step) {
  return {
    width: LAND.widthM / step,
    height: LAND.heightM / step,
    left: LAND.left,
    top: LAND.top,
    stepX: step,
    stepY: step,
    epsg: LAND.epsg,
  };
}
