import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { InputError } from '../../src/core/error.js';
import { crsFromEpsg } from '../../src/raster/crs.js';
import type { GeoTiffSpec } from '../../src/raster/geotiff-spec.js';
import { createGeoTiff } from '../../src/raster/geotiff-writer.js';
import { halve } from '../../src/raster/halve.js';
import type { Samples, SampleType } from '../../src/raster/nodata.js';
import { openRaster, openRasterUnplaced } from '../../src/raster/raster.js';
import { sampleArray } from '../../src/raster/sample-array.js';
import { digestOf, inspectRasters } from './inspect-rasters.js';

const folder = mkdtempSync(join(tmpdir(), 'sluice-writer-'));
afterAll(() => rmSync(folder, { recursive: true }));

const AFFINE = { originX: 300_000, originY: 2_600_000, stepX: 10, stepY: -10 };
const TYPES: SampleType[] = ['uint8', 'uint16', 'uint32', 'int8', 'int16', 'int32', 'float32', 'float64'];

interface Written {
  path: string;
  spec: GeoTiffSpec;
  bands: Samples[];
}

let count = 0;

/** Writes samples that a seed makes, row of tiles by row of tiles, the bands of each in turn. */
async function write(
  spec: Omit<GeoTiffSpec, 'affine'> & { affine?: GeoTiffSpec['affine'] },
): Promise<Written> {
  const path = join(folder, `written-${count++}.tif`);
  const full = { affine: AFFINE, ...spec };
  const bands = Array.from({ length: spec.bands ?? 1 }, (_, band) => madeSamples(full, band));
  const writer = await createGeoTiff(path, full);
  for (let row = 0; row < spec.height; row += writer.tileSize) {
    const rows = Math.min(writer.tileSize, spec.height - row);
    for (const [band, samples] of bands.entries()) {
      const window = { column: 0, row, width: spec.width, height: rows };
      await writer.write(window, samples.subarray(row * spec.width, (row + rows) * spec.width), band);
    }
  }
  const closed = await writer.close();
  expect(closed).toEqual({ path, bytes: statSync(path).size });
  return { path, spec: full, bands };
}

/** Slopes, noise, extremes and stretches of nodata. */
function madeSamples({ width, height, sampleType, nodata }: GeoTiffSpec, band: number): Samples {
  const samples = sampleArray(sampleType, width * height);
  const extremes = limits(sampleType);
  let seed = 17 + band;
  for (let i = 0; i < samples.length; i++) {
    seed = (seed * 48_271) % 2_147_483_647;
    const slope = (i % width) / 3 + band * 11;
    samples[i] = seed % 29 === 0 ? extremes[seed % 2]! : slope + (seed % 7) / 7;
    if (nodata !== undefined && seed % 5 === 0) samples[i] = nodata;
  }
  return samples;
}

