/** Means of 1,000 polygons on a deflated uint16 band, by the centre rule; the peer reads a window for each polygon. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../bench.js';
import { measure } from '../peak.js';
import { besideRow, figuresText, interleaved } from './interleaved.js';

const FILES = fileURLToPath(new URL('.', import.meta.url));
const PYTHON = '/usr/bin/python3';
const PEER = path.join(FILES, 'zonal_rasterio.py');
const TOLERANCE = 1e-9;

const zonal: Bench = async ({ folder, scale }) => {
  const cwd = path.join(folder, 'zonal');
  mkdirSync(cwd, { recursive: true });
  const [size, polygons] = scale >= 1 ? [10_000, 1_000] : [4_000, 160];
  execFileSync(PYTHON, [PEER, 'make', 'band.tif', 'zones.geojson', String(size), String(polygons)], { cwd });
  const found = await interleaved({
    ours: () => measure([path.join(FILES, 'zonal-means.mjs'), 'band.tif', 'zones.geojson'], { cwd }),
    peer: () => measure([PEER, 'means', 'band.tif', 'zones.geojson'], { cwd, program: PYTHON }),
  });
  requireSame(JSON.parse(found.ours.stdout), JSON.parse(found.peer.stdout));
  rmSync(cwd, { recursive: true });
  return [
    { what: `means of ${polygons} polygons on ${size} x ${size} uint16`, value: figuresText(found.ours) },
    besideRow('the same by a loop of rasterio windows', found, { time: 1 }),
  ];
};

export default zonal;

interface Seen {
  pixels: number;
  means: number;
}

function requireSame(ours: Seen, peer: Seen): void {
  const apart = Math.abs(ours.means - peer.means) / peer.means;
  if (ours.pixels === peer.pixels && apart < TOLERANCE) return;
  throw new Error(`other means than rasterio's: ${JSON.stringify(ours)} and ${JSON.stringify(peer)}`);
}
