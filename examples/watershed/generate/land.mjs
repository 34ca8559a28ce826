/** The land before any year's weather: heights with tanks and gaps, where water runs, which tanks there are. */
import { hash, noise } from '../../desilting/generate/random.mjs';
import { accumulate, drain } from './flow.mjs';
import { HEIGHTS } from './grid.mjs';
import { makeRelief } from './relief.mjs';

export const NODATA = -9999;
const { width: WIDTH, height: HEIGHT, stepX: CELL_M } = HEIGHTS;
const STREAM_M2 = 2_500_000;
const TANKS = 15;
/** Square metres that drain to a dam. */
const CATCHMENT = { least: 700_000, most: 9_000_000 };
/** Cells of a tank. */
const SIZE = { least: 34, most: 420 };
const APART = 34;

/**
 * `heights` as the elevation raster has them (water of a tank is flat, NaN is a gap), `depth` in metres below the full
 * tank, `tankOf` (-1 = none), `flow` and `areaM2` of the drained land, and metres `above` the
 * stream that each cell drains to.
 */
export function makeLand(seed) {
  const ground = makeRelief(seed);
  tearEdges(ground, seed);
  const dry = runOff(ground);
  const depth = new Float64Array(ground.length);
  const tankOf = new Int16Array(ground.length).fill(-1);
  const heights = Float64Array.from(ground);
  const tanks = digTanks({ ground, dry, heights, depth, tankOf, seed });
  const run = runOff(heights);
  return { seed, heights, depth, tankOf, tanks, ...run, above: aboveStreams(heights, run) };
}

function runOff(heights) {
  const flow = drain({ heights, width: WIDTH, height: HEIGHT }, (at) => isEnd(heights, at));
  const { cells, downwards } = accumulate(flow);
  return { flow, downwards, areaM2: cells.map((count) => count * CELL_M * CELL_M) };
}

function aboveStreams(heights, { flow, areaM2 }) {
  const stream = new Float64Array(heights.length).fill(Number.NaN);
  for (const at of flow.order) {
    const next = flow.receiver[at];
    stream[at] = areaM2[at] >= STREAM_M2 || next < 0 ? heights[at] : stream[next];
  }
  return heights.map((metres, at) => metres - stream[at]);
}

/** The raster's edge, and cells beside a gap. */
function isEnd(heights, at) {
  if (Number.isNaN(heights[at])) return false;
  const column = at % WIDTH;
  const row = (at - column) / WIDTH;
  if (column === 0 || row === 0 || column === WIDTH - 1 || row === HEIGHT - 1) return true;
  return [-WIDTH - 1, -WIDTH, -WIDTH + 1, -1, 1, WIDTH - 1, WIDTH, WIDTH + 1].some((step) =>
    Number.isNaN(heights[at + step]),
  );
}

/** A scene's slanted end in the south-west, and a few cells without a value along the east. */
function tearEdges(heights, seed) {
  for (let row = 0; row < HEIGHT; row++) {
    for (let column = 0; column < WIDTH; column++) {
      const slant = column + 1.6 * (HEIGHT - row) < 62;
      const frayed =
        column > WIDTH - 2 - Math.floor(5 * noise(row / 7, 0, seed + 20)) && row > 40 && row < 96;
      if (slant || frayed) heights[row * WIDTH + column] = Number.NaN;
    }
  }
}

function digTanks({ ground, dry, heights, depth, tankOf, seed }) {
  const { areaM2, flow } = dry;
  const sites = [];
  for (let at = 0; at < areaM2.length; at++) {
    if (areaM2[at] >= CATCHMENT.least && areaM2[at] <= CATCHMENT.most) sites.push(at);
  }
  sites.sort((a, b) => hash(a, 1, seed) - hash(b, 1, seed) || a - b);
  const upstream = upstreamOf(flow.receiver);
  const tanks = [];
  for (const dam of sites) {
    if (tanks.length === TANKS) break;
    if (tanks.some((tank) => apart(tank.dam, dam) < APART) || fromEdge(dam) < 14) continue;
    const level = ground[dam] + 5 + 5 * hash(dam, 2, seed);
    const cells = flooded(ground, upstream, dam, level);
    if (cells === null) continue;
    const index = tanks.length;
    const deep = cells.reduce((most, at) => Math.max(most, level - ground[at]), 0);
    tanks.push({
      dam,
      cells,
      level,
      deep,
      areaM2: areaM2[dam],
      /** How much of it fills in a good year, and how long that lasts. */
      fill: 0.62 + 0.42 * hash(dam, 3, seed),
      lasting: 0.35 + 0.6 * hash(dam, 4, seed),
    });
    for (const at of cells) {
      depth[at] = level - ground[at];
      tankOf[at] = index;
      heights[at] = level;
    }
  }
  return tanks;
}

/** Cells above the dam that lie below its crest; null when they are too few or many, or water would leave another way. */
function flooded(ground, upstream, dam, level) {
  const cells = [dam];
  for (const at of cells) {
    for (const next of upstream(at)) if (ground[next] < level) cells.push(next);
    if (cells.length > SIZE.most) return null;
  }
  if (cells.length < SIZE.least) return null;
  const inside = new Set(cells);
  const leaks = cells.some(
    (at) =>
      apart(at, dam) > 4 &&
      [-WIDTH, -1, 1, WIDTH].some((step) => !inside.has(at + step) && !(ground[at + step] >= level)),
  );
  return leaks || cells.some((at) => fromEdge(at) < 6) ? null : cells;
}

function upstreamOf(receiver) {
  const donors = Array.from({ length: receiver.length }, () => []);
  for (let at = 0; at < receiver.length; at++) if (receiver[at] >= 0) donors[receiver[at]].push(at);
  return (at) => donors[at];
}

function apart(a, b) {
  const dx = (a % WIDTH) - (b % WIDTH);
  const dy = Math.floor(a / WIDTH) - Math.floor(b / WIDTH);
  return Math.sqrt(dx * dx + dy * dy);
}

function fromEdge(at) {
  const column = at % WIDTH;
  const row = (at - column) / WIDTH;
  return Math.min(column, row, WIDTH - 1 - column, HEIGHT - 1 - row);
}
