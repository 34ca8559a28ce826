/** Rasters read on other grids, pixel for pixel as gdalwarp makes them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Resampling, resampled, resampleWindow } from '../../src/raster/align.js';
import { openRaster } from '../../src/raster/raster.js';
import { lacksGdal } from '../helpers/gdal.js';
import { DEGREES, type TiffSpec, UTM43N, writeTiff } from './write-tiff.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-align-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
function write(spec: Partial<TiffSpec>): string {
  return writeTiff(join(folder, `r${files++}.tif`), {
    width: 60,
    height: 50,
    tile: 16,
    compression: 'deflate',
    value: (column, row) => noise(column, row),
    keys: UTM43N,
    place: [500_000, 2_600_000, 30, 30],
    ...spec,
  });
}

/** 0 to 99, and 255 in a few blobs. */
function noise(column: number, row: number): number {
  if ((Math.floor(column / 7) * 5 + Math.floor(row / 6) * 3) % 11 === 0) return 255;
  return (column * 37 + row * 101 + ((column * row) % 13)) % 100;
}

/** Of the target's size, NaN where there is nothing. */
function warped(source: string, target: string, method: Resampling): Float64Array {
  const facts = JSON.parse(execFileSync('gdalinfo', ['-json', target], { encoding: 'utf8' })) as {
    size: [number, number];
    geoTransform: [number, number, number, number, number, number];
    coordinateSystem: { wkt: string };
  };
  const [width, height] = facts.size;
  const [x, dx, , y, , dy] = facts.geoTransform;
  const out = join(folder, `warped${files++}.raw`);
  execFileSync('gdalwarp', [
    ...['-q', '-of', 'ENVI', '-ot', 'Float64', '-dstnodata', 'nan', '-et', '0'],
    ...['-r', method === 'nearest' ? 'near' : 'bilinear'],
    ...['-t_srs', facts.coordinateSystem.wkt, '-ts', String(width), String(height)],
    ...['-te', ...[x, y + dy * height, x + dx * width, y].map(String)],
    ...[source, out],
  ]);
  const bytes = readFileSync(out);
  const truth = new Float64Array(bytes.buffer, bytes.byteOffset, width * height);
  expect(truth.filter((value) => value > 0).length).toBeGreaterThan(truth.length / 8);
  return truth;
}

type Case = [name: string, source: Partial<TiffSpec>, target: Partial<TiffSpec>];
const CASES: Case[] = [
  ['the same system, half a pixel aside', { nodata: '255' }, { place: [500_014, 2_600_011, 30, 30] }],
  [
    'the same system, three times finer',
    { nodata: '255' },
    { width: 180, height: 150, place: [500_000, 2_600_000, 10, 10] },
  ],
  ['UTM on degrees', { nodata: '255' }, { keys: DEGREES, place: [75.001, 23.508, 0.00025, 0.00025] }],
  ['degrees on UTM', { nodata: '255', keys: DEGREES, place: [74.998, 23.512, 0.0003, 0.0003] }, {}],
  [
    '5 km on 100 m',
    { nodata: '255', keys: DEGREES, width: 9, height: 8, place: [74.8, 23.7, 0.05, 0.05] },
    { width: 300, height: 280, place: [490_000, 2_615_000, 100, 100] },
  ],
  [
    'another UTM zone',
    { nodata: '255', keys: { 1024: 1, 1025: 1, 3072: 32644 }, place: [-113_400, 2_612_900, 30, 30] },
    {},
  ],
];

describe.skipIf(lacksGdal)('nearest, for classes', () => {
  test.each(CASES)('%s', async (_, source, target) => {
    const [from, to] = [write(source), write(target)];
    const [raster, grid] = [await openRaster(from), await openRaster(to)];
    const truth = warped(from, to, 'nearest');
    const found = await resampled(raster, grid, 'nearest').readWindow({
      column: 0,
      row: 0,
      width: grid.width,
      height: grid.height,
    });
    expect(found).toBeInstanceOf(Uint8Array);
    const other = [...found].filter((value, i) =>
      value === 255 ? !Number.isNaN(truth[i]!) : value !== truth[i],
    ).length;
    // Centres within a thousandth of a pixel of a border may fall on either side.
    expect(other).toBeLessThanOrEqual(found.length * 0.002);
    await raster.close();
    await grid.close();
  });
});

