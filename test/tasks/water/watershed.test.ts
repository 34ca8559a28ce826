import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FinalError, InputError } from '../../../src/core/error.js';
import type { Polygon } from '../../../src/geo/polygon.js';
import { geodesicAreaM2 } from '../../../src/geo/polygon-area.js';
import { crsFromEpsg } from '../../../src/raster/crs.js';
import { georeferencedGrid } from '../../../src/raster/georeference.js';
import watershed from '../../../src/tasks/water/watershed.js';
import { runJobs } from '../../helpers/jobs.js';
import { writeTiff } from '../../raster/write-tiff.js';
import { featuresOf, prepareTask, type Row } from './in-process.js';
import { NODATA, VALLEY, valleyElevation, writeDem } from './made-dem.js';
import { makeFolder, writeRaster } from './made-rasters.js';

const CELL_M2 = 100;
const GRID = georeferencedGrid(VALLEY.width, VALLEY.height, VALLEY.affine, crsOf());
const shared = resolve(import.meta.dirname, '../../../../shared/data/geo');
const table = join(shared, 'reference/hydrology_outlets.csv');

let folder: string;
let dem: string;

beforeAll(async () => {
  folder = await makeFolder();
  dem = await writeDem(folder);
});
afterAll(() => rm(folder, { recursive: true }));

function crsOf() {
  const crs = crsFromEpsg(VALLEY.epsg);
  if ('problem' in crs) throw new Error(crs.found);
  return crs;
}

function pointAt(column: number, row: number, name = 'gauge') {
  const { lon, lat } = GRID.toLonLat({ column: column + 0.5, row: row + 0.5 });
  return { name, latitude: lat, longitude: lon };
}

const batch = (options: Row = {}, file: string = dem) => prepareTask(watershed, { dem: file }, options);

async function refusalOf(run: Promise<unknown>): Promise<InputError | FinalError> {
  const thrown = await run.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof InputError || thrown instanceof FinalError) return thrown;
  throw thrown ?? new Error('expected an error');
}

describe('a point on the river', () => {
  test('has the catchment above it, in cells and square metres, its stream order and its own cell', async () => {
    const { run } = await batch({ thresholdCells: 20 });
    const result = await run(pointAt(30, 30));
    expect(result).toMatchObject({
      ...{ outlet_row: 30, outlet_col: 30, snapped_m: 0, snap_jump: false },
      ...{ edge_contaminated: false },
    });
    expect(result.catchment_area_m2).toBe(Number(result.catchment_cells) * CELL_M2);
    expect(result.catchment_cells).toBe(result.cells_before_snap);
    expect(result.strahler).toBeGreaterThan(0);
    const { lat, lon } = GRID.toLonLat({ column: 30.5, row: 30.5 });
    expect(result.outlet_latitude).toBeCloseTo(lat, 6);
    expect(result.outlet_longitude).toBeCloseTo(lon, 6);
  });

  test('at the edge of the map has a lower bound, and says so', async () => {
    const { run } = await batch();
    expect(await run(pointAt(30, 39))).toMatchObject({ edge_contaminated: true });
  });
});

describe('a point beside the river', () => {
  test('is moved onto it, and the move is told', async () => {
    const { run } = await batch({ snapCells: 3, thresholdCells: 100 });
    const moved = await run(pointAt(32, 30));
    const onRiver = await run(pointAt(30, 30));
    expect(moved).toEqual({ ...onRiver, snapped_m: 20, cells_before_snap: expect.any(Number) });
    expect(moved.cells_before_snap).toBeLessThan(100);
  });

  test.each([
    ['snapping is off', { snapCells: '0', thresholdCells: '100' }],
    ['the river is out of reach', { snapCells: '1', thresholdCells: '100' }],
  ])('stays where it is when %s', async (_why, options) => {
    const { run } = await batch(options);
    const result = await run(pointAt(32, 30));
    expect(result).toMatchObject({ outlet_col: 32, outlet_row: 30, snapped_m: 0, strahler: 0 });
    expect(result.catchment_cells).toBe(result.cells_before_snap);
  });
});

