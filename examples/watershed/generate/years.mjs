/** What a satellite would have made of each year: LULC v3 classes, one byte a pixel of 10 m, rows from the north. */
import { hash, noise, roughNoise } from '../../desilting/generate/random.mjs';
import { HEIGHTS, PIXELS } from './grid.mjs';
import { middleOf } from './rivers.mjs';

/** Agricultural years (July to June) and how good the monsoon was, 0 to 1. */
export const YEARS = [
  { start: 2017, rain: 0.7 },
  { start: 2018, rain: 0.22 },
  { start: 2019, rain: 0.95 },
  { start: 2020, rain: 0.86 },
  { start: 2021, rain: 0.66 },
  { start: 2022, rain: 0.9 },
  { start: 2023, rain: 0.36 },
  { start: 2024, rain: 0.8 },
];

export const CLASS = {
  builtUp: 1,
  kharifWater: 2,
  rabiWater: 3,
  zaidWater: 4,
  trees: 6,
  barren: 7,
  singleKharif: 8,
  singleOther: 9,
  double: 10,
  triple: 11,
  shrubs: 12,
};

const { width: WIDTH, height: HEIGHT, stepX: PIXEL_M } = PIXELS;
const CELL_M = HEIGHTS.stepX;
const STEEP = 0.13;
const KIND = { field: 0, wood: 1, scrub: 2, rock: 3, village: 4, sand: 5 };
const VILLAGES = 8;
/** From these years on a tank holds more, since silt was taken out of it. */
const DESILTED = new Map([
  [0, 3],
  [2, 4],
  [5, 3],
]);

/** `kind`, `field`, `river` (1 in its middle, 0 at its banks) and `pool` (1 at a tank's deepest, 0 at its shore). */
export function layOut(land, rivers) {
  const { seed } = land;
  const villages = placeVillages(land);
  const ground = {
    seed,
    villages,
    tanks: land.tanks,
    kind: new Uint8Array(WIDTH * HEIGHT),
    field: new Int32Array(WIDTH * HEIGHT),
    wet: new Float32Array(WIDTH * HEIGHT),
    river: riverBed(rivers),
    pool: new Float32Array(WIDTH * HEIGHT),
    tank: new Int16Array(WIDTH * HEIGHT).fill(-1),
  };
  for (let row = 0; row < HEIGHT; row++) {
    for (let column = 0; column < WIDTH; column++) {
      const at = row * WIDTH + column;
      const [x, y] = [(column + 0.5) * PIXEL_M, (row + 0.5) * PIXEL_M];
      const cell = Math.floor(y / CELL_M) * HEIGHTS.width + Math.floor(x / CELL_M);
      ground.kind[at] = ground.river[at] > 0 ? KIND.sand : kindAt(land, villages, { x, y, cell });
      ground.field[at] = fieldAt(column, row, seed);
      ground.wet[at] = wetness(land, cell);
      fillPool(land, ground, { at, x, y, cell });
    }
  }
  return ground;
}

/** One Uint8Array a year. */
export function classifyYears(ground) {
  return YEARS.map(({ rain }, index) => {
    const labels = new Uint8Array(WIDTH * HEIGHT);
    for (let at = 0; at < labels.length; at++)
      labels[at] = waterAt(ground, at, rain, index) ?? landAt(ground, at, rain, index);
    return labels;
  });
}

function waterAt({ river, pool, tank, tanks }, at, rain, index) {
  if (river[at] > 0) {
    const level = 0.3 + 0.75 * rain;
    if (river[at] > 1 - level) return season(river[at], level, 0.4 + 0.5 * rain);
  }
  if (tank[at] < 0) return undefined;
  const { fill, lasting } = tanks[tank[at]];
  const since = DESILTED.get(tank[at]);
  const level = fill * (0.22 + 0.85 * rain) + (since !== undefined && index >= since ? 0.16 : 0);
  return pool[at] > 1 - level ? season(pool[at], level, lasting * (0.75 + 0.4 * rain)) : undefined;
}

/** How long water of this depth lasts: to the end of the rains, of winter, of summer. */
function season(depth, level, lasting) {
  if (depth > 1 - level * lasting * 0.55) return CLASS.zaidWater;
  return depth > 1 - level * lasting ? CLASS.rabiWater : CLASS.kharifWater;
}

function landAt({ kind, field, wet, tank, seed }, at, rain, index) {
  if (tank[at] >= 0) return hash(field[at], index, seed + 8) < 0.25 ? CLASS.singleOther : CLASS.barren;
  switch (kind[at]) {
    case KIND.village:
      return CLASS.builtUp;
    case KIND.wood:
      return CLASS.trees;
    case KIND.scrub:
      return CLASS.shrubs;
    case KIND.rock:
    case KIND.sand:
      return CLASS.barren;
    default:
      return cropOf(hash(field[at], 3, seed) + 0.45 * wet[at], hash(field[at], 10 + index, seed), rain);
  }
}

