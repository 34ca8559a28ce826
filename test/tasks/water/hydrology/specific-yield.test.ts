import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import deltaG from '../../../../src/tasks/water/hydrology/delta-g.js';
import { specificYield, weightedYield } from '../../../../src/tasks/water/hydrology/specific-yield.js';
import { prepareTask, type Row } from '../in-process.js';
import { makeFolder } from '../made-rasters.js';

const box = (west: number, south: number, east: number, north: number) => ({
  type: 'Polygon',
  coordinates: [
    [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ],
  ],
});
const year = JSON.stringify({ Precipitation: 700, RunOff: 100, ET: 500 });
const watershed: Row = { uid: '14_1', '2017_2018': year, geometry: box(72, 0, 72.1, 0.1) };

async function withAquifers(
  parts: { geometry: object; [property: string]: unknown }[],
  settings: object = {},
) {
  const file = join(await makeFolder(), 'aquifers.geojson');
  const features = parts.map(({ geometry, ...properties }) => ({ type: 'Feature', properties, geometry }));
  await writeFile(file, JSON.stringify({ type: 'FeatureCollection', features }));
  return prepareTask(deltaG, { aquifers: { files: [file], ...settings } });
}

describe('specific yield', () => {
  test.each([
    ['Upto 1%', 0.01],
    ['Upto 1.2%', 0.012],
    ['1-1.5%', 0.015],
    ['Up to 1.5%', 0.015],
    ['1-2%', 0.02],
    ['1-2.5', 0.025],
    ['Upto 3 %', 0.03],
    ['Upto -3.5%', 0.035],
    ['Upto 5-2%', 0.05],
    ['6 - 8%', 0.08],
    ['6-8%', 0.08],
    ['0.08', 0.08],
    ['upto 9%', 0.09],
    ['8 - 10%', 0.1],
    ['6 - 12%', 0.12],
    ['Upto 15%', 0.15],
    ['8 - 16%', 0.16],
    ['8 - 18%', 0.18],
    ['8 - 20%', 0.2],
    [0.03, 0.03],
  ])('%j is %d', (text, fraction) => {
    expect(specificYield(text)).toBe(fraction);
  });

  test('aquifers that nobody explored have none, and a text that is not known is none of these', () => {
    expect(['', '-', 'Not Explored', null].map(specificYield)).toEqual([null, null, null, null]);
    expect(specificYield('a lot')).toBeUndefined();
  });

  test('what no aquifer covers counts as no yield', () => {
    expect(weightedYield([{ areaM2: 25, fraction: 0.1 }], 100)).toBe(0.025);
    expect(weightedYield([], 100)).toBe(0);
  });
});

describe('yield of a watershed over aquifers', () => {
  test('is weighted by the area over each, as the ellipsoid has it', async () => {
    const task = await withAquifers([
      { yeild__: 'Upto 2%', geometry: box(71, -1, 72.05, 1) },
      { yeild__: '8 - 10%', geometry: box(72.05, -1, 72.075, 1) },
      { yeild__: 'Not Explored', geometry: box(72.075, -1, 73, 1) },
    ]);
    const result = await task.run(watershed);
    expect(result.specific_yield).toBeCloseTo(0.5 * 0.02 + 0.25 * 0.1, 6);
    expect(result.well_depth_m).toBeCloseTo(100 / (1000 * 0.035), 5);
  });

  test('the row’s own yield goes before that of the layer', async () => {
    const task = await withAquifers([{ yeild__: 'Upto 2%', geometry: box(71, -1, 73, 1) }]);
    expect(await task.run({ ...watershed, weighted_a: 0.1 })).toMatchObject({
      specific_yield: 0.1,
      well_depth_m: 1,
    });
  });

  test('another property may hold it, and a text that is not known is named', async () => {
    const task = await withAquifers([{ sy: 0.04, geometry: box(71, -1, 73, 1) }], { field: 'sy' });
    expect((await task.run(watershed)).specific_yield).toBeCloseTo(0.04, 9);
    const unknown = await withAquifers([{ yeild__: 'plenty', geometry: box(71, -1, 73, 1) }]);
    await expect(unknown.run(watershed)).rejects.toMatchObject({
      code: 'AQUIFER_YIELD_UNKNOWN',
      message: expect.stringContaining('"plenty"'),
    });
  });
});
