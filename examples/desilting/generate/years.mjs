/** What a satellite would have made of each year: LULC v3 classes, one byte a pixel, rows from the north. */
import { DRY_PLACE, KIND } from './country.mjs';
import { GRID } from './grid.mjs';
import { hash, randomFrom } from './random.mjs';

/** Agricultural years (July to June) and how good the monsoon was, 0 to 1. */
export const YEARS = [
  { label: '2017_2018', rain: 0.72 },
  { label: '2018_2019', rain: 0.3 },
  { label: '2019_2020', rain: 0.96 },
  { label: '2020_2021', rain: 0.88 },
  { label: '2021_2022', rain: 0.6 },
  { label: '2022_2023', rain: 0.92 },
  { label: '2023_2024', rain: 0.55 },
  { label: '2024_2025', rain: 0.84 },
];

export const CLASS = {
  builtUp: 1,
  kharifWater: 2,
  rabiWater: 3,
  zaidWater: 4,
  cropland: 5,
  trees: 6,
  barren: 7,
  singleKharif: 8,
  singleOther: 9,
  double: 10,
  triple: 11,
  shrubs: 12,
};

export function isWater(label) {
  return label >= CLASS.kharifWater && label <= CLASS.zaidWater;
}

/** One Uint8Array a year. Fields that stood under water for one season are taken for water in that year only. */
export function classifyYears(country) {
  const rasters = YEARS.map((year, index) => classify(country, year, index));
  mistakeFieldsForWater(country, rasters);
  return rasters;
}

/** Years with water, a pixel. */
export function countWaterYears(rasters) {
  const count = new Uint8Array(GRID.width * GRID.height);
  for (const raster of rasters) {
    for (let at = 0; at < count.length; at++) if (isWater(raster[at])) count[at]++;
  }
  return count;
}

function classify(country, year, index) {
  const raster = new Uint8Array(GRID.width * GRID.height);
  for (let at = 0; at < raster.length; at++) {
    const water = waterAt(country, at, year.rain, index);
    raster[at] = water ?? landAt(country, at, year.rain, index);
  }
  return raster;
}

function waterAt({ river, stream, tank, depth, tanks }, at, rain, index) {
  if (river[at] > 0) {
    const level = 0.35 + 0.75 * rain;
    if (river[at] > 1 - level) return season(river[at], level, 0.9);
  }
  if (stream[at] > 0 && rain > 0.8 && stream[at] > 0.1) return CLASS.kharifWater;
  if (tank[at] < 0) return undefined;
  const { fill, lasting, desilted } = tanks[tank[at]];
  const level = fill * (0.3 + 0.75 * rain) + (desilted !== undefined && index >= desilted ? 0.12 : 0);
  return depth[at] > 1 - level ? season(depth[at], level, lasting) : undefined;
}

/** How long water of this depth lasts: to the end of the rains, of winter, of summer. */
function season(depth, level, lasting) {
  if (depth > 1 - level * lasting * 0.6) return CLASS.zaidWater;
  return depth > 1 - level * lasting ? CLASS.rabiWater : CLASS.kharifWater;
}

function landAt({ kind, field, tank, seed }, at, rain, index) {
  const column = at % GRID.width;
  const row = (at - column) / GRID.width;
  if (hash(column, row, seed + 100 + index) < 0.002)
    return [CLASS.shrubs, CLASS.trees, CLASS.singleKharif][at % 3];
  if (tank[at] >= 0) return hash(field[at], index, seed + 8) < 0.3 ? CLASS.singleOther : CLASS.barren;
  switch (kind[at]) {
    case KIND.village:
    case KIND.road:
      return CLASS.builtUp;
    case KIND.wood:
      return CLASS.trees;
    case KIND.rock:
    case KIND.sand:
      return CLASS.barren;
    case KIND.hill:
      return CLASS.shrubs;
    case KIND.hedge:
      return hash(field[at], 2, seed) < 0.5 ? CLASS.trees : CLASS.shrubs;
    default:
      return cropOf(field[at], rain, index, seed);
  }
}

/** Wells make some fields bear twice or three times; the others live on rain. */
function cropOf(field, rain, index, seed) {
  const well = hash(field, 3, seed);
  const luck = hash(field, 10 + index, seed);
  if (luck > 0.97) return CLASS.cropland;
  if (well > 0.9 && luck < rain * 0.8) return CLASS.triple;
  if (well > 0.45 && luck < 0.25 + rain * 0.6) return CLASS.double;
  return luck > 0.9 ? CLASS.singleOther : CLASS.singleKharif;
}

function mistakeFieldsForWater(country, rasters) {
  const random = randomFrom(country.seed + 9);
  const taken = countWaterYears(rasters);
  for (const [index, raster] of rasters.entries()) {
    for (let patch = 0; patch < 12; patch++) {
      flood(
        raster,
        taken,
        Math.floor(10 + random() * (GRID.width - 20)),
        Math.floor(10 + random() * (GRID.height - 20)),
      );
    }
    if (index === 2) flood(raster, taken, DRY_PLACE.column + 31, DRY_PLACE.row - 22);
  }
}

function flood(raster, taken, column, row) {
  for (const [dx, dy] of [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
    [2, 1],
  ]) {
    const at = (row + dy) * GRID.width + column + dx;
    if (taken[at] > 0) continue;
    raster[at] = CLASS.kharifWater;
    taken[at] = 1;
  }
}
