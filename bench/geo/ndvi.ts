/**
 * NDVI of two uint16 bands in deflated tiles, with the float32 result written (deflate 6, predictor 3, tiles of 512).
 * Ours also makes overviews and statistics, percentiles among them; the peers do not.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../bench.js';
import { measure } from '../peak.js';
import { besideRow, figuresText, interleaved } from './interleaved.js';

const FILES = fileURLToPath(new URL('.', import.meta.url));
const PYTHON = '/usr/bin/python3';
const TILED = [
  'TILED=YES',
  'BLOCKXSIZE=512',
  'BLOCKYSIZE=512',
  'COMPRESS=DEFLATE',
  'PREDICTOR=3',
  'ZLEVEL=6',
];
const TOLERANCE = 1e-6;

const ndvi: Bench = async ({ folder, scale }) => {
  const cwd = path.join(folder, 'ndvi');
  mkdirSync(cwd, { recursive: true });
  const size = scale >= 1 ? 10_000 : 2_500;
  execFileSync(PYTHON, [path.join(FILES, 'make_scene.py'), 'red.tif', 'nir.tif', String(size)], { cwd });
  const ours = (threads: number) =>
    measure([path.join(FILES, 'ndvi.mjs'), 'red.tif', 'nir.tif', 'ours.tif', String(threads)], { cwd });
  const found = await interleaved({
    two: () => ours(2),
    one: () => ours(1),
    gdal: () => measure(gdalCalc(), { cwd, program: 'gdal_calc.py' }),
    rasterio: () =>
      measure([path.join(FILES, 'ndvi_rasterio.py'), 'red.tif', 'nir.tif', 'rasterio.tif'], {
        cwd,
        program: PYTHON,
      }),
  });
  requireSame(JSON.parse(found.two.stdout), JSON.parse(found.rasterio.stdout));
  rmSync(cwd, { recursive: true });
  return [
    { what: `NDVI of ${size} x ${size} uint16, written as COG, two threads`, value: figuresText(found.two) },
    besideRow(
      'the same beside gdal_calc.py',
      { ours: found.two, peer: found.gdal },
      { time: 1, memory: 0.4 },
    ),
    besideRow('the same beside rasterio and numpy', { ours: found.two, peer: found.rasterio }),
    {
      what: 'the same, one thread',
      value: figuresText(found.one),
      ratio: `a second thread makes it ${(found.one.seconds / found.two.seconds).toFixed(2)}x as fast`,
    },
  ];
};

export default ndvi;

function gdalCalc(): string[] {
  return [
    ...['--quiet', '--overwrite', '-A', 'nir.tif', '-B', 'red.tif', '--outfile=gdal.tif'],
    '--calc=(A.astype(float32)-B)/(A.astype(float32)+B)',
    ...['--type=Float32', '--NoDataValue=-9999', ...TILED.map((option) => `--co=${option}`)],
  ];
}

interface Seen {
  count: number;
  mean: number;
}

function requireSame(ours: Seen, peer: Seen): void {
  if (ours.count === peer.count && Math.abs(ours.mean - peer.mean) < TOLERANCE) return;
  throw new Error(`another NDVI than rasterio's: ${JSON.stringify(ours)} and ${JSON.stringify(peer)}`);
}