function limits(type: SampleType): [number, number] {
  if (type === 'float32') return [Math.fround(-3.4e38), 1e-40];
  if (type === 'float64') return [-1.7e308, 5e-324];
  const bits = Number(/\d+/.exec(type)![0]);
  return type.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

const SIZES = [
  { width: 1, height: 1 },
  { width: 7, height: 1 },
  { width: 64, height: 64 },
  { width: 333, height: 131 },
];

/** Many files, each read three ways. */
const PATIENCE = { timeout: 120_000 };

describe.each(TYPES)('a raster of %s samples', PATIENCE, (sampleType) => {
  it('is read by gdalinfo without a warning and by rasterio and by us pixel for pixel', async () => {
    const nodatas = [undefined, ...(sampleType.startsWith('float') ? [Number.NaN, -9999] : [3])];
    const written: Written[] = [];
    for (const size of SIZES) {
      for (const bands of [1, 3]) {
        for (const nodata of nodatas) {
          for (const layout of ['cog', 'geotiff'] as const) {
            written.push(await write({ ...size, bands, sampleType, nodata, layout, tileSize: 64 }));
          }
        }
      }
    }
    const found = inspectRasters(written.map(({ path }) => path));
    for (const [i, { path, spec, bands }] of written.entries()) {
      const { width, height, layout, nodata } = spec;
      const facts = found[i]!;
      expect.soft(facts.heard, path).toEqual([]);
      expect.soft(facts.levels, path).toEqual([{ width, height, sha256: digestOf(bands) }]);
      expect.soft([facts.bands, facts.block], path).toEqual([bands.length, [64, 64]]);
      expect.soft(facts.dtype, path).toBe(sampleType);
      expect
        .soft(facts.nodata === null ? undefined : Number(facts.nodata.replace('nan', 'NaN')), path)
        .toBe(nodata);
      expect.soft(facts.geotransform, path).toEqual([300_000, 10, 0, 2_600_000, 0, -10]);
      if (layout === 'cog') expect.soft(facts.notCog, path).toEqual([]);
      const raster = await openRasterUnplaced(path);
      const read = await raster.readBands(
        { column: 0, row: 0, width, height },
        bands.map((_, band) => band),
      );
      expect.soft(digestOf(read), path).toBe(digestOf(bands));
      await raster.close();
    }
  });
});

describe('overviews', PATIENCE, () => {
  it.each([
    { overviews: 'mode', sampleType: 'uint8', nodata: 0 },
    { overviews: 'mean', sampleType: 'float32', nodata: Number.NaN },
    { overviews: 'mean', sampleType: 'int16', nodata: -32_768 },
    { overviews: 'nearest', sampleType: 'uint16', nodata: undefined },
  ] as const)('hold the $overviews of $sampleType samples at half, quarter, … size, the last within 512', async (facts) => {
    const size = { width: 1_111, height: 701, bands: 2 };
    const plain = await write({ ...size, ...facts, tileSize: 128, layout: 'geotiff' });
    const cog = await write({ ...size, ...facts, tileSize: 128 });
    const sizes = [
      [1111, 701],
      [556, 351],
      [278, 176],
    ] as const;
    let bands = cog.bands;
    const expected = sizes.map(([width, height], level) => {
      if (level > 0) {
        const [above, rows] = sizes[level - 1]!;
        bands = bands.map((samples) =>
          halve({ samples, width: above, height: rows, rule: facts.overviews, nodata: facts.nodata }),
        );
      }
      return { width, height, sha256: digestOf(bands) };
    });
    const found = inspectRasters([plain.path, cog.path]);
    expect(found.map(({ levels }) => levels)).toEqual([expected, expected]);
    expect(found.flatMap(({ heard }) => heard)).toEqual([]);
    expect(found[1]!.notCog).toEqual([]);
    expect(found[1]!.structure).toMatchObject({ LAYOUT: 'COG', COMPRESSION: 'DEFLATE' });
  });

  it('are the same whatever the order in which rows come', async () => {
    const spec = {
      width: 900,
      height: 1_200,
      sampleType: 'uint8',
      overviews: 'mode',
      tileSize: 128,
    } as const;
    const inOrder = await write(spec);
    const path = join(folder, 'backwards.tif');
    const writer = await createGeoTiff(path, { ...spec, affine: AFFINE });
    for (const row of [1152, 128, 0, 896, 1024, 256, 384, 768, 512, 640]) {
      const height = Math.min(128, 1200 - row);
      const samples = inOrder.bands[0]!.subarray(row * 900, (row + height) * 900);
      await writer.write({ column: 0, row, width: 900, height }, samples);
    }
    await writer.close();
    const [a, b] = inspectRasters([inOrder.path, path]);
    expect(b!.levels).toEqual(a!.levels);
    expect(b!.notCog).toEqual([]);
  });
});

describe('the place of a raster', () => {
  it.each([
    ['an EPSG code', ['-a_srs', 'EPSG:32643']],
    ['a geographic system', ['-a_srs', 'EPSG:4326']],
    ['a projection of its own (MODIS sinusoidal)', ['-a_srs', '+proj=sinu +lon_0=0 +R=6371007.181 +units=m']],
    ['pixels that are points', ['-a_srs', 'EPSG:32643', '-mo', 'AREA_OR_POINT=Point']],
    ['rows that run north', ['-a_srs', 'EPSG:32643', '-a_ullr', '0', '0', '80', '60']],
  ])('is copied from a file with %s', async (_what, options) => {
    const source = join(folder, `source-${count++}.tif`);
    execFileSync('gdal_create', [
      ...[
        '-q',
        '-outsize',
        '8',
        '6',
        '-bands',
        '1',
        '-ot',
        'Byte',
        '-burn',
        '7',
        '-a_ullr',
        '10',
        '50',
        '18',
        '44',
      ],
      ...options,
      source,
    ]);
    const { affine, geoKeys, bands, sampleType, width, height, close } = await openRasterUnplaced(source);
    await close();
    const written = await write({ width, height, bands, sampleType, affine, geoKeys });
    const [given, found] = inspectRasters([source, written.path]);
    expect(found!.system).toBe(given!.system);
    expect(found!.geotransform).toEqual(given!.geotransform);
    expect(found!.tags).toEqual(given!.tags);
    expect(found!.heard).toEqual([]);
  });

  it('is made from an EPSG code', async () => {
    const utm = crsFromEpsg(32643);
    const degrees = crsFromEpsg(4326);
    if ('problem' in utm || 'problem' in degrees) throw new Error('the codes are known');
    const inUtm = await write({ width: 5, height: 4, sampleType: 'uint8', crs: utm });
    const affine = { originX: 70, originY: 20, stepX: 0.25, stepY: -0.25 };
    const inDegrees = await write({ width: 5, height: 4, sampleType: 'uint8', crs: degrees, affine });
    const [a, b] = inspectRasters([inUtm.path, inDegrees.path]);
    expect(a!.system).toMatch(/^PROJCS\["WGS 84 \/ UTM zone 43N".*"32643"\]\]$/);
    expect(b!.system).toMatch(/^GEOGCS\["WGS 84".*"4326"\]\]$/);
    const raster = await openRaster(inUtm.path);
    expect([raster.crs.label, raster.affine]).toEqual(['EPSG:32643', AFFINE]);
    await raster.close();
  });

  it('may be without a system', async () => {
    const { path } = await write({ width: 5, height: 4, sampleType: 'int16' });
    const [found] = inspectRasters([path]);
    expect([found!.system, found!.geotransform[0]]).toEqual(['', 300_000]);
  });
});

