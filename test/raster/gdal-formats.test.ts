/** Every kind of GeoTIFF that GDAL writes is read as GDAL reads it, sample for sample. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Samples } from '../../src/raster/nodata.js';
import { openRaster, type PixelSource } from '../../src/raster/raster.js';
import { rowWindows } from '../../src/raster/row-windows.js';
import { lacksGdal } from '../helpers/gdal.js';

interface Written {
  name: string;
  type: string;
  width: number;
  height: number;
  bands: number;
  options: string;
  raw: string;
  group: string;
  level?: number;
}

let folder = '';
let files: Written[] = [];
beforeAll(async () => {
  if (lacksGdal) return;
  folder = await mkdtemp(join(tmpdir(), 'sluice-gdal-'));
  const script = join(import.meta.dirname, 'write-gdal-rasters.py');
  const lines = execFileSync('/usr/bin/python3', [script, folder], { encoding: 'utf8', maxBuffer: 1 << 24 });
  files = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Written);
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

function bytesOf(samples: readonly Samples[]): Buffer {
  return Buffer.concat(
    samples.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  );
}

function truth(file: Written): Buffer {
  return readFileSync(join(folder, file.raw));
}

async function readAll(source: PixelSource): Promise<Buffer> {
  const window = { column: 0, row: 0, width: source.width, height: source.height };
  return bytesOf(await source.readBands(window, [...Array(source.bands).keys()]));
}

describe.skipIf(lacksGdal)('every sample is as GDAL reads it', () => {
  test.each([
    'uint8',
    'int8',
    'uint16',
    'int16',
    'uint32',
    'int32',
    'float32',
    'float64',
  ])('%s in strips and tiles, every coding and predictor, planes, byte orders and BigTIFF', async (type) => {
    const kinds = files.filter((file) => file.group === 'matrix' && file.type === type);
    expect(kinds.length).toBeGreaterThanOrEqual(64);
    const wrong: string[] = [];
    for (const file of kinds) {
      const raster = await openRaster(join(folder, file.name));
      expect(raster.sampleType).toBe(file.type);
      if (!(await readAll(raster)).equals(truth(file))) wrong.push(file.options);
      await raster.close();
    }
    expect(wrong).toEqual([]);
  }, 600_000);

  test('rows read ahead, a band at a time or all together, and windows across tiles', async () => {
    const wrong: string[] = [];
    for (const file of files.filter(({ group, name }) => group === 'matrix' && name.startsWith('int16'))) {
      const raster = await openRaster(join(folder, file.name));
      const all = truth(file);
      const expected = new Int16Array(all.buffer, all.byteOffset, all.length / 2);
      const size = file.width * file.height;
      for await (const { window, samples } of rowWindows(raster, { bands: [2, 0], rows: 10 })) {
        const from = window.row * file.width;
        const [third, first] = samples as [Samples, Samples];
        const ends = from + window.height * file.width;
        if (!bytesOf([third]).equals(bytesOf([expected.subarray(2 * size + from, 2 * size + ends)])))
          wrong.push(`${file.options} third`);
        if (!bytesOf([first]).equals(bytesOf([expected.subarray(from, ends)])))
          wrong.push(`${file.options} first`);
      }
      const part = await raster.readWindow({ column: 30, row: 12, width: 9, height: 8 }, 1);
      for (let i = 0; i < part.length; i++) {
        const at = size + (12 + Math.floor(i / 9)) * file.width + 30 + (i % 9);
        if (part[i] !== expected[at]) wrong.push(`${file.options} at ${i}`);
      }
      await raster.close();
    }
    expect(wrong).toEqual([]);
  }, 600_000);

  test.each(['sparse', 'packed'])('%s files', async (group) => {
    const wrong: string[] = [];
    for (const file of files.filter((each) => each.group === group)) {
      const raster = await openRaster(join(folder, file.name));
      if (!(await readAll(raster)).equals(truth(file))) wrong.push(file.name);
      await raster.close();
    }
    expect(wrong).toEqual([]);
  });

  test('overviews, the largest first', async () => {
    for (const file of files.filter(({ group }) => group === 'overviews')) {
      const raster = await openRaster(join(folder, file.name));
      expect(raster.overviews).toHaveLength(2);
      const overview = raster.overviews[file.level!]!;
      expect([overview.width, overview.height]).toEqual([file.width, file.height]);
      expect((await readAll(overview)).equals(truth(file)), `${file.name} ${file.level}`).toBe(true);
      await raster.close();
    }
  });
});

describe.skipIf(lacksGdal)('an internal mask', () => {
  test.each(['masked-uint8.tif', 'masked-float32.tif'])('%s: what it hides is nodata', async (name) => {
    const file = files.find((each) => each.name === name)!;
    const raster = await openRaster(join(folder, name));
    expect((await readAll(raster)).equals(truth(file))).toBe(true);
    await raster.close();
  });

  test('that hides integers without a nodata value is refused where it hides', async () => {
    const raster = await openRaster(join(folder, 'masked-uint16.tif'));
    await expect(raster.readWindow({ column: 0, row: 36, width: 10, height: 5 })).resolves.toHaveLength(50);
    await expect(readAll(raster)).rejects.toMatchObject({ code: 'RASTER_HIDDEN_PIXELS' });
    await raster.close();
  });
});
