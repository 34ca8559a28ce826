import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../src/core/error.js';
import { openRaster, openRasterUnplaced } from '../../src/raster/raster.js';
import { tileCache } from '../../src/raster/tile-cache.js';
import { lacksGdal } from '../helpers/gdal.js';
import { DEGREES, type TiffSpec, UTM43N, writeTiff } from './write-tiff.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-raster-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
function write(spec: Partial<TiffSpec>): string {
  return writeTiff(join(folder, `r${files++}.tif`), {
    width: 70,
    height: 50,
    value: (column, row) => (column + 3 * row) % 200,
    keys: UTM43N,
    place: [500_000, 2_600_000, 10, 10],
    ...spec,
  });
}

async function refusal(path: string): Promise<InputError> {
  const error = await openRaster(path).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(InputError);
  return error as InputError;
}

describe('values', () => {
  const layouts: [string, Partial<TiffSpec>][] = [
    ['strips', { rowsPerStrip: 7 }],
    ['one strip', {}],
    ['tiles with padding', { tile: 16 }],
    ['deflate tiles', { tile: 32, compression: 'deflate' }],
    ['LZW strips', { rowsPerStrip: 7, compression: 'lzw' }],
    ['int16', { kind: 'int16', tile: 16, compression: 'deflate' }],
    ['big-endian uint16', { kind: 'uint16', bigEndian: true, rowsPerStrip: 9 }],
    ['big-endian float32', { kind: 'float32', bigEndian: true, tile: 16, compression: 'lzw' }],
    [
      'big-endian with a long table of strips',
      { kind: 'uint16', bigEndian: true, rowsPerStrip: 1, height: 400 },
    ],
    ['float64', { kind: 'float64', rowsPerStrip: 11, compression: 'deflate' }],
  ];
  test.each(layouts)('a window is the same in every layout: %s', async (_, spec) => {
    const raster = await openRaster(write(spec));
    const window = { column: 9, row: 5, width: 50, height: 43 };
    const samples = await raster.readWindow(window);
    await raster.close();
    expect(samples).toHaveLength(50 * 43);
    for (let row = 0; row < 43; row++) {
      for (let column = 0; column < 50; column++) {
        expect(samples[row * 50 + column]).toBe((column + 9 + 3 * (row + 5)) % 200);
      }
    }
  });

  test.each([true, false])('one band of three is read, planar: %s', async (planar) => {
    const raster = await openRaster(
      write({
        bands: 3,
        planar,
        kind: 'int16',
        tile: 16,
        value: (column, row, band) => column + row - 100 * band,
      }),
    );
    const samples = await raster.readWindow({ column: 20, row: 10, width: 5, height: 5 }, 2);
    await raster.close();
    expect(raster.bands).toBe(3);
    expect(samples[0]).toBe(30 - 200);
    expect(samples[24]).toBe(38 - 200);
  });

  test('decoded tiles are kept within the budget, and read again beyond it', async () => {
    const cache = tileCache(1000);
    const raster = await openRaster(write({ tile: 16 }), { cache });
    const tile = await raster.readTile(0, 0);
    expect(await raster.readTile(0, 0)).toBe(tile);
    for (let column = 0; column < 4; column++) await raster.readTile(column, 1);
    expect(cache.calculatedSize).toBeLessThanOrEqual(1000);
    expect(await raster.readTile(0, 0)).not.toBe(tile);
    await raster.close();
  });
});