it('keeps names, scale and offset of bands', async () => {
  const { path } = await write({
    ...{ width: 20, height: 20, bands: 2, sampleType: 'int16', scale: 0.0001, offset: -0.5 },
    bandNames: ['rain <5 mm & more', 'जल'],
  });
  const [found] = inspectRasters([path]);
  expect(found!.names).toEqual(['rain <5 mm & more', 'जल']);
  expect(found!.scaling).toEqual([
    [0.0001, -0.5],
    [0.0001, -0.5],
  ]);
  expect(found!.heard).toEqual([]);
  const { bandNames, scaling, close } = await openRasterUnplaced(path);
  await close();
  expect(bandNames).toEqual(['rain <5 mm & more', 'जल']);
  expect(scaling[1]).toEqual({ scale: 0.0001, offset: -0.5 });
});

describe('BigTIFF', PATIENCE, () => {
  it.each(['cog', 'geotiff'] as const)('is written when it is wanted: %s', async (layout) => {
    const spec = { width: 1_300, height: 700, sampleType: 'uint16', overviews: 'mean', bands: 2 } as const;
    const { path, bands } = await write({ ...spec, layout, bigTiff: true, tileSize: 128 });
    const [found] = inspectRasters([path]);
    expect([found!.isBig, found!.heard]).toEqual([true, []]);
    expect(found!.levels.length).toBe(3);
    expect(found!.levels[0]!.sha256).toBe(digestOf(bands));
    if (layout === 'cog') expect(found!.notCog).toEqual([]);
  });

  it('is written for more than 4 GB of samples, however small they become', async () => {
    const [width, rows, height] = [66_000, 1024, 66_000];
    const path = join(folder, 'large.tif');
    const writer = await createGeoTiff(path, {
      width,
      height,
      sampleType: 'uint8',
      affine: AFFINE,
      level: 1,
      layout: 'geotiff',
      tileSize: 1024,
    });
    const samples = new Uint8Array(width * rows).fill(21);
    for (let row = 0; row < height; row += rows) {
      const window = { column: 0, row, width, height: Math.min(rows, height - row) };
      await writer.write(window, samples.subarray(0, width * window.height));
    }
    const { bytes } = await writer.close();
    expect(bytes).toBeLessThan(40_000_000);
    const info = JSON.parse(execFileSync('gdalinfo', ['-json', path], { encoding: 'utf8' }));
    expect(info.size).toEqual([66_000, 66_000]);
    const raster = await openRasterUnplaced(path);
    const corner = await raster.readWindow({ column: 65_990, row: 65_990, width: 10, height: 10 });
    expect(new Set(corner)).toEqual(new Set([21]));
    await raster.close();
  });
});

