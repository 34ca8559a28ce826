import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { threadId as here } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/error.js';
import { type ComputeOutput, computeRaster } from '../../src/raster/compute-raster.js';
import type { GeoTiffSpec } from '../../src/raster/geotiff-spec.js';
import { createGeoTiff } from '../../src/raster/geotiff-writer.js';
import type { Samples } from '../../src/raster/nodata.js';
import { openRasterUnplaced } from '../../src/raster/raster.js';
import { inspectRasters } from './inspect-rasters.js';
import { writeTiff } from './write-tiff.js';

const folder = mkdtempSync(join(tmpdir(), 'sluice-compute-'));
let module: string;

afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => {
  const file = join(folder, 'kernels.mjs');
  const errors = JSON.stringify(new URL('../../src/core/error.ts', import.meta.url).href);
  writeFileSync(
    file,
    `import { threadId } from 'node:worker_threads';
import { InputError } from ${errors};
export const sumOf = ({ options: { factor }, inputs: facts }) => {
  const seen = { threadId, rows: [], nodata: facts.map(({ nodata }) => nodata) };
  return {
    compute: ({ window, inputs }) => {
      seen.rows.push(window.row);
      return inputs[0].samples.map((sample, i) => factor * sample + (inputs[1]?.samples[i] ?? 0));
    },
    summary: () => seen,
  };
};
export const sumAround = () => ({
  compute: ({ window, inputs: [{ samples, window: wider }] }) => {
    const sums = new Float32Array(window.width * window.height);
    for (let row = 0; row < window.height; row++) for (let column = 0; column < window.width; column++) {
      for (let y = -1; y <= 1; y++) for (let x = -1; x <= 1; x++) {
        const [r, c] = [window.row + row + y - wider.row, window.column + column + x - wider.column];
        if (r >= 0 && c >= 0 && r < wider.height && c < wider.width) sums[row * window.width + column] += samples[r * wider.width + c];
      }
    }
    return sums;
  },
  summary: () => null,
});
export const refuse = () => ({
  compute: ({ window }) => {
    if (window.row > 0) throw new InputError('row ' + window.row + ' is odd', { code: 'ODD', hint: 'mend it' });
    return new Float32Array(window.width * window.height);
  },
  summary: () => null,
});
`,
  );
  module = pathToFileURL(file).href;
});

const GEO_KEYS = {
  directory: Uint16Array.of(...[1, 1, 0, 2], ...[1024, 0, 1, 1], ...[3072, 0, 1, 32_643]),
  doubles: undefined,
  ascii: undefined,
};
const AFFINE = { originX: 300_000, originY: 2_600_000, stepX: 10, stepY: -10 };

let count = 0;

async function raster(
  width: number,
  height: number,
  value: (column: number, row: number) => number,
  more: Partial<GeoTiffSpec> = {},
): Promise<string> {
  const path = join(folder, `input-${count++}.tif`);
  const samples = Float32Array.from({ length: width * height }, (_, i) =>
    value(i % width, Math.floor(i / width)),
  );
  const spec = {
    width,
    height,
    sampleType: 'float32',
    affine: AFFINE,
    geoKeys: GEO_KEYS,
    tileSize: 256,
    ...more,
  } as const;
  const writer = await createGeoTiff(path, spec);
  await writer.write({ column: 0, row: 0, width, height }, samples);
  await writer.close();
  return path;
}

async function samplesOf(path: string): Promise<Samples> {
  const opened = await openRasterUnplaced(path);
  const { width, height } = opened;
  const samples = await opened.readWindow({ column: 0, row: 0, width, height });
  await opened.close();
  return samples;
}

/** The first sample that is not as expected; -1 = there is none. */
function differsAt(samples: Samples, width: number, value: (column: number, row: number) => number): number {
  return samples.findIndex((sample: number, i: number) => sample !== value(i % width, Math.floor(i / width)));
}

function output(more: Partial<ComputeOutput> = {}): ComputeOutput {
  return { path: join(folder, `output-${count++}.tif`), sampleType: 'float32', nodata: -1, ...more };
}

const slope = (column: number, row: number) => column + 3 * row;
const hash = (column: number, row: number) => (column * 7919 + row * 104_729) % 251;

/** From TypeScript sources a thread takes a while to load them. */
const PATIENCE = { timeout: 120_000 };