describe('a point that cannot have a catchment', () => {
  test('outside the DEM fails, naming what the DEM spans; the next one is done', async () => {
    const { run } = await batch();
    const error = (await refusalOf(run({ name: 'far', latitude: 10, longitude: 20 }))) as FinalError;
    expect(error).toBeInstanceOf(FinalError);
    expect(error).toMatchObject({ code: 'OUTSIDE_DEM', field: 'latitude' });
    expect(error.message).toMatch(/10, longitude 20 lies outside the elevation model, which spans 21\.6/);
    expect(await run(pointAt(30, 20))).toMatchObject({ outlet_row: 20 });
  });

  test('on nodata fails with its cell', async () => {
    const other = await makeFolder();
    const holed = await writeDem(other, (column, row) =>
      column < 5 ? NODATA : valleyElevation(column, row),
    );
    const { run } = await batch({}, holed);
    const error = await refusalOf(run(pointAt(2, 9)));
    expect(error).toMatchObject({ code: 'ON_NODATA', field: 'latitude' });
    expect(error.message).toContain('row 9, column 2');
    expect(await run(pointAt(6, 9))).toMatchObject({ edge_contaminated: true });
    await rm(other, { recursive: true });
  });
});

describe('an elevation model that cannot be used is refused before any row', () => {
  const place: [number, number, number, number] = [300_000, 2_400_000, 10, 10];

  test('without a coordinate system', async () => {
    const file = writeTiff(join(folder, 'nowhere.tif'), {
      ...{ width: 4, height: 4, kind: 'float32', value: (column) => column, place },
    });
    const error = await refusalOf(batch({}, file));
    expect(error).toBeInstanceOf(InputError);
    expect(error.code).toBe('RASTER_NO_CRS');
    expect(error.message).toMatch(/no coordinate reference system.*Rows are latitudes and longitudes/s);
    expect(error.hint).toContain('gdal_edit.py -a_srs');
  });

  test('without any value', async () => {
    const empty = join(folder, 'empty.tif');
    await writeRaster(empty, VALLEY, [() => NODATA], { nodata: NODATA });
    const error = await refusalOf(batch({}, empty));
    expect(error).toMatchObject({ code: 'DEM_EMPTY' });
    expect(error.message).toMatch(/all 60 x 40 pixels are nodata \(-9999\)/);
  });

  test('with several bands, in several files, or not given', async () => {
    const bands = join(folder, 'bands.tif');
    await writeRaster(bands, VALLEY, [valleyElevation, valleyElevation]);
    expect(await refusalOf(batch({}, bands))).toMatchObject({ code: 'DEM_BANDS' });
    expect(await refusalOf(prepareTask(watershed, { dem: [dem, bands] }))).toMatchObject({
      code: 'DEM_FILES',
    });
    expect(await refusalOf(prepareTask(watershed, {}))).toMatchObject({
      code: 'DATA_MISSING',
      hint: expect.stringContaining('--set dem=dem.tif'),
    });
  });
});

test('a DEM of one row has catchments too', async () => {
  const row = { ...VALLEY, height: 1 };
  const file = join(folder, 'one-row.tif');
  await writeRaster(file, row, [(column) => column]);
  const { run } = await batch({ thresholdCells: 5 }, file);
  expect(await run(pointAt(0, 0))).toMatchObject({
    ...{ catchment_cells: 60, edge_contaminated: true, strahler: 1 },
  });
});

test('breaching drains a dammed river through its dam', async () => {
  const other = await makeFolder();
  const dammed = await writeDem(other, (column, row) =>
    row === 25 && column === 30 ? 90 : valleyElevation(column, row),
  );
  const { run } = await batch({ method: 'breach', breachCells: 5, breachDepth: 20 }, dammed);
  const open = await (await batch()).run(pointAt(30, 30));
  expect(await run(pointAt(30, 30))).toMatchObject({ catchment_cells: open.catchment_cells });
  await rm(other, { recursive: true });
});