describe.skipIf(lacksGdal)('bilinear, for measures', () => {
  test.each(CASES)('%s', async (_, source, target) => {
    const [from, to] = [write({ ...source, kind: 'int16' }), write(target)];
    const [raster, grid] = [await openRaster(from), await openRaster(to)];
    const truth = warped(from, to, 'bilinear');
    const found = await resampled(raster, grid, 'bilinear').readWindow({
      column: 0,
      row: 0,
      width: grid.width,
      height: grid.height,
    });
    expect(found).toBeInstanceOf(Float32Array);
    let other = 0;
    for (let i = 0; i < found.length; i++) {
      const same = Number.isNaN(truth[i]!) ? Number.isNaN(found[i]!) : Math.abs(found[i]! - truth[i]!) < 0.25;
      if (!same) other++;
    }
    expect(other).toBeLessThanOrEqual(found.length * 0.002);
    await raster.close();
    await grid.close();
  });
});

test('a window is the same as that part of the whole', async () => {
  const raster = await openRaster(
    write({ nodata: '255', keys: DEGREES, place: [74.998, 23.512, 0.0003, 0.0003] }),
  );
  const grid = await openRaster(write({}));
  const whole = await resampleWindow(
    raster,
    grid,
    { column: 0, row: 0, width: 60, height: 50 },
    { method: 'bilinear' },
  );
  const part = await resampleWindow(
    raster,
    grid,
    { column: 21, row: 13, width: 17, height: 9 },
    { method: 'bilinear' },
  );
  for (let i = 0; i < part.length; i++) {
    const same = whole[(13 + Math.floor(i / 17)) * 60 + 21 + (i % 17)]!;
    if (Number.isNaN(same)) expect(part[i]).toBeNaN();
    else expect(part[i]).toBeCloseTo(same, 1);
  }
  await raster.close();
  await grid.close();
});

test('without a nodata value, what lies beyond the edge is NaN', async () => {
  const raster = await openRaster(write({ kind: 'uint16' }));
  const grid = await openRaster(write({ place: [500_000 - 300, 2_600_000, 30, 30] }));
  const moved = resampled(raster, grid, 'nearest');
  const samples = await moved.readWindow({ column: 0, row: 0, width: 60, height: 50 });
  expect(samples).toBeInstanceOf(Float32Array);
  expect(samples[9]).toBeNaN();
  expect(moved.isNodata(samples[9]!)).toBe(true);
  expect(samples[10]).toBe(noise(0, 0));
  await raster.close();
  await grid.close();
});

test('a grid far coarser than the raster reads it in parts', async () => {
  const raster = await openRaster(
    write({ width: 5000, height: 4000, tile: 256, value: (column) => column % 250 }),
  );
  const grid = await openRaster(write({ width: 5, height: 4, place: [500_000, 2_600_000, 30_000, 30_000] }));
  const samples = await resampled(raster, grid, 'nearest').readWindow({
    column: 0,
    row: 0,
    width: 5,
    height: 4,
  });
  expect([...samples.subarray(0, 5)]).toEqual([500, 1500, 2500, 3500, 4500].map((column) => column % 250));
  await raster.close();
  await grid.close();
}, 600_000);

test('longitudes from 0 to 360 lie on those from -180 to 180', async () => {
  const west = await openRaster(write({ keys: DEGREES, place: [-119.7, 40, 0.01, 0.01], nodata: '255' }));
  const turned = await openRaster(write({ keys: DEGREES, place: [240.3, 40, 0.01, 0.01], nodata: '255' }));
  const window = { column: 0, row: 0, width: 60, height: 50 };
  expect(await resampled(west, turned, 'nearest').readWindow(window)).toEqual(await west.readWindow(window));
  await west.close();
  await turned.close();
});