describe('a formula over rasters', PATIENCE, () => {
  it.each([
    { threads: 2, width: 1_100, height: 1_301 },
    { threads: 0, width: 2_500, height: 520 },
    { threads: 2, width: 130, height: 90 },
  ])('is computed on each pixel: $width x $height, $threads threads', async ({ threads, width, height }) => {
    const [a, b] = [await raster(width, height, slope), await raster(width, height, hash, { nodata: 7 })];
    const wanted = output();
    const { summaries, output: written } = await computeRaster<{
      threadId: number;
      rows: number[];
      nodata: (number | undefined)[];
    }>({
      inputs: [{ file: a }, { file: b }],
      kernel: { module, name: 'sumOf', options: { factor: 2 } },
      output: wanted,
      threads,
    });
    const samples = await samplesOf(wanted.path);
    expect(differsAt(samples, width, (c, r) => 2 * slope(c, r) + hash(c, r))).toBe(-1);
    expect(written?.path).toBe(wanted.path);
    const rows = summaries.flatMap((summary) => summary.rows);
    expect(rows).toEqual([...rows].sort((one, other) => one - other));
    expect(summaries[0]!.nodata).toEqual([undefined, 7]);
    const used = new Set(summaries.map(({ threadId }) => threadId));
    const isAlone = threads === 0 || width * height < 1 << 20;
    expect(summaries.every(({ threadId }) => (threadId === here) === isAlone)).toBe(true);
    expect(used.size).toBeLessThanOrEqual(Math.max(1, threads));
  });

  it('is written with overviews that are those of the whole raster', async () => {
    const [width, height] = [1_300, 1_110];
    const input = await raster(width, height, hash);
    const direct = await raster(width, height, hash, { nodata: 3, overviews: 'mode', tileSize: 512 });
    const wanted = output({ nodata: 3, overviews: 'mode' });
    const kernel = { module, name: 'sumOf', options: { factor: 1 } };
    await computeRaster({ inputs: [{ file: input }], kernel, output: wanted, threads: 0 });
    const [expected, found] = inspectRasters([direct, wanted.path]);
    expect(found!.levels).toEqual(expected!.levels);
    expect([found!.heard, found!.notCog]).toEqual([[], []]);
  });

  it('sees pixels around its block when it asks for a margin', async () => {
    const [width, height] = [1_200, 600];
    const input = await raster(width, height, hash);
    const wanted = output();
    const kernel = { module, name: 'sumAround', options: null };
    await computeRaster({ inputs: [{ file: input, margin: 1 }], kernel, output: wanted, threads: 0 });
    const samples = await samplesOf(wanted.path);
    const around = (column: number, row: number) => {
      let sum = 0;
      for (let r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++)
        for (let c = Math.max(0, column - 1); c <= Math.min(width - 1, column + 1); c++) sum += hash(c, r);
      return sum;
    };
    expect(differsAt(samples, width, around)).toBe(-1);
  });

  it.each([
    ['strips of one row', { rowsPerStrip: 1 }],
    ['one strip', { rowsPerStrip: 700 }],
    ['tiles higher than those of the output', { tile: 1_040 }],
    ['bands side by side', { rowsPerStrip: 16, bands: 2 }],
  ])('reads %s', async (_what, blocks: { rowsPerStrip?: number; tile?: number; bands?: number }) => {
    const [width, height] = [1_600, 600];
    const input = writeTiff(join(folder, `blocks-${count++}.tif`), {
      ...{ width, height, kind: 'float32', compression: 'deflate', place: [0, 0, 1, 1], ...blocks },
      value: (column, row, band) => hash(column, row) + 1000 * band,
    });
    const wanted = output();
    const second = blocks.bands === 2 ? 1 : 0;
    const kernel = { module, name: 'sumOf', options: { factor: 10 } };
    await computeRaster({
      inputs: [{ file: input }, { file: input, band: second }],
      kernel,
      output: wanted,
      threads: 0,
    });
    const samples = await samplesOf(wanted.path);
    expect(differsAt(samples, width, (c, r) => 11 * hash(c, r) + 1000 * second)).toBe(-1);
  });

  it('gives only what it has seen when no raster is wanted', async () => {
    const input = await raster(300, 200, slope);
    const kernel = { module, name: 'sumOf', options: { factor: 1 } };
    const found = await computeRaster<{ rows: number[] }>({ inputs: [{ file: input }], kernel });
    expect(found.output).toBeUndefined();
    expect(found.summaries.map(({ rows }) => rows)).toEqual([[0]]);
  });
});

describe('a formula that cannot be computed', PATIENCE, () => {
  it.each([
    ['in this thread', 600, 700],
    ['in another thread', 1_100, 1_030],
  ])('throws what it threw, class and hint too, and leaves nothing: %s', async (_where, width, height) => {
    const input = await raster(width, height, slope);
    const place = mkdtempSync(join(folder, 'refused-'));
    const wanted = output({ path: join(place, 'a.tif') });
    const kernel = { module, name: 'refuse', options: null };
    const error = await computeRaster({
      inputs: [{ file: input }],
      kernel,
      output: wanted,
      threads: 1,
    }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ message: 'row 512 is odd', code: 'ODD', hint: 'mend it' });
    expect(readdirSync(place)).toEqual([]);
  });

  it('names an input that is not there, or lies elsewhere', async () => {
    const kernel = { module, name: 'sumOf', options: { factor: 1 } };
    const missing = computeRaster({ inputs: [{ file: join(folder, 'no.tif') }], kernel });
    await expect(missing).rejects.toMatchObject({ code: 'RASTER_NOT_FOUND' });
    const here = await raster(600, 100, slope);
    const there = await raster(600, 100, slope, { affine: { ...AFFINE, originX: 300_005 } });
    const apart = computeRaster({ inputs: [{ file: here }, { file: there }], kernel });
    await expect(apart).rejects.toMatchObject({ code: 'RASTERS_NOT_ALIGNED' });
  });
});