describe('the layers of a batch', () => {
  const rows = [pointAt(30, 30, 'lower'), pointAt(32, 20, ''), pointAt(45, 15, 'side')];

  test('hold each catchment with the area of its cells, outlets, points, and the streams around them', async () => {
    const { finish } = await batch({ thresholdCells: 30, catchmentAreaRaster: 'dinf' });
    const { artifacts, sections } = await finish(rows);
    expect([...artifacts.keys()].sort()).toEqual([
      ...['catchment-area.tif', 'catchments.geojson', 'elevation.tif', 'flow-accumulation.tif'],
      ...['flow-direction.tif', 'outlets.geojson', 'points.geojson', 'stream-order.tif', 'streams.geojson'],
    ]);
    const catchments = featuresOf(artifacts.get('catchments.geojson'));
    expect(catchments.map(({ properties }) => properties.name)).toEqual(['lower', 'Row 2', 'side']);
    for (const { properties, geometry } of catchments) {
      const { coordinates } = geometry as { coordinates: number[][][] };
      const polygon: Polygon = [coordinates.map((ring) => Float64Array.from(ring.flat()))];
      // The plane of the projection is 1 part in 1,000 off here.
      expect(geodesicAreaM2(polygon) / Number(properties.catchment_area_m2)).toBeCloseTo(1, 2);
    }
    const outlets = featuresOf(artifacts.get('outlets.geojson'));
    expect(outlets[0]!.geometry).toEqual({
      type: 'Point',
      coordinates: [outlets[0]!.properties.outlet_longitude, outlets[0]!.properties.outlet_latitude],
    });
    const streams = featuresOf(artifacts.get('streams.geojson'));
    expect(streams.length).toBeGreaterThanOrEqual(3);
    expect(streams[0]!.properties).toEqual({
      ...{ order: 1, accumulation_cells: expect.any(Number), length_m: expect.any(Number) },
    });
    expect(sections).toHaveLength(1);
    const [section] = sections as [(typeof sections)[number]];
    const map = section.items.find(({ kind }) => kind === 'map');
    const named = map?.kind === 'map' ? map.layers.map(({ artifact }) => artifact) : [];
    for (const artifact of named) expect(artifacts.has(artifact)).toBe(true);
    expect(named).toContain('elevation.tif');
  });

  test('are not written when no row has a catchment; the rasters when they are not wanted', async () => {
    const none = await (await batch()).finish([]);
    expect([...none.artifacts.keys()]).toEqual([]);
    expect(none.sections).toEqual([]);
    const few = await (await batch({ rasters: 'false' })).finish(rows);
    expect([...few.artifacts.keys()].filter((name) => name.endsWith('.tif'))).toEqual(['elevation.tif']);
  });
});

describe.skipIf(!existsSync(table))('at agreed outlets of real DEMs', () => {
  test.each([
    'ecuador_dem_10m',
    'mongon_dem',
    'planslab_dem',
  ])('%s gives the rows, columns and catchments of the reference table', async (name) => {
    const lines = readFileSync(table, 'utf8')
      .trim()
      .split(/\r?\n/)
      .map((line) => line.split(','));
    const at = (column: string) => lines[0]!.indexOf(column);
    const { run } = await batch({ snapCells: 0 }, join(shared, `${name}.tif`));
    const agreed = lines.filter((cells) => cells[0] === name && cells[2] === 'agreed');
    expect(agreed.length).toBeGreaterThan(4);
    for (const cells of agreed) {
      const number = (column: string) => Number(cells[at(column)]);
      const result = await run({ latitude: number('lat'), longitude: number('lon') });
      expect(result).toMatchObject({ outlet_row: number('row'), outlet_col: number('col') });
      const counts = ['grass_acc_cells', 'saga_acc_cells', 'pf_acc_cells'].map(number);
      const off = counts.map((count) => Math.abs(Number(result.catchment_cells) / count - 1));
      expect(Math.min(...off)).toBeLessThan(0.02);
      const perCell = number('grass_catch_area_m2_planar') / number('grass_catch_cells');
      expect(Number(result.catchment_area_m2) / Number(result.catchment_cells)).toBeCloseTo(perCell, 0);
    }
  });
});

if (!existsSync(table)) console.warn('watershed.test: ../shared/data/geo is absent, no real DEM was read');

test('jobs run watershed delineates the points of a sheet; a bad row fails alone', async () => {
  const points = [pointAt(30, 30, 'lower'), { name: 'far', latitude: 10, longitude: 20 }];
  const text = points.map(({ name, latitude, longitude }) => `${name},${latitude},${longitude}`);
  const { writeFile } = await import('node:fs/promises');
  await writeFile(join(folder, 'points.csv'), ['Site,Lat,Long', ...text, ''].join('\n'));
  const { exitCode, stdout, stderr } = await runJobs(
    ['run', 'watershed', 'points.csv', '--set', 'dem=dem.tif', '--out', 'out', '--json'],
    { cwd: folder },
  );
  expect(exitCode, stderr).toBe(5);
  const { counts, outputs, failures } = JSON.parse(stdout) as {
    counts: Row;
    outputs: { kind: string; path: string }[];
    failures: Row[];
  };
  expect(counts).toMatchObject({ total: 2, completed: 1, failed: 1 });
  expect(failures).toMatchObject([{ row: 3, field: 'latitude', code: 'OUTSIDE_DEM' }]);
  const report = outputs.find(({ kind }) => kind === 'report')!;
  expect(readFileSync(report.path, 'utf8')).toContain('Catchments and streams');
  const raster = outputs.find(({ path }) => path.endsWith('flow-accumulation.tif'))!;
  expect(execFileSync('gdalinfo', [raster.path], { encoding: 'utf8' })).toContain('32643');
}, 60_000);
