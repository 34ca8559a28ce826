/** The forty places a field team wrote down: thirty-eight near water that lasts, one on dry hills, one without a latitude. */
import { apart, DRY_PLACE, direction, riverAt } from './country.mjs';
import { GRID, round, toLonLat, toPixel } from './grid.mjs';
import { randomFrom } from './random.mjs';
import { contains } from './waterbodies.mjs';

const GOOD = 38;
/** Positions of the two among the forty. */
const BLANK_AT = 16;
const DRY_AT = 29;
/** Kept well inside the task's limits of 1500 m and 100 m. */
const MAX_WATER_M = 1350;
const MAX_BODY_M = 80;
/** Water years that make a pixel count, as the task's own default. */
const MIN_YEARS = 2;

/** Places as `{ longitude, latitude, near }`, latitude null for one; `near` is what the place belongs to. */
export function survey({ country, waterYears, bodies }) {
  const random = randomFrom(country.seed + 20);
  const lasting = lastingPixels(waterYears);
  const places = [];
  for (let index = 0; places.length < GOOD; index++) {
    const place = visit(country, index, random);
    const pixel = nearest(lasting, place);
    const metres = pixel === undefined ? Number.POSITIVE_INFINITY : GRID.pixelM * apart(place, pixel);
    if (metres <= MAX_WATER_M && toBody(bodies, pixel) * GRID.pixelM <= MAX_BODY_M) places.push(place);
  }
  const dry = named(country, at(DRY_PLACE.column + 4.3, DRY_PLACE.row - 3.1), 'Dungar Talavdi');
  if (GRID.pixelM * apart(dry, nearest(lasting, dry)) < 1600) throw new Error('the dry place is not dry');
  const blank = { ...places[5], latitude: null };
  places.splice(BLANK_AT, 0, blank);
  places.splice(DRY_AT, 0, dry);
  return places;
}

function lastingPixels(waterYears) {
  const pixels = [];
  for (let i = 0; i < waterYears.length; i++) {
    if (waterYears[i] < MIN_YEARS) continue;
    const column = i % GRID.width;
    pixels.push({ column: column + 0.5, row: (i - column) / GRID.width + 0.5 });
  }
  return pixels;
}

function nearest(pixels, place) {
  let best;
  let bestSquare = Number.POSITIVE_INFINITY;
  for (const pixel of pixels) {
    const square = (pixel.column - place.column) ** 2 + (pixel.row - place.row) ** 2;
    if (square < bestSquare) [bestSquare, best] = [square, pixel];
  }
  return best;
}

/** Pixels from a place to the nearest body, 0 inside one. */
function toBody(bodies, { column, row }) {
  let best = Number.POSITIVE_INFINITY;
  for (const { rings } of bodies) {
    if (contains(rings[0], [column, row])) return 0;
    for (let i = 0; i + 1 < rings[0].length; i++)
      best = Math.min(best, toEdge([column, row], rings[0][i], rings[0][i + 1]));
  }
  return best;
}

function toEdge([x, y], [ax, ay], [bx, by]) {
  const length = (bx - ax) ** 2 + (by - ay) ** 2;
  const t = Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length));
  return Math.sqrt((x - ax - t * (bx - ax)) ** 2 + (y - ay - t * (by - ay)) ** 2);
}

/** Most stand on the bund; some wrote the place down at the road, or in the village. */
function visit(country, index, random) {
  const [east, south] = direction(random() * 6.28);
  const away = index % 9 === 4 ? 40 + 60 * random() : index % 4 === 1 ? 8 + 22 * random() : 3 * random();
  if (index % 7 === 6) {
    const row = 60 + random() * (GRID.height - 120);
    const river = riverAt(row);
    const side = random() < 0.5 ? -1 : 1;
    return named(
      country,
      at(river.column + side * (river.half + away), row),
      index % 2 === 0 ? 'Nadi kantho' : 'Check dam',
    );
  }
  const tank = country.tanks[(index * 5) % country.tanks.length];
  const reach = index === 0 ? 0 : tank.radius * 0.7 + away;
  return named(country, at(tank.column + east * reach, tank.row + south * reach));
}

/** A place as a phone gives it, five decimals, and where those put it. */
function at(column, row) {
  const [longitude, latitude] = toLonLat(column, row).map((degrees) => round(degrees, 5));
  const [x, y] = toPixel(longitude, latitude);
  return { longitude, latitude, column: x, row: y };
}

function named({ villages, tanks }, place, waterbody) {
  const village = villages
    .map((one, index) => ({ index, away: apart(one, place) }))
    .sort((a, b) => a.away - b.away)[0].index;
  const tank = tanks
    .map((one, index) => ({ index, away: apart(one, place) }))
    .sort((a, b) => a.away - b.away)[0].index;
  return { ...place, village, tank, waterbody };
}
