/** What is where, before any year's weather: river, stream, tanks, villages, hills, fields. Places are in pixels. */
import { GRID } from './grid.mjs';
import { hash, noise, randomFrom, roughNoise } from './random.mjs';

/** Middle of hills without lasting water; the nearest lies more than 1.6 km away. */
export const DRY_PLACE = { column: 850, row: 250 };
const DRY_RADIUS = 178;

const TANKS = 24;
const VILLAGES = 9;

export const KIND = { field: 0, hill: 1, wood: 2, rock: 3, village: 4, road: 5, sand: 6, hedge: 7 };

/** The country of `seed`: `tanks`, `villages`, and one value a pixel in `kind`, `field`, `river`, `stream`, `tank`, `depth`. */
export function makeCountry(seed) {
  const random = randomFrom(seed);
  const tanks = placeTanks(random);
  const villages = placeVillages(random, tanks);
  const size = GRID.width * GRID.height;
  const country = {
    seed,
    tanks,
    villages,
    kind: new Uint8Array(size),
    field: new Int32Array(size),
    /** 1 in the middle of the water, 0 at its edge at the highest level. */
    river: new Float32Array(size),
    stream: new Float32Array(size),
    tank: new Int8Array(size).fill(-1),
    depth: new Float32Array(size),
  };
  for (let row = 0; row < GRID.height; row++) {
    const river = {
      ...riverAt(row + 0.5),
      slope: (riverAt(row + 1.5).column - riverAt(row - 0.5).column) / 2,
    };
    for (let column = 0; column < GRID.width; column++) layOut(country, column, row, river);
  }
  plantHedges(country);
  for (const [index, tank] of tanks.entries()) digTank(country, tank, index);
  for (const [index, village] of villages.entries())
    drawRoad(country, village, villages[(index + 1) % villages.length]);
  return country;
}

/** Column of the river's middle, and its half width, at a row. */
export function riverAt(row) {
  const column = 255 + 88 * Math.sin(row / 168 + 0.6) + 34 * Math.sin(row / 61 + 2) + 9 * Math.sin(row / 22);
  return { column, half: 4.5 + 3.5 * noise(row / 35, 0, 41) };
}

function streamAt(column) {
  return 640 + 55 * Math.sin(column / 105) + 16 * Math.sin(column / 37 + 1);
}

function placeTanks(random) {
  const tanks = [];
  while (tanks.length < TANKS) {
    const column = 45 + random() * (GRID.width - 90);
    const row = 45 + random() * (GRID.height - 90);
    const tank = {
      column,
      row,
      radius: 5 + 9 * random() * random() + (tanks.length % 8 === 0 ? 7 : 0),
      phase: random() * 6.28,
      bund: random() * 6.28,
      /** How much of it fills in a good year, and how long that lasts. */
      fill: 0.55 + 0.5 * random(),
      lasting: 0.35 + 0.75 * random(),
    };
    const clear =
      apart(tank, DRY_PLACE) > DRY_RADIUS + 22 &&
      Math.abs(column - riverAt(row).column) > 42 &&
      Math.abs(row - streamAt(column)) > 30 &&
      tanks.every((other) => apart(tank, other) > 85);
    if (clear) tanks.push(tank);
  }
  return tanks;
}

function placeVillages(random, tanks) {
  return tanks.slice(0, VILLAGES).map((tank) => {
    const [east, south] = direction(tank.bund);
    const away = tank.radius + 16 + 10 * random();
    return { column: tank.column + east * away, row: tank.row + south * away, radius: 13 + 12 * random() };
  });
}

function layOut(country, column, row, river) {
  const at = row * GRID.width + column;
  const x = column + 0.5;
  const y = row + 0.5;
  country.field[at] = fieldAt(x, y);
  country.kind[at] = kindAt(country, x, y);
  const fromRiver = Math.abs(x - river.column) / Math.sqrt(1 + river.slope * river.slope);
  country.river[at] = Math.max(0, 1 - fromRiver / river.half);
  if (fromRiver < river.half + 9 && fromRiver < river.half + 4 + 5 * noise(x / 14, y / 14, 42))
    country.kind[at] = KIND.sand;
  if (x > river.column && x < 610) {
    const bend = (streamAt(x + 1) - streamAt(x - 1)) / 2;
    const half = 1.1 + 0.9 * noise(x / 25, 0, 43);
    country.stream[at] = Math.max(0, 1 - Math.abs(y - streamAt(x)) / Math.sqrt(1 + bend * bend) / half);
  }
}