/** Low fields have water in their wells and bear twice or three times; the others live on rain. */
function cropOf(well, luck, rain) {
  if (luck > 0.965) return CLASS.barren;
  if (well > 1.05 && luck < 0.15 + rain * 0.75) return CLASS.triple;
  if (well > 0.62 && luck < 0.2 + rain * 0.65) return CLASS.double;
  return luck > 0.9 ? CLASS.singleOther : CLASS.singleKharif;
}

function placeVillages({ tanks, seed }) {
  return tanks.slice(0, VILLAGES).map(({ dam }, index) => {
    const [x, y] = middleOf(dam);
    const side = hash(index, 5, seed) < 0.5 ? -1 : 1;
    return {
      x: x + side * (300 + 150 * hash(index, 6, seed)),
      y: y + 220,
      radius: 110 + 90 * hash(index, 7, seed),
    };
  });
}

function kindAt({ heights, seed }, villages, { x, y, cell }) {
  for (const village of villages) {
    const far = Math.sqrt((x - village.x) ** 2 + (y - village.y) ** 2);
    if (far < village.radius * (0.5 + 0.8 * noise(x / 60, y / 60, seed + 3)))
      return noise(x / 35, y / 35, seed + 4) > 0.7 ? KIND.wood : KIND.village;
  }
  const steep = slopeAt(heights, cell) + 0.05 * (noise(x / 200, y / 200, seed + 5) - 0.5);
  if (!(steep > STEEP)) return KIND.field;
  const cover = roughNoise(x / 420, y / 420, seed + 6) + 0.9 * (steep - STEEP);
  return cover > 0.58 ? KIND.wood : cover < 0.36 ? KIND.rock : KIND.scrub;
}

function slopeAt(heights, cell) {
  const dx = heights[cell + 1] - heights[cell - 1];
  const dy = heights[cell + HEIGHTS.width] - heights[cell - HEIGHTS.width];
  const steep = Math.sqrt(dx * dx + dy * dy) / (2 * CELL_M);
  return Number.isNaN(steep) ? 0.05 : steep;
}

/** 0 to 1: how near to a large stream, by height above it. */
function wetness({ above }, cell) {
  return Math.max(0, 1 - (above[cell] ?? 99) / 22);
}

/** Long fields with bent edges. */
function fieldAt(column, row, seed) {
  const x = Math.floor((column + 7 * noise(column / 19, row / 19, seed + 30)) / 13);
  const y = Math.floor((row + 7 * noise(column / 19, row / 19, seed + 31)) / 9);
  return y * 1000 + x;
}

/** How deep in the bed of a river a pixel lies; the bed is wider where more land drains to it. */
function riverBed(rivers) {
  const bed = new Float32Array(WIDTH * HEIGHT);
  for (const line of rivers) {
    for (let i = 0; i + 1 < line.length; i++) {
      const [[ax, ay, area], [bx, by]] = [line[i], line[i + 1]];
      const half = (5 + 2.6 * Math.sqrt(area / 1e6)) / PIXEL_M;
      for (let part = 0; part < 4; part++) {
        const x = (ax + ((bx - ax) * part) / 4) / PIXEL_M;
        const y = (ay + ((by - ay) * part) / 4) / PIXEL_M;
        deepen(bed, x, y, half);
      }
    }
  }
  return bed;
}

function deepen(bed, x, y, half) {
  for (let row = Math.floor(y - half); row <= y + half; row++) {
    for (let column = Math.floor(x - half); column <= x + half; column++) {
      if (row < 0 || column < 0 || row >= HEIGHT || column >= WIDTH) continue;
      const far = Math.sqrt((column + 0.5 - x) ** 2 + (row + 0.5 - y) ** 2);
      const at = row * WIDTH + column;
      bed[at] = Math.max(bed[at], 1 - far / half);
    }
  }
}

/** Depths of a tank between the middles of its cells. */
function fillPool({ depth, tankOf, tanks }, { pool, tank }, { at, x, y, cell }) {
  const near = [cell, cell - 1, cell + 1, cell - HEIGHTS.width, cell + HEIGHTS.width].find(
    (one) => tankOf[one] >= 0,
  );
  if (near === undefined) return;
  const u = x / CELL_M - 0.5;
  const v = y / CELL_M - 0.5;
  const [i, j] = [Math.floor(u), Math.floor(v)];
  const at00 = j * HEIGHTS.width + i;
  const [p, q] = [u - i, v - j];
  const metres =
    (1 - q) * ((1 - p) * depth[at00] + p * depth[at00 + 1]) +
    q * ((1 - p) * depth[at00 + HEIGHTS.width] + p * depth[at00 + HEIGHTS.width + 1]);
  if (!(metres > 0)) return;
  tank[at] = tankOf[near];
  pool[at] = Math.min(1, metres / (0.9 * tanks[tankOf[near]].deep));
}
