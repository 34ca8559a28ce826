/** Rain, evapotranspiration and potential evapotranspiration over the land: a few cells of sky, by day and by month. */
import { hash, randomFrom } from '../../desilting/generate/random.mjs';
import { SKY } from './grid.mjs';
import { YEARS } from './years.mjs';

const CELLS = SKY.width * SKY.height;
/** Years before those of the land use, so that a mean can be told from a drought. */
const FIRST_RAIN_YEAR = 2007;
/** Mean share of days with rain, and mean millimetres of such a day, from January to December. */
const WET_DAYS = [0.01, 0.01, 0.02, 0.03, 0.06, 0.38, 0.62, 0.58, 0.46, 0.18, 0.05, 0.02];
const RAIN_MM = [3, 3, 4, 5, 7, 12, 12, 11, 13, 11, 8, 5];
/** Millimetres a day that the air would take, and the share that soils give when they are wet. */
const PET_MM = [3.6, 4.6, 5.9, 7.0, 7.6, 6.1, 4.4, 4.1, 4.4, 4.6, 3.9, 3.4];
const SUPPLY = [0.3, 0.22, 0.16, 0.12, 0.1, 0.34, 0.66, 0.74, 0.72, 0.58, 0.46, 0.38];

/** `{ start, days }` a hydrological year: one Uint16Array of tenths of a millimetre for each day from 1 July. */
export function makeRain(seed) {
  const years = [];
  for (let start = FIRST_RAIN_YEAR; start <= YEARS.at(-1).start; start++) {
    const random = randomFrom(seed + start);
    const good = goodness(start, seed);
    const days = [];
    for (let day = Date.UTC(start, 6, 1); day < Date.UTC(start + 1, 6, 1); day += 86_400_000)
      days.push(rainOfDay(new Date(day).getUTCMonth(), good, random, { seed, day: day / 86_400_000 }));
    years.push({ start, days });
  }
  return years;
}

/** `{ year, months }` a calendar year: hundredths of a millimetre a day for each month. */
export function makeEvapotranspiration(seed) {
  const years = [];
  for (let year = YEARS[0].start; year <= YEARS.at(-1).start + 1; year++) {
    const actual = [];
    const potential = [];
    for (let month = 0; month < 12; month++) {
      const good = goodness(month < 6 ? year - 1 : year, seed);
      const warm = 1 + 0.08 * (hash(year, month, seed + 50) - 0.5) + 0.08 * (0.6 - good);
      const wet = SUPPLY[month] * (0.72 + 0.42 * good);
      potential.push(cellsOf((cell) => 100 * PET_MM[month] * warm * (0.97 + 0.06 * hash(cell, 1, seed))));
      actual.push(cellsOf((cell) => 100 * PET_MM[month] * warm * wet * (0.92 + 0.16 * hash(cell, 2, seed))));
    }
    years.push({ year, actual, potential });
  }
  return years;
}

/** How good a monsoon was, 0 to 1. */
function goodness(start, seed) {
  return YEARS.find((year) => year.start === start)?.rain ?? 0.4 + 0.5 * hash(start, 3, seed);
}

/** Bad years have fewer wet days, a long break in August, and less rain a day. */
function rainOfDay(month, good, random, { seed, day }) {
  const [isWet, amount] = [random(), random()];
  const inBreak = month === 7 && good < 0.45 && Math.floor(day / 23) % 2 === 0;
  const chance = WET_DAYS[month] * (0.45 + 0.75 * good) * (inBreak ? 0.12 : 1);
  if (isWet >= chance) return new Uint16Array(CELLS);
  const mm = -Math.log(1 - 0.995 * amount) * RAIN_MM[month] * (0.55 + 0.6 * good);
  return cellsOf((cell) => 10 * mm * (0.75 + 0.3 * hash(cell, day, seed) + 0.05 * (cell % SKY.width)));
}

function cellsOf(value) {
  return Uint16Array.from({ length: CELLS }, (_, cell) => Math.round(value(cell)));
}
