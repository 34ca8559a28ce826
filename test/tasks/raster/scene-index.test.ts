import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openRaster } from '../../../src/raster/raster.js';
import sceneIndex from '../../../src/tasks/raster/scene-index.js';
import { UTM43N, writeTiff } from '../../raster/write-tiff.js';
import { failureOf, prepareTask } from './run-task.js';

const folder = mkdtempSync(join(tmpdir(), 'scene-task-'));
afterAll(() => rmSync(folder, { recursive: true }));
for (const name of ['may', 'june']) mkdirSync(join(folder, name));

const grid = { width: 60, height: 40, tile: 32, keys: UTM43N, place: [700_000, 2_700_000, 10, 10] } as const;
const band = (path: string, value: (column: number, row: number, band: number) => number, bands = 1) =>
  writeTiff(join(folder, path), {
    ...grid,
    place: [...grid.place],
    kind: 'uint16',
    bands,
    nodata: '0',
    value,
  });

const files = [
  band('may/red.tif', (column) => (column === 0 ? 0 : 1000)),
  band('may/nir.tif', () => 4000),
  band('june/red.tif', () => 2000),
  band('june/stack.tif', (_column, _row, index) => (index === 2 ? 3000 : 500), 3),
  writeTiff(join(folder, 'may/scl.tif'), {
    width: 30,
    height: 20,
    keys: UTM43N,
    place: [700_000, 2_700_000, 20, 20],
    value: (column, row) => (column === 10 && row === 10 ? 9 : 4),
  }),
  writeTiff(join(folder, 'coarse.tif'), {
    width: 30,
    height: 20,
    kind: 'uint16',
    keys: UTM43N,
    place: [700_000, 2_700_000, 20, 20],
    value: () => 1000,
  }),
];

const prepare = (options: Record<string, unknown>) => prepareTask(sceneIndex, options, { scenes: files });
const MAY = { name: 'May', red: 'may/red.tif', nir: 'may/nir.tif' };

describe('a scene', () => {
  test('gives the statistics of its index and the index as a raster', async () => {
    const { run, artifacts } = await prepare({ scale: '0.0001' });
    const found = await run(MAY, 4);
    expect(found).toMatchObject({
      index: 'ndvi',
      count: 59 * 40,
      valid_fraction: 59 / 60,
      nodata_pixels: 40,
      min: expect.closeTo(0.6, 12),
      p50: expect.closeTo(0.6, 12),
      max: expect.closeTo(0.6, 12),
      std: expect.closeTo(0, 7),
      formula: expect.stringContaining('Tucker'),
    });
    const raster = await openRaster(artifacts.get('ndvi-4.tif')!);
    const samples = await raster.readWindow({ column: 0, row: 0, width: 60, height: 40 });
    expect([Number.isNaN(samples[0]), samples[1]]).toEqual([true, Math.fround(0.6)]);
    await raster.close();
  });

  test('is masked by scene classes of half its resolution, clouds widened', async () => {
    const { run } = await prepare({ scale: '0.0001', mask: 'scl', dilate: '1', raster: 'false' });
    expect(await run({ ...MAY, quality: 'scl.tif' })).toMatchObject({
      masked_pixels: 16,
      count: 59 * 40 - 16,
    });
  });

  test('takes bands of a stack by number', async () => {
    const { run } = await prepare({ scale: '0.0001' });
    const found = await run({ red: 'june/red.tif', nir: 'stack.tif#3' });
    expect(found.mean).toBeCloseTo(0.2, 12);
  });

  test('of a shifted Sentinel-2 baseline has the offset taken off', async () => {
    const { run } = await prepare({ baseline: '5.10' });
    expect((await run(MAY)).mean).toBe(1);
  });
});