describe('several bands and windows', () => {
  test('bands come together, in the order they are asked for, from one tile and across tiles', async () => {
    const raster = await openRaster(
      write({ bands: 3, tile: 16, value: (column, row, band) => (column + row + 60 * band) % 250 }),
    );
    for (const window of [
      { column: 16, row: 16, width: 16, height: 16 },
      { column: 9, row: 3, width: 40, height: 30 },
    ]) {
      for (const options of [{}, { once: true }, { ahead: true }]) {
        const [third, first] = await raster.readBands(window, [2, 0], options);
        expect(third![window.width + 1]).toBe((window.column + window.row + 2 + 120) % 250);
        expect(first![window.width + 1]).toBe((window.column + window.row + 2) % 250);
      }
    }
    await raster.close();
  });

  test('what will not be asked for again is not cached, save tiles that the window cuts', async () => {
    const cache = tileCache();
    const raster = await openRaster(write({ tile: 16 }), { cache });
    await raster.readBands({ column: 0, row: 0, width: 70, height: 32 }, [0], { once: true });
    expect(cache.size).toBe(0);
    await raster.readBands({ column: 0, row: 0, width: 70, height: 20 }, [0], { ahead: true });
    expect(cache.size).toBe(5);
    await raster.close();
  });

  test('the caller’s samples are its own', async () => {
    const raster = await openRaster(write({ tile: 16 }));
    const window = { column: 3, row: 3, width: 20, height: 20 };
    (await raster.readWindow(window)).fill(0);
    expect((await raster.readWindow(window))[0]).toBe(12);
    await raster.close();
  });

  test('a file that changes is not taken from what was cached of it', async () => {
    const cache = tileCache();
    const path = write({ tile: 16 });
    const before = await openRaster(path, { cache });
    expect((await before.readTile(0, 0)).samples[0]).toBe(0);
    await before.close();
    writeTiff(path, {
      width: 70,
      height: 50,
      tile: 16,
      value: () => 7,
      keys: UTM43N,
      place: [5e5, 2.6e6, 10, 10],
    });
    const after = await openRaster(path, { cache });
    expect((await after.readTile(0, 0)).samples[0]).toBe(7);
    await after.close();
  });

  test('a band that is not there is named, and a window beside the raster is a mistake of ours', async () => {
    const path = write({ bands: 3 });
    const raster = await openRaster(path);
    const window = { column: 0, row: 0, width: 5, height: 5 };
    await expect(raster.readTile(0, 0, 3)).rejects.toMatchObject({ code: 'RASTER_BAND_MISSING' });
    await expect(raster.readWindow(window, 3)).rejects.toThrow(`${path} has 3 bands; band 4 is missing`);
    await expect(raster.readWindow({ ...window, column: 66 })).rejects.toThrow(RangeError);
    await raster.close();
  });
});

describe.skipIf(lacksGdal)('what a file says of its bands', () => {
  test('names, scales and offsets', async () => {
    const path = join(folder, 'scaled.tif');
    const vrt = join(folder, 'scaled.vrt');
    execFileSync('gdal_translate', ['-q', '-of', 'VRT', write({ bands: 2, kind: 'int16' }), vrt]);
    const named = (await readFile(vrt, 'utf8')).replace(
      /<VRTRasterBand([^>]*band="1"[^>]*)>/,
      '<VRTRasterBand$1><Description>red &lt;620&amp;670&gt;</Description><Scale>0.0001</Scale><Offset>-0.1</Offset>',
    );
    await writeFile(vrt, named);
    execFileSync('gdal_translate', ['-q', vrt, path]);
    const raster = await openRaster(path);
    await raster.close();
    expect(raster.bandNames).toEqual(['red <620&670>', undefined]);
    expect(raster.scaling).toEqual([{ scale: 0.0001, offset: -0.1 }, undefined]);
  });

  test('the keys of its system as they are', async () => {
    const raster = await openRaster(write({}));
    await raster.close();
    expect(Array.from(raster.geoKeys!.directory)).toEqual([
      ...[1, 1, 0, 3],
      ...[1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32643],
    ]);
  });
});

describe('nodata', () => {
  test.each<[string, Partial<TiffSpec>, number, boolean]>([
    ['a byte', { nodata: '255' }, 255, true],
    ['a byte that is not it', { nodata: '255' }, 254, false],
    ['out of the type’s range', { nodata: '-9999' }, 0, false],
    ['NaN', { nodata: 'nan', kind: 'float32' }, Number.NaN, true],
    ['NaN undeclared', { kind: 'float32' }, Number.NaN, true],
    ['NaN as Windows wrote it', { nodata: '-1.#IND', kind: 'float32' }, Number.NaN, true],
    ['absent', { kind: 'uint16' }, 0, false],
    ['the float32 rounding', { nodata: '-3.4e38', kind: 'float32' }, Math.fround(-3.4e38), true],
    [
      'the lowest float32',
      { nodata: '-3.4028234663852886e+38', kind: 'float32' },
      Math.fround(-3.4028234663852886e38),
      true,
    ],
  ])('%s', async (_, spec, value, expected) => {
    const raster = await openRaster(write(spec));
    await raster.close();
    expect(raster.isNodata(value)).toBe(expected);
  });
});