function kindAt({ seed, villages }, x, y) {
  for (const village of villages) {
    if (
      apart({ column: x, row: y }, village) <
      village.radius * (0.55 + 0.75 * noise(x / 6, y / 6, seed + 3))
    ) {
      return noise(x / 3, y / 3, seed + 4) > 0.68 ? KIND.wood : KIND.village;
    }
  }
  const bump = apart({ column: x, row: y }, DRY_PLACE) / 260;
  const height = roughNoise(x / 150, y / 150, seed + 5) + 0.42 * Math.max(0, 1 - bump * bump);
  if (height > 0.66) {
    const cover = roughNoise(x / 28, y / 28, seed + 6) + 0.25 * (height - 0.66);
    return cover > 0.66 ? KIND.wood : cover < 0.36 ? KIND.rock : KIND.hill;
  }
  return KIND.field;
}

/** Along the eastern and southern edges of some fields. */
function plantHedges({ kind, field, seed }) {
  for (let at = 0; at < kind.length - GRID.width; at++) {
    const edge = field[at] !== field[at + 1] || field[at] !== field[at + GRID.width];
    if (edge && kind[at] === KIND.field && hash(field[at], 1, seed + 7) < 0.22) kind[at] = KIND.hedge;
  }
}

/** Number of the field at a place: the nearest of points strewn over a grid, fields longer than broad. */
function fieldAt(x, y) {
  const column = Math.floor(x / 15);
  const row = Math.floor(y / 11);
  let best = 0;
  let nearest = Number.POSITIVE_INFINITY;
  for (let j = row - 1; j <= row + 1; j++) {
    for (let i = column - 1; i <= column + 1; i++) {
      const dx = (i + 0.15 + 0.7 * hash(i, j, 51)) * 15 - x;
      const dy = ((j + 0.15 + 0.7 * hash(i, j, 52)) * 11 - y) * 1.3;
      const distance = Math.abs(dx) + Math.abs(dy);
      if (distance < nearest) [nearest, best] = [distance, (j + 2) * 4096 + i + 2];
    }
  }
  return best;
}

/** A bowl of uneven outline, cut off straight where its bund stands. */
function digTank(country, tank, index) {
  const reach = Math.ceil(tank.radius * 1.6);
  const [east, south] = direction(tank.bund);
  for (let row = Math.floor(tank.row) - reach; row <= tank.row + reach; row++) {
    for (let column = Math.floor(tank.column) - reach; column <= tank.column + reach; column++) {
      const dx = column + 0.5 - tank.column;
      const dy = row + 0.5 - tank.row;
      const length = Math.sqrt(dx * dx + dy * dy);
      const lobe = length === 0 ? 0 : (dx * dy) / (length * length);
      const outline =
        tank.radius * (0.95 + 0.35 * lobe + 0.5 * (noise(column / 5, row / 5, 60 + index) - 0.5));
      const fromBund = tank.radius * 0.55 - (dx * east + dy * south);
      const depth = Math.min(1 - length / outline, fromBund / tank.radius + 0.05);
      if (depth <= 0) continue;
      const at = row * GRID.width + column;
      country.tank[at] = index;
      country.depth[at] = Math.min(1, depth * 1.25);
    }
  }
}

function drawRoad(country, from, to) {
  const steps = Math.ceil(2 * apart(from, to));
  for (let step = 0; step <= steps; step++) {
    const t = step / steps;
    const sway = 14 * Math.sin(t * 9 + from.column);
    const column = Math.floor(from.column + (to.column - from.column) * t);
    const row = Math.floor(from.row + (to.row - from.row) * t + sway * t * (1 - t) * 4);
    const at = row * GRID.width + column;
    if (country.tank[at] < 0 && country.kind[at] !== KIND.village) country.kind[at] = KIND.road;
  }
}

export function apart(a, b) {
  const dx = a.column - b.column;
  const dy = a.row - b.row;
  return Math.sqrt(dx * dx + dy * dy);
}

export function direction(angle) {
  return [Math.cos(angle), Math.sin(angle)];
}
