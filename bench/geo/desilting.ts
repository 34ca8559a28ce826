/**
 * 500 desilting rows on eight yearly rasters of 10,000 x 10,000 pixels: `jobs run desilting` as a whole process, ledger,
 * outputs and report included, beside a script of the same rules that only writes a CSV file. The script is measured
 * reading whole rasters and reading windows; the faster one is the peer.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import proj4 from 'proj4';
import type { Bench } from '../bench.js';
import { measure } from '../peak.js';
import { writeLandUse } from '../write-land-use.js';
import { besideRow, type Figures, figuresText, interleaved } from './interleaved.js';

const JOBS = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const PEER = fileURLToPath(new URL('./desilting_peer.py', import.meta.url));
const PYTHON = '/usr/bin/python3';
/** Points without water near fail, in both. */
const SOME_ROWS_FAILED = 5;
const YEARS = 8;
const ORIGIN = { x: 300_000, y: 2_600_000 };
const PIXEL_M = 10;

const desilting: Bench = async ({ folder, scale }) => {
  const cwd = path.join(folder, 'desilting');
  mkdirSync(path.join(cwd, 'lulc'), { recursive: true });
  const size = scale >= 1 ? 10_000 : 2_560;
  const rows = scale >= 1 ? 500 : 100;
  for (let year = 0; year < YEARS; year++) {
    const file = path.join(cwd, 'lulc', `lulc_${2017 + year}_${2018 + year}.tif`);
    await writeLandUse(file, { size, year, origin: ORIGIN, pixelM: PIXEL_M, epsg: 32643 });
  }
  writeFileSync(path.join(cwd, 'jobs.config.json'), JSON.stringify({ data: { lulc: 'lulc/*.tif' } }));
  writeFileSync(path.join(cwd, 'points.csv'), points(rows, size));
  const rasters = readdirSync(path.join(cwd, 'lulc'))
    .sort()
    .map((name) => `lulc/${name}`);
  const script = (how: 'whole' | 'windows') =>
    measure([PEER, how, 'points.csv', `${how}.csv`, ...rasters], { cwd, program: PYTHON });
  const found = await interleaved({
    ours: async () => {
      rmSync(path.join(cwd, '.jobs'), { recursive: true, force: true });
      const args = [JOBS, 'run', 'desilting', 'points.csv', '--force', '--json', '--quiet'];
      const measured = await measure(args, { cwd });
      return measured.exitCode === SOME_ROWS_FAILED ? { ...measured, exitCode: 0 } : measured;
    },
    whole: () => script('whole'),
    windows: () => script('windows'),
  });
  const withWater = requireSame(found);
  const isWhole = found.whole.seconds <= found.windows.seconds;
  const [peer, other] = isWhole ? [found.whole, found.windows] : [found.windows, found.whole];
  rmSync(cwd, { recursive: true });
  return [
    {
      what: `${rows} desilting rows, ${YEARS} rasters of ${size} x ${size} (${withWater} with water)`,
      value: figuresText(found.ours),
    },
    besideRow(
      `the same beside rasterio and scipy, which read ${isWhole ? 'whole rasters' : 'windows'}`,
      { ours: found.ours, peer },
      { time: 0.2 },
    ),
    besideRow(`and ${isWhole ? 'windows' : 'whole rasters'}`, { ours: found.ours, peer: other }),
  ];
};

export default desilting;

/** Rows with water, the same in all. */
function requireSame({ ours, whole, windows }: Record<'ours' | 'whole' | 'windows', Figures>): number {
  const { counts } = JSON.parse(ours.stdout) as { counts: { completed: number } };
  const found = [counts.completed, Number(whole.stdout), Number(windows.stdout)];
  if (new Set(found).size > 1) throw new Error(`rows with water differ: ${found.join(', ')}`);
  return counts.completed;
}

function points(rows: number, size: number): string {
  const utm = proj4('+proj=utm +zone=43 +datum=WGS84 +units=m', 'EPSG:4326');
  let seed = 7;
  const random = (): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const lines = Array.from({ length: rows }, () => {
    const place = [ORIGIN.x + random() * size * PIXEL_M, ORIGIN.y - random() * size * PIXEL_M];
    const [longitude, latitude] = utm.forward(place) as [number, number];
    return `${latitude.toFixed(6)},${longitude.toFixed(6)}`;
  });
  return `latitude,longitude\n${lines.join('\n')}\n`;
}