describe('a raster that cannot be written', () => {
  const spec = { width: 1_024, height: 1_024, sampleType: 'float32', affine: AFFINE, tileSize: 256 } as const;
  const window = { column: 0, row: 0, width: 1_024, height: 256 };

  it.each([
    ['in the middle of a tile', { ...window, row: 10 }, new Float32Array(1_024 * 256), RangeError],
    ['narrower than the raster', { ...window, width: 256 }, new Float32Array(256 * 256), RangeError],
    ['with too few samples', window, new Float32Array(5), RangeError],
    ['of another type', window, new Uint8Array(1_024 * 256), TypeError],
  ])('refuses rows %s', async (_what, rows, samples, kind) => {
    const writer = await createGeoTiff(join(folder, 'refused.tif'), spec);
    await expect(writer.write(rows, samples)).rejects.toThrow(kind);
    await writer.abort();
  });

  it.each([
    [{ tileSize: 100 }, /multiple of 16/],
    [{ width: 0 }, /0 x 1024/],
    [{ sampleType: 'uint8', nodata: -1 }, /nodata -1 is no value of uint8/],
  ] as const)('refuses %j', async (change, message) => {
    await expect(createGeoTiff(join(folder, 'refused.tif'), { ...spec, ...change })).rejects.toThrow(message);
  });

  it('says how many tiles are missing, and leaves nothing behind', async () => {
    const place = mkdtempSync(join(folder, 'partial-'));
    const writer = await createGeoTiff(join(place, 'a.tif'), spec);
    await writer.write(window, new Float32Array(1_024 * 256));
    await expect(writer.close()).rejects.toThrow(/12 of 16 tiles .* were not written/);
    expect(readdirSync(place)).toEqual([]);
  });

  it('leaves nothing behind when it is given up, and an older file as it was', async () => {
    const place = mkdtempSync(join(folder, 'aborted-'));
    const older = await createGeoTiff(join(place, 'a.tif'), { ...spec, height: 256 });
    await older.write(window, new Float32Array(1_024 * 256));
    const { bytes } = await older.close();
    const writer = await createGeoTiff(join(place, 'a.tif'), spec);
    await writer.write(
      window,
      new Float32Array(1_024 * 256).map((_, i) => Math.sin(i)),
    );
    await writer.abort();
    expect(readdirSync(place)).toEqual(['a.tif']);
    expect(statSync(join(place, 'a.tif')).size).toBe(bytes);
    await expect(writer.write(window, new Float32Array(1_024 * 256))).rejects.toThrow(/already closed/);
  });

  it('is an error that names the file and the folder to look at', async () => {
    const path = join(folder, 'missing/a.tif');
    const error = await createGeoTiff(path, spec).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ code: 'RASTER_NOT_WRITABLE', details: { path, errno: 'ENOENT' } });
  });

  it.each([
    'cog',
    'geotiff',
  ] as const)('is an error that names the file when the disk is full: %s', async (layout) => {
    const place = mounted('size=1m');
    if (place === null) return;
    const path = join(place, 'a.tif');
    const error = await writeNoise(path, { ...spec, layout }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ code: 'RASTER_DISK_FULL', details: { path, errno: 'ENOSPC' } });
    expect((error as InputError).message).toContain(path);
    expect(readdirSync(place)).toEqual([]);
  });
});

async function writeNoise(path: string, spec: GeoTiffSpec): Promise<void> {
  const writer = await createGeoTiff(path, spec);
  for (let row = 0; row < spec.height; row += writer.tileSize) {
    const window = { column: 0, row, width: spec.width, height: writer.tileSize };
    await writer.write(
      window,
      new Float32Array(spec.width * window.height).map((_, i) => Math.sin(i * i + row)),
    );
  }
  await writer.close();
}

/** A small file system, unmounted after the test; null, aloud, where mounting is not allowed. */
function mounted(options: string): string | null {
  const place = mkdtempSync(join(folder, 'mounted-'));
  mkdirSync(place, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', place], { stdio: 'pipe' });
  } catch (error) {
    console.warn(`not run: a tmpfs cannot be mounted here (needs root): ${(error as Error).message.trim()}`);
    return null;
  }
  onTestFinished(() => {
    execFileSync('umount', [place]);
  });
  return place;
}
