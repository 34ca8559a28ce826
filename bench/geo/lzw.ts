/** All samples of two uint16 bands read and added up, in each way that GDAL stores them, beside rasterio. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, BenchRow } from '../bench.js';
import { measure } from '../peak.js';
import { besideRow, interleaved } from './interleaved.js';

const FILES = fileURLToPath(new URL('.', import.meta.url));
const PYTHON = '/usr/bin/python3';
const LAYOUTS = [
  { what: 'LZW, tiles', options: ['COMPRESS=LZW', 'PREDICTOR=2', 'TILED=YES'], target: { time: 4 } },
  { what: 'LZW, strips', options: ['COMPRESS=LZW', 'PREDICTOR=2'], target: { time: 4 } },
  { what: 'deflate, tiles', options: ['COMPRESS=DEFLATE', 'PREDICTOR=2', 'TILED=YES'] },
  { what: 'zstd, tiles', options: ['COMPRESS=ZSTD', 'PREDICTOR=2', 'TILED=YES'] },
];

const lzw: Bench = async ({ folder, scale }) => {
  const cwd = path.join(folder, 'lzw');
  mkdirSync(cwd, { recursive: true });
  const size = scale >= 1 ? 5_000 : 1_500;
  const peer = path.join(FILES, 'read_rasterio.py');
  execFileSync(PYTHON, [peer, 'make', 'plain.tif', String(size)], { cwd });
  const rows: BenchRow[] = [];
  for (const { what, options, target } of LAYOUTS) {
    const stored = options.flatMap((option) => ['-co', option]);
    execFileSync('gdal_translate', ['-q', ...stored, 'plain.tif', 'stored.tif'], { cwd });
    const found = await interleaved({
      ours: () => measure([path.join(FILES, 'read.mjs'), 'stored.tif'], { cwd }),
      peer: () => measure([peer, 'stored.tif'], { cwd, program: PYTHON }),
    });
    if (found.ours.stdout !== found.peer.stdout) throw new Error(`${what}: other samples than rasterio's`);
    rows.push(besideRow(`${what}: ${size} x ${size} x 2 uint16 read, beside rasterio`, found, target));
  }
  rmSync(cwd, { recursive: true });
  return rows;
};

export default lzw;