describe('cells name files of data.scenes and nothing else', () => {
  test.each([
    ['/etc/passwd', 'SCENE_FILE_UNKNOWN'],
    ['../../../../etc/passwd', 'SCENE_FILE_UNKNOWN'],
    ['may/../may/red.tif', 'SCENE_FILE_UNKNOWN'],
    ['ed.tif', 'SCENE_FILE_UNKNOWN'],
    ['red.tif', 'SCENE_FILE_AMBIGUOUS'],
    ['stack.tif#4', 'SCENE_BAND_UNKNOWN'],
    ['stack.tif#B08', 'SCENE_BAND_UNKNOWN'],
    ['#1', 'SCENE_FILE_UNKNOWN'],
  ])('%s: %s', async (cell, code) => {
    const { run } = await prepare({ scale: 'dn' });
    expect(await failureOf(run({ ...MAY, red: cell }))).toMatchObject({
      code,
      field: 'red',
      name: 'FinalError',
    });
  });

  test('a name that is nearly right is told the right one', async () => {
    const { run } = await prepare({ scale: 'dn' });
    expect(await failureOf(run({ ...MAY, nir: 'nirr.tif' }))).toMatchObject({
      hint: 'did you mean "nir.tif"?',
    });
  });
});

describe('bad scenes', () => {
  test('a missing band is named by its column', async () => {
    const { run } = await prepare({ scale: '0.0001', index: 'evi' });
    expect(await failureOf(run(MAY))).toMatchObject({
      code: 'INDEX_BAND_MISSING',
      field: 'blue',
      message: 'evi needs the bands nir, red, blue; blue is missing',
    });
  });

  test('bands of two grids are refused unless they are to be resampled', async () => {
    const row = { ...MAY, red: 'coarse.tif' };
    const { run } = await prepare({ scale: '0.0001' });
    expect(await failureOf(run(row))).toMatchObject({ code: 'RASTERS_NOT_ALIGNED' });
    const resampling = await prepare({ scale: '0.0001', resample: 'nearest', raster: 'false' });
    expect((await resampling.run(row)).mean).toBeCloseTo(0.6, 12);
  });

  test('a mask needs its band, and the band a way to be read', async () => {
    const { run } = await prepare({ scale: 'dn', mask: 'scl' });
    expect(await failureOf(run(MAY))).toMatchObject({ code: 'MASK_INCOMPLETE', field: 'quality' });
    const unmasked = await prepare({ scale: 'dn' });
    expect(await failureOf(unmasked.run({ ...MAY, quality: 'scl.tif' }))).toMatchObject({
      hint: '--set mask=scl',
    });
  });
});

describe('a batch is refused', () => {
  test.each([
    { index: 'evi' },
    { index: 'evi', scale: 'dn' },
    { index: 'ndvi' },
    { index: 'savi' },
  ])('when nothing says what the numbers mean: %j', async (options) => {
    expect(await failureOf(prepare(options))).toMatchObject({
      code: 'INDEX_SCALE_UNKNOWN',
      hint: expect.stringContaining('--set scale='),
    });
  });

  test('without files to read', async () => {
    expect(await failureOf(prepareTask(sceneIndex, {}, { scenes: [] }))).toMatchObject({
      code: 'DATA_MISSING',
    });
  });

  test.each([
    { offset: '1' },
    { scale: 'dn', offset: '1' },
    { baseline: '4', scale: '1' },
    { index: 'nvdi' },
  ])('when options contradict each other: %j', (options) => {
    expect(sceneIndex.options!.safeParse(options).success).toBe(false);
  });
});

test('the report shows the index from scene to scene and a map of the last', async () => {
  const { finish } = await prepare({ scale: 'dn' });
  const row = (number: number, mean: number) => ({
    number,
    state: 'completed' as const,
    input: { name: `scene ${number}` },
    result: { p5: mean - 0.1, mean, p95: null },
  });
  const [section] = await finish([row(1, 0.5), { number: 2, state: 'failed', result: null }, row(3, 0.7)]);
  expect(section!.items).toMatchObject([
    {
      kind: 'chart',
      x: ['scene 1', 'scene 3'],
      series: [{ name: 'p5' }, { values: [0.5, 0.7] }, { values: [null, null] }],
    },
    { kind: 'map', layers: [{ kind: 'raster', artifact: 'ndvi-3.tif' }] },
  ]);
  expect(await finish([])).toEqual([]);
});
