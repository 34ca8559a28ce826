/** Real DEMs beside what GRASS, SAGA and an independent Priority-Flood say of them (hydrology_outlets.csv). */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { accumulateCells } from '../../../src/geo/hydrology/accumulate.js';
import { emptyDem, putRows } from '../../../src/geo/hydrology/dem.js';
import { type CellSizes, cellAt, type Dem } from '../../../src/geo/hydrology/flow-grid.js';
import { strahlerOrders } from '../../../src/geo/hydrology/strahler.js';
import { cellSizesM } from '../../../src/geo/pixel-area.js';
import { cellFrame } from '../../../src/raster/cell-frame.js';
import { openRasterUnplaced, type UnplacedRaster } from '../../../src/raster/raster.js';
import { resolveFlow } from './random-dem.js';

const shared = resolve(import.meta.dirname, '../../../../shared/data/geo');
const table = resolve(shared, 'reference/hydrology_outlets.csv');
const TOLERANCE = 0.02;
/** On a filled flat two cells wide the stream runs beside this cell; cutting through its dam leads it back. */
const BESIDE_ON_A_FLAT: Record<string, string[]> = { zion_dem_srtm: ['o4'] };
/**
 * The reference took cells of three arc seconds as squares. They are a fifth to a quarter narrower than high, so at
 * these places of two DEMs the steepest way by true distance is another one.
 */
const ELSEWHERE_BY_TRUE_DISTANCE: Record<string, string[]> = {
  zion_dem_srtm: ['o4', 'o8', 'o9', 'o10'],
  colorado_dem_srtmgl3: ['o3', 'o7', 'o8', 'o10'],
};

interface Outlet {
  dem: string;
  outlet: string;
  kind: 'agreed' | 'disputed';
  row: number;
  column: number;
  cells: number[];
  strahler: number[];
}

function outlets(): Outlet[] {
  const [header, ...lines] = readFileSync(table, 'utf8')
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','));
  const at = (name: string) => header!.indexOf(name);
  return lines.map((cells) => ({
    dem: cells[at('dem')]!,
    outlet: cells[at('outlet')]!,
    kind: cells[at('kind')] as Outlet['kind'],
    row: Number(cells[at('row')]),
    column: Number(cells[at('col')]),
    cells: ['grass_acc_cells', 'saga_acc_cells', 'pf_acc_cells'].map((name) => Number(cells[at(name)])),
    strahler: ['grass_strahler_t100', 'pf_strahler_t100'].map((name) => Number(cells[at(name)])),
  }));
}

async function read(name: string): Promise<{ dem: Dem; raster: UnplacedRaster }> {
  const raster = await openRasterUnplaced(resolve(shared, `${name}.tif`));
  const { width, height, sampleType } = raster;
  const dem = emptyDem(width, height, sampleType);
  putRows(dem, 0, await raster.readWindow({ column: 0, row: 0, width, height }), raster.isNodata);
  await raster.close();
  return { dem, raster };
}

function trueSizes(raster: UnplacedRaster): CellSizes {
  const { height, affine } = raster;
  return raster.crs === undefined
    ? {
        dxM: new Float64Array(height).fill(Math.abs(affine.stepX)),
        dyM: new Float64Array(height).fill(Math.abs(affine.stepY)),
      }
    : cellSizesM(cellFrame(raster));
}

function squareSizes({ height }: UnplacedRaster): CellSizes {
  return { dxM: new Float64Array(height).fill(30), dyM: new Float64Array(height).fill(30) };
}

interface Rule {
  sizesOf(raster: UnplacedRaster): CellSizes;
  breach?: { maxCells: number; maxDepth: number };
}

/** Agreed outlets where our count or order is in no reach of any of the three. */
async function missed(name: string, { sizesOf, breach }: Rule): Promise<string[]> {
  const { dem, raster } = await read(name);
  resolveFlow(dem, sizesOf(raster), breach);
  const cells = accumulateCells(dem.grid, dem.codes);
  const orders = strahlerOrders(dem.grid, dem.codes, cells, 100);
  return outlets()
    .filter(({ dem: of, kind }) => of === name && kind === 'agreed')
    .filter(({ column, row, cells: counts, strahler }) => {
      const cell = cellAt(dem.grid, column, row);
      return !(
        counts.some((count) => Math.abs(cells[cell]! - count) <= TOLERANCE * count) &&
        strahler.some((order) => Math.abs(orders[cell]! - order) <= 1)
      );
    })
    .map(({ outlet }) => outlet);
}

describe.skipIf(!existsSync(table))('at the agreed outlets', () => {
  const names = existsSync(table) ? [...new Set(outlets().map(({ dem }) => dem))] : [];

  test('there are six DEMs', () => {
    expect(names).toHaveLength(6);
  });

  test.each(names)('%s collects what the reference does, filled, on square cells', async (name) => {
    expect(await missed(name, { sizesOf: squareSizes })).toEqual(BESIDE_ON_A_FLAT[name] ?? []);
  });

  test.each(names)('%s collects what the reference does, breached, on square cells', async (name) => {
    const breach = { maxCells: 1e6, maxDepth: 1e6 };
    expect(await missed(name, { sizesOf: squareSizes, breach })).toEqual([]);
  });

  test.each(
    names,
  )('%s collects what the reference does by true distance, but for known places', async (name) => {
    expect(await missed(name, { sizesOf: trueSizes })).toEqual(ELSEWHERE_BY_TRUE_DISTANCE[name] ?? []);
  });
});

if (!existsSync(table)) {
  console.warn('reference.test: ../shared/data/geo is absent, no real DEM was routed');
  test('there is nothing to read', () => {});
}
