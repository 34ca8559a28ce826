/**
 * The relief: land that rises and is cut down by its rivers until they have a network (Braun and Willett 2013,
 * Geomorphology 180:170-179, with area to the half and slope to the one), then a flat floor in the largest valleys.
 */
import { noise, roughNoise } from '../../desilting/generate/random.mjs';
import { accumulate, drain } from './flow.mjs';
import { HEIGHTS } from './grid.mjs';

/** Cells around the land, so that rivers come in over its edges. */
const MARGIN = 24;
const FINE = { width: HEIGHTS.width + 2 * MARGIN, height: HEIGHTS.height + 2 * MARGIN, cellM: HEIGHTS.stepX };
/** The network is made on cells twice as wide, and sharpened on the fine ones. */
const COARSE = { width: FINE.width / 2, height: FINE.height / 2, cellM: 2 * FINE.cellM };
const ROUNDS = { coarse: 26, fine: 3 };
const UPLIFT_M = 15;
const ERODIBILITY = 0.6;
/** Above this many square metres water cuts; below, slopes have one steepness. */
const CHANNEL_M2 = 12_000;
const BASE_M = 462;
/** The floor: cells this little above a stream that so much land drains to. */
const FLOOR_M = 9;
const TRUNK_M2 = 9_000_000;

/** Heights in metres, rows from the north, `HEIGHTS.width` x `HEIGHTS.height`, whole eighths of a metre. */
export function makeRelief(seed) {
  const coarse = firstGround(seed);
  for (let round = 0; round < ROUNDS.coarse; round++) erode(coarse, COARSE, seed, UPLIFT_M);
  const heights = refined(coarse, seed);
  for (let round = 0; round < ROUNDS.fine; round++) erode(heights, FINE, seed, UPLIFT_M / 3);
  creep(heights);
  layFloor(heights);
  return cropped(heights, seed);
}

/** One round: the land rises, then each cell is lowered towards the one it drains to, from the mouth upwards. */
function erode(heights, grid, seed, upliftM) {
  const flow = drainToSouth(heights, grid);
  const { cells, downwards } = accumulate(flow);
  for (let i = downwards.length - 1; i >= 0; i--) {
    const at = downwards[i];
    const next = flow.receiver[at];
    if (next < 0) continue;
    const column = (at % grid.width) * (grid.cellM / FINE.cellM);
    const row = Math.floor(at / grid.width) * (grid.cellM / FINE.cellM);
    const area = cells[at] * grid.cellM * grid.cellM + CHANNEL_M2;
    const cut = (ERODIBILITY * softness(column, row, seed) * Math.sqrt(area)) / (grid.cellM * flow.steps[at]);
    heights[at] = (heights[at] + upliftM * rise(column, row, seed) + cut * heights[next]) / (1 + cut);
  }
}

function drainToSouth(heights, { width, height }) {
  return drain({ heights, width, height }, (at) => at >= width * (height - 1));
}

/** A slope to the south and to a line in the middle, with bumps. */
function firstGround(seed) {
  const { width, height } = COARSE;
  const heights = new Float64Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const middle = width * (0.42 + 0.3 * (noise(row / 50, 0, seed + 1) - 0.5));
      heights[row * width + column] =
        0.7 * (height - 1 - row) +
        0.5 * Math.abs(column - middle) +
        60 * roughNoise(column / 34, row / 34, seed + 2) +
        8 * noise(column / 3, row / 3, seed + 3);
    }
  }
  heights.fill(0, width * (height - 1));
  return heights;
}

/** How easily rock is cut: hard bands make ridges. */
function softness(column, row, seed) {
  return 0.6 + 0.9 * noise((column + 0.6 * row) / 75, (0.6 * column - row) / 160, seed + 5);
}

/** How fast the land rises: hills here, plains there. */
function rise(column, row, seed) {
  const lift = roughNoise(column / 150, row / 150, seed + 4);
  return 0.25 + 2.6 * lift * lift;
}

function refined(coarse, seed) {
  const heights = new Float64Array(FINE.width * FINE.height);
  const sample = (column, row) =>
    coarse[Math.min(COARSE.height - 1, row) * COARSE.width + Math.min(COARSE.width - 1, column)];
  for (let row = 0; row < FINE.height; row++) {
    for (let column = 0; column < FINE.width; column++) {
      const [x, y] = [Math.max(0, (column - 0.5) / 2), Math.max(0, (row - 0.5) / 2)];
      const [i, j] = [Math.floor(x), Math.floor(y)];
      const [u, v] = [x - i, y - j];
      heights[row * FINE.width + column] =
        (1 - v) * ((1 - u) * sample(i, j) + u * sample(i + 1, j)) +
        v * ((1 - u) * sample(i, j + 1) + u * sample(i + 1, j + 1)) +
        1.5 * (noise(column / 2.5, row / 2.5, seed + 7) - 0.5);
    }
  }
  return heights;
}

/** Slopes are rounded by creeping soil: means with the eight neighbours. */
function creep(heights) {
  const { width, height } = FINE;
  for (let round = 0; round < 3; round++) {
    const before = Float64Array.from(heights);
    for (let row = 1; row < height - 1; row++) {
      for (let column = 1; column < width - 1; column++) {
        const at = row * width + column;
        let sum = 4 * before[at];
        for (const next of [-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1])
          sum += before[at + next];
        heights[at] = sum / 12;
      }
    }
  }
}

function layFloor(heights) {
  const flow = drainToSouth(heights, FINE);
  const { cells } = accumulate(flow);
  const streamHeight = new Float64Array(heights.length).fill(Number.NaN);
  for (const at of flow.order) {
    const next = flow.receiver[at];
    if (cells[at] * FINE.cellM * FINE.cellM >= TRUNK_M2) streamHeight[at] = heights[at];
    else if (next >= 0) streamHeight[at] = streamHeight[next];
  }
  for (let at = 0; at < heights.length; at++) {
    const above = heights[at] - streamHeight[at];
    if (above > 0 && above < FLOOR_M) heights[at] = streamHeight[at] + (above * above) / FLOOR_M;
  }
}

function cropped(heights, seed) {
  const land = new Float64Array(HEIGHTS.width * HEIGHTS.height);
  for (let row = 0; row < HEIGHTS.height; row++) {
    for (let column = 0; column < HEIGHTS.width; column++) {
      const rough = 0.35 * (noise(column / 2.2, row / 2.2, seed + 6) - 0.5);
      land[row * HEIGHTS.width + column] = eighths(
        BASE_M + heights[(row + MARGIN) * FINE.width + column + MARGIN] + rough,
      );
    }
  }
  return land;
}

function eighths(metres) {
  return Math.round(metres * 8) / 8;
}