describe('place', () => {
  test('a projected raster: centres in degrees, and back', async () => {
    const raster = await openRaster(write({}));
    await raster.close();
    expect(raster.crs.label).toBe('EPSG:32643');
    const { lon, lat } = raster.grid.toLonLat({ column: 0, row: 0 });
    expect(lon).toBeCloseTo(75, 9);
    expect(lat).toBeCloseTo(23.510_194_715, 8);
    const back = raster.grid.toPixel({ lon, lat });
    expect(back.column).toBeCloseTo(0, 6);
    expect(back.row).toBeCloseTo(0, 6);
  });

  test('a file that names the geographic code beside the projected one is projected', async () => {
    const raster = await openRaster(write({ keys: { ...UTM43N, 2048: 4326 } }));
    await raster.close();
    expect(raster.crs).toMatchObject({ label: 'EPSG:32643', geographic: false });
  });

  test('a user-defined projection', async () => {
    const raster = await openRaster(
      write({
        keys: { 1024: 1, 1025: 1, 2048: 4326, 3072: 32767, 3074: 32767, 3075: 1, 3076: 9001 },
        doubleKeys: { 3080: 75, 3081: 0, 3082: 500_000, 3083: 0, 3092: 0.9996 },
      }),
    );
    await raster.close();
    const { lon, lat } = raster.grid.toLonLat({ column: 0, row: 0 });
    expect(lon).toBeCloseTo(75, 6);
    expect(lat).toBeCloseTo(23.510_194_715, 8);
  });

  test.each([
    { 3076: 9003 },
    {},
  ])('a raster in feet, whether or not its keys say the unit again: %j', async (unit) => {
    const keys = { 1024: 1, 1025: 1, 3072: 2225, ...unit };
    const raster = await openRaster(
      write({ keys, place: [9_101_885.378934182, 1_117_555.2078370212, 100, 100] }),
    );
    await raster.close();
    const { lon, lat } = raster.grid.toLonLat({ column: 100, row: 80 });
    expect(lon).toBeCloseTo(-113.205_158_319_3, 8);
    expect(lat).toBeCloseTo(37.525_408_949_1, 8);
    expect(raster.grid.toPixel({ lon, lat }).column).toBeCloseTo(100, 6);
  });

  test('pixel-is-point tags place centres', async () => {
    const raster = await openRaster(write({ keys: { ...UTM43N, 1025: 2 } }));
    await raster.close();
    expect(raster.affine).toEqual({ originX: 499_995, originY: 2_600_005, stepX: 10, stepY: -10 });
  });

  test('a matrix that only scales, south up, pixels not square', async () => {
    const transformation = [30, 0, 0, 500_000, 0, 20, 0, 2_600_000, 0, 0, 0, 0, 0, 0, 0, 1];
    const raster = await openRaster(write({ place: undefined as never, transformation }));
    await raster.close();
    expect(raster.affine).toEqual({ originX: 500_000, originY: 2_600_000, stepX: 30, stepY: 20 });
  });

  test('longitudes from 0 to 360 find points west of Greenwich', async () => {
    const raster = await openRaster(write({ keys: DEGREES, place: [240, 40, 0.01, 0.01] }));
    await raster.close();
    const place = raster.grid.toPixel({ lon: -119.695, lat: 39.795 });
    expect(place.column).toBeCloseTo(30.5, 6);
    expect(place.row).toBeCloseTo(20.5, 6);
  });
});

