/** What other satellites see of the same land: land cover classes, greenness and wetness by fortnight, soils. */
import { hash, noise } from '../../desilting/generate/random.mjs';
import { COVER, GREEN, HEIGHTS, PIXELS } from './grid.mjs';
import { CLASS, YEARS } from './years.mjs';

/** Classes of Dynamic World by those of LULC v3. */
const DYNAMIC_WORLD = [4, 6, 0, 0, 0, 4, 1, 7, 4, 4, 4, 4, 5];
const CLASSES = 13;
const FORTNIGHTS = 26;
/** NDVI of a class from July to June, in steps of two months. */
const SEASONS = {
  [CLASS.builtUp]: [0.22, 0.25, 0.24, 0.2, 0.18, 0.17],
  [CLASS.kharifWater]: [-0.05, -0.08, 0.05, 0.15, 0.15, 0.12],
  [CLASS.rabiWater]: [-0.08, -0.1, -0.06, 0, 0.12, 0.12],
  [CLASS.zaidWater]: [-0.1, -0.12, -0.1, -0.1, -0.08, -0.06],
  [CLASS.trees]: [0.6, 0.72, 0.66, 0.55, 0.42, 0.4],
  [CLASS.barren]: [0.16, 0.2, 0.17, 0.14, 0.12, 0.12],
  [CLASS.singleKharif]: [0.34, 0.68, 0.46, 0.24, 0.18, 0.17],
  [CLASS.singleOther]: [0.22, 0.34, 0.52, 0.5, 0.2, 0.17],
  [CLASS.double]: [0.36, 0.68, 0.54, 0.6, 0.28, 0.2],
  [CLASS.triple]: [0.5, 0.7, 0.62, 0.64, 0.55, 0.48],
  [CLASS.shrubs]: [0.38, 0.5, 0.4, 0.28, 0.22, 0.21],
};
const CURVES = Array.from({ length: CLASSES }, (_, label) => SEASONS[label] ?? SEASONS[CLASS.singleKharif]);

/** The class that most pixels of a cell have, as Dynamic World names it; one Uint8Array a year. */
export function makeLandCover(labelsByYear) {
  return labelsByYear.map((labels) => {
    const counts = countClasses(labels, COVER);
    return Uint8Array.from({ length: COVER.width * COVER.height }, (_, cell) => {
      let best = 0;
      for (let label = 1; label < CLASSES; label++)
        if (counts[cell * CLASSES + label] > counts[cell * CLASSES + best]) best = label;
      return DYNAMIC_WORLD[best];
    });
  });
}

/** NDVI and NDWI of each year's fortnights as hundredths above -1, one Uint8Array a fortnight. */
export function makeGreenness(labelsByYear, seed) {
  return labelsByYear.map((labels, index) => {
    const counts = countClasses(labels, GREEN);
    const { rain } = YEARS[index];
    const fortnights = Array.from({ length: FORTNIGHTS }, (_, fortnight) =>
      greenAt(counts, { fortnight, rain, index, seed }),
    );
    return {
      ndvi: fortnights.map((one) => hundredths(one.ndvi)),
      ndwi: fortnights.map((one) => hundredths(one.ndwi)),
    };
  });
}

function greenAt(counts, { fortnight, rain, index, seed }) {
  const size = GREEN.width * GREEN.height;
  const ndvi = new Float64Array(size);
  const ndwi = new Float64Array(size);
  const place = (fortnight / FORTNIGHTS) * 6;
  const [from, share] = [Math.floor(place), place - Math.floor(place)];
  const vigour = 0.72 + 0.36 * rain;
  for (let cell = 0; cell < size; cell++) {
    let sum = 0;
    let total = 0;
    for (let label = 1; label < CLASSES; label++) {
      const count = counts[cell * CLASSES + label];
      const curve = CURVES[label];
      const value = curve[from] * (1 - share) + curve[(from + 1) % 6] * share;
      sum += count * (value > 0 ? value * vigour : value);
      total += count;
    }
    const speckle = 0.012 * (hash(cell, fortnight * 10 + index, seed + 60) - 0.5);
    ndvi[cell] = total === 0 ? 0.2 : sum / total + speckle;
    ndwi[cell] = 0.75 * ndvi[cell] * vigour - 0.16 + speckle;
  }
  return { ndvi, ndwi };
}

function hundredths(values) {
  return Uint8Array.from(values, (value) => Math.round(100 * (1 + Math.min(1, Math.max(-1, value)))));
}

/** Hydrologic soil groups A to D as 1 to 4: clay on the low land, thin soils on the slopes. */
export function makeSoils({ above, heights, seed }) {
  return Uint8Array.from({ length: GREEN.width * GREEN.height }, (_, cell) => {
    const [column, row] = [cell % GREEN.width, Math.floor(cell / GREEN.width)];
    const at = Math.floor((row + 0.5) * 10) * HEIGHTS.width + Math.floor((column + 0.5) * 10);
    if (Number.isNaN(heights[at])) return 3;
    const rock = noise(column / 9, row / 9, seed + 70);
    if (above[at] > 55) return rock > 0.5 ? 4 : 3;
    return above[at] > 14 ? (rock > 0.55 ? 2 : 3) : rock > 0.75 ? 3 : 4;
  });
}

/** Pixels of each class in each cell of a coarser grid. */
function countClasses(labels, grid) {
  const counts = new Uint16Array(grid.width * grid.height * CLASSES);
  const size = grid.stepX / PIXELS.stepX;
  for (let row = 0; row < PIXELS.height; row++) {
    const start = Math.floor(row / size) * grid.width;
    for (let column = 0; column < PIXELS.width; column++) {
      const cell = start + Math.floor(column / size);
      counts[cell * CLASSES + labels[row * PIXELS.width + column]] += 1;
    }
  }
  return counts;
}
