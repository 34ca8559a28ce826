/**
 * `jobs run desilting` as a whole process on the embedded database: eight yearly rasters of 10,000 x 10,000 pixels of
 * 10 m (UTM 43N), 2,000 points anywhere on them, two threads.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import proj4 from 'proj4';
import type { Bench } from './bench.js';
import { measure } from './peak.js';
import { writeLandUse } from './write-land-use.js';

const JOBS = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const YEARS = 8;
const ORIGIN = { x: 300_000, y: 2_600_000 };
const PIXEL_M = 10;

const desilting: Bench = async ({ folder, scale }) => {
  const cwd = path.join(folder, 'desilting');
  mkdirSync(path.join(cwd, 'lulc'), { recursive: true });
  const size = scale >= 1 ? 10_000 : 2_560;
  const rows = Math.max(Math.round(2000 * scale), 200);
  for (let year = 0; year < YEARS; year++) {
    await writeLandUse(path.join(cwd, 'lulc', `lulc_${2017 + year}_${2018 + year}.tif`), {
      size,
      year,
      origin: ORIGIN,
      pixelM: PIXEL_M,
      epsg: 32643,
    });
  }
  writeFileSync(path.join(cwd, 'jobs.config.json'), JSON.stringify({ data: { lulc: 'lulc/*.tif' } }));
  writeFileSync(path.join(cwd, 'points.csv'), points(rows, size));
  const cold = await measure([JOBS, 'run', 'desilting', 'points.csv', '--json', '--quiet'], { cwd });
  const result = JSON.parse(cold.stdout) as {
    counts: { total: number; completed: number };
    elapsedMs: number;
  };
  const perSecond = (result.counts.total * 1000) / result.elapsedMs;
  return [
    {
      what: `desilting, ${YEARS} rasters of ${size} x ${size}, ${rows} points (${result.counts.completed} with water)`,
      value: `${Math.round(perSecond)} rows/s`,
      target: '≥ 200 rows/s',
    },
    { what: 'the whole command, start and outputs included', value: `${cold.seconds.toFixed(1)} s` },
    { what: 'its peak memory', value: `${Math.round(cold.peakMb)} MB`, target: '< 500 MB' },
  ];
};

export default desilting;

function points(rows: number, size: number): string {
  const utm = proj4('+proj=utm +zone=43 +datum=WGS84 +units=m', 'EPSG:4326');
  let seed = 7;
  const random = (): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const lines = Array.from({ length: rows }, () => {
    const [longitude, latitude] = utm.forward([
      ORIGIN.x + random() * size * PIXEL_M,
      ORIGIN.y - random() * size * PIXEL_M,
    ]) as [number, number];
    return `${latitude.toFixed(6)},${longitude.toFixed(6)}`;
  });
  return `latitude,longitude\n${lines.join('\n')}\n`;
}