describe('what cannot be used is refused with the file named', () => {
  test('a missing file', async () => {
    const error = await refusal(join(folder, 'absent.tif'));
    expect(error).toMatchObject({ code: 'RASTER_NOT_FOUND' });
    expect(error.message).toContain('absent.tif');
    expect((await refusal(folder)).code).toBe('RASTER_NOT_FOUND');
  });

  test.each([0, 3, 7])('a file of %i bytes', async (bytes) => {
    const path = join(folder, `short${bytes}.tif`);
    await writeFile(path, Buffer.from('II*\0\b\0\0\0').subarray(0, bytes));
    expect((await refusal(path)).code).toMatch(/RASTER_(UNREADABLE|TRUNCATED)/);
  });

  test('text and workbooks', async () => {
    const path = join(folder, 'text.tif');
    await writeFile(path, 'latitude,longitude\n1,2\n'.repeat(100));
    expect(await refusal(path)).toMatchObject({ code: 'RASTER_UNREADABLE' });
  });

  test.each(['none', 'deflate'] as const)('a file cut at any place (%s)', async (compression) => {
    const whole = await readFile(write({ tile: 16, compression }));
    const path = join(folder, 'cut.tif');
    for (const share of [0.05, 0.3, 0.6, 0.9, 0.99]) {
      await writeFile(path, whole.subarray(0, Math.floor(whole.length * share)));
      const error = await refusal(path);
      expect(error.code, `at ${share}`).toBe('RASTER_TRUNCATED');
      expect(error.message).toContain('cut.tif');
    }
  });

  test('a file whose directory comes first, cut in its pixels', async () => {
    const whole = await readFile(write({ rowsPerStrip: 5 }));
    const directoryAt = whole.readUInt32LE(4);
    const path = join(folder, 'cut-pixels.tif');
    const entries = whole.readUInt16LE(directoryAt);
    const at =
      directoryAt +
      2 +
      [...Array(entries).keys()].find((i) => whole.readUInt16LE(directoryAt + 2 + i * 12) === 279)! * 12;
    whole.writeUInt32LE(1_000_000, whole.readUInt32LE(at + 8));
    await writeFile(path, whole);
    const error = await refusal(path);
    expect(error).toMatchObject({
      code: 'RASTER_TRUNCATED',
      details: { found: whole.length, block: [0, 0] },
    });
    expect(error.message).toContain('block 0, 0 is the first one cut');
  });

  test('no coordinate system', async () => {
    expect(await refusal(write({ keys: undefined as never }))).toMatchObject({ code: 'RASTER_NO_CRS' });
    const path = write({ keys: { 1025: 1 } });
    expect(await refusal(path)).toMatchObject({ code: 'RASTER_NO_CRS' });
    const raster = await openRasterUnplaced(path);
    expect(await raster.readWindow({ column: 1, row: 1, width: 1, height: 1 })).toEqual(Uint8Array.of(4));
    expect(raster.affine.stepX).toBe(10);
    expect(() => raster.placed()).toThrow(InputError);
    await raster.close();
  });

  test('a coordinate system that is not known, or whose datum would put places 100 m off', async () => {
    const unknown = await refusal(write({ keys: { 1024: 1, 3072: 29_999 } }));
    expect(unknown).toMatchObject({ code: 'RASTER_CRS_UNKNOWN' });
    expect(unknown.message).toContain('EPSG:29999');
    expect(await refusal(write({ keys: { 1024: 1, 3072: 24_378 } }))).toMatchObject({
      code: 'RASTER_CRS_UNKNOWN',
    });
  });

  test('no place, and a rotated one', async () => {
    expect(await refusal(write({ place: undefined as never }))).toMatchObject({ code: 'RASTER_NOT_PLACED' });
    const transformation = [8, 6, 0, 500_000, 6, -8, 0, 2_600_000, 0, 0, 0, 0, 0, 0, 0, 1];
    expect(await refusal(write({ place: undefined as never, transformation }))).toMatchObject({
      code: 'RASTER_ROTATED',
    });
  });

  test('damaged pixels, when they are read', async () => {
    const path = write({ tile: 32, compression: 'deflate' });
    const bytes = await readFile(path);
    bytes.fill(0xee, 10, 60);
    await writeFile(path, bytes);
    const raster = await openRaster(path);
    await expect(raster.readTile(0, 0)).rejects.toMatchObject({
      code: 'RASTER_DAMAGED',
      message: expect.stringContaining(`${path} is damaged: block 0, 0`),
    });
    expect((await raster.readTile(1, 0)).samples[0]).toBe(32);
    await raster.close();
  });
});
