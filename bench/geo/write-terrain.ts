/** A made-up DEM: noise of many sizes that falls to the south, so that rivers gather; as rough as natural ground. */
import { crsFromEpsg } from '../../src/raster/crs.js';
import { createGeoTiff } from '../../src/raster/geotiff-writer.js';

const CELL_M = 30;
const TILE = 256;
const OCTAVES = 10;
/** Each octave is half as wide and so much less high. */
const ROUGHNESS = 0.52;
const HEIGHT_M = 900;

/** float32, deflated tiles of 256 x 256, UTM zone 43 north. */
export async function writeTerrain(path: string, size: number): Promise<void> {
  const writer = await createGeoTiff(path, {
    ...{ width: size, height: size, sampleType: 'float32', nodata: -9999, tileSize: TILE, level: 1 },
    affine: { originX: 300_000, originY: 2_400_000, stepX: CELL_M, stepY: -CELL_M },
    crs: utm43(),
  });
  for (let top = 0; top < size; top += TILE) {
    const rows = Math.min(TILE, size - top);
    const samples = new Float32Array(size * rows);
    for (let i = 0; i < samples.length; i++) {
      const row = top + Math.floor(i / size);
      samples[i] = elevation(i % size, row) - row * 0.05;
    }
    await writer.write({ column: 0, row: top, width: size, height: rows }, samples);
  }
  await writer.close();
}

function utm43() {
  const crs = crsFromEpsg(32_643);
  if ('problem' in crs) throw new Error(`EPSG:32643 is ${crs.problem}`);
  return crs;
}

function elevation(x: number, y: number): number {
  let sum = 0;
  let height = HEIGHT_M;
  let cells = 1024;
  for (let octave = 0; octave < OCTAVES; octave++) {
    sum += height * smoothNoise(x / cells, y / cells, octave);
    height *= ROUGHNESS;
    cells /= 2;
  }
  return sum;
}

function smoothNoise(x: number, y: number, octave: number): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const u = ease(x - column);
  const v = ease(y - row);
  const upper = noise(column, row, octave) * (1 - u) + noise(column + 1, row, octave) * u;
  const lower = noise(column, row + 1, octave) * (1 - u) + noise(column + 1, row + 1, octave) * u;
  return upper * (1 - v) + lower * v;
}

function ease(share: number): number {
  return share * share * (3 - 2 * share);
}

/** 0 to 1, the same for the same place. */
function noise(column: number, row: number, octave: number): number {
  let hash =
    Math.imul(column, 374_761_393) ^ Math.imul(row, 668_265_263) ^ Math.imul(octave + 1, 974_634_211);
  hash = Math.imul(hash ^ (hash >>> 13), 1_274_126_177);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
