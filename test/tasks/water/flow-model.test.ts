import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRaster } from '../../../src/raster/raster.js';
import { type FlowModel, flowModelOf } from '../../../src/tasks/water/flow-model.js';
import { VALLEY, writeDem } from './made-dem.js';
import { makeFolder } from './made-rasters.js';

let folder: string;
let cacheDir: string;
let dem: string;

beforeEach(async () => {
  folder = await makeFolder();
  cacheDir = await makeFolder();
  dem = await writeDem(folder);
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  await rm(cacheDir, { recursive: true });
});

const modelOf = (thresholdCells = 50): Promise<FlowModel> =>
  flowModelOf(dem, { cacheDir, method: 'fill', thresholdCells });

async function readAll(file: string): Promise<ArrayLike<number>> {
  const raster = await openRaster(file);
  const { width, height } = raster;
  const samples = await raster.readWindow({ column: 0, row: 0, width, height });
  await raster.close();
  return samples;
}

const models = async () => (await readdir(cacheDir)).filter((name) => name.startsWith('flow-'));

test('directions, accumulation and order lie on the grid of the DEM and agree with each other', async () => {
  const model = await modelOf();
  const [directions, cells, orders] = (await Promise.all(
    [model.directions, model.accumulation, model.streamOrder].map(readAll),
  )) as [ArrayLike<number>, ArrayLike<number>, ArrayLike<number>];
  const { width, height } = VALLEY;
  expect(model).toMatchObject({ width, height, cells: width * height, thresholdCells: 50 });
  const esri: Record<number, number> = {
    1: 1,
    2: width + 1,
    4: width,
    8: width - 1,
    16: -1,
    32: -width - 1,
    64: -width,
    128: -width + 1,
  };
  let atOutlets = 0;
  for (let cell = 0; cell < width * height; cell++) {
    expect(orders[cell]! > 0).toBe(cells[cell]! >= 50);
    if (directions[cell] === 0) atOutlets += cells[cell]!;
    else expect(cells[cell + esri[directions[cell]!]!]!).toBeGreaterThan(cells[cell]!);
  }
  expect(atOutlets).toBe(width * height);
});

test('streams are lines in degrees that run down to larger ones', async () => {
  const model = await modelOf();
  const streams = [];
  for await (const stream of model.streams()) streams.push(stream);
  expect(streams.length).toBeGreaterThanOrEqual(3);
  for (const { line, lengthM, accumulation } of streams) {
    expect(line.length).toBeGreaterThanOrEqual(4);
    expect(line[0]).toBeCloseTo(73.05, 0);
    expect(lengthM).toBeGreaterThan(5);
    expect(accumulation).toBeGreaterThanOrEqual(50);
  }
  expect(Math.max(...streams.map(({ accumulation }) => accumulation))).toBeGreaterThan(1000);
});

test('hectares follow the directions, or are split over two of them; all of them leave the map', async () => {
  const model = await modelOf();
  const [cells, along, split, directions] = await Promise.all([
    readAll(model.accumulation),
    model.catchmentAreaHa().then(readAll),
    model.catchmentAreaHa('dinf').then(readAll),
    readAll(model.directions),
  ]);
  let lost = VALLEY.width * VALLEY.height;
  for (let cell = 0; cell < cells.length; cell++) {
    expect(along[cell]).toBeCloseTo(cells[cell]! / 100, 5);
    if (directions[cell] === 0) lost -= split[cell]! * 100;
  }
  expect(Math.abs(lost)).toBeLessThan(0.01);
});

test('a model is made once, however many ask for it, and again when the DEM or the choice is another', async () => {
  const [one, two] = await Promise.all([modelOf(), modelOf()]);
  expect(one!.folder).toBe(two!.folder);
  const made = (await stat(one!.directions)).mtimeMs;
  expect((await stat((await modelOf()).directions)).mtimeMs).toBe(made);
  expect((await modelOf(60)).folder).not.toBe(one!.folder);
  await utimes(dem, new Date(), new Date(1e12));
  expect((await modelOf()).folder).not.toBe(one!.folder);
  expect(await models()).toHaveLength(3);
});

test('whoever waited for the lock takes what the other one made', async () => {
  const keys: string[] = [];
  let last: Promise<unknown> = Promise.resolve();
  const exclusively = <T>(key: string, work: () => Promise<T>): Promise<T> => {
    keys.push(key);
    const mine = last.then(work);
    last = mine;
    return mine;
  };
  const request = { cacheDir, method: 'fill', thresholdCells: 50, exclusively } as const;
  const first = await flowModelOf(dem, request);
  const made = (await stat(first.directions)).mtimeMs;
  const again = await flowModelOf(dem, request);
  expect((await stat(again.directions)).mtimeMs).toBe(made);
  expect(keys).toHaveLength(1);
});

test('only the models used last are kept, and what a killed process left is removed after a day', async () => {
  const first = await modelOf(10);
  await utimes(join(first.folder, 'model.json'), new Date(1e12), new Date(1e12));
  const abandoned = join(cacheDir, 'flow-0123456789abcdef.00000000.part');
  await writeFile(abandoned, '');
  await utimes(abandoned, new Date(1e12), new Date(1e12));
  for (const threshold of [20, 30, 40, 50]) await modelOf(threshold);
  expect(await models()).toHaveLength(4);
  expect(await models()).not.toContain(first.folder.split('/').at(-1));
});

test('a folder without its facts is not a model', async () => {
  const { folder: made } = await modelOf();
  await rm(join(made, 'model.json'));
  await expect(modelOf()).resolves.toMatchObject({ folder: made });
  expect(JSON.parse(await readFile(join(made, 'model.json'), 'utf8'))).toMatchObject({ cells: 2400 });
});
