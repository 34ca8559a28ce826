/** One outlet: its cell, moved onto a stream when it is near one, and the catchment above it. */
import { FinalError } from '../../core/error.js';
import type { RunContext } from '../../core/task.js';
import { roundDegrees } from '../../geo/geojson.js';
import { isOnGrid } from '../../geo/grid.js';
import { type Catchment, catchmentOf } from '../../geo/hydrology/catchment.js';
import { type Snapped, snapToStream } from '../../geo/hydrology/snap.js';
import { cellSizesM } from '../../geo/pixel-area.js';
import { cellFrame } from '../../raster/cell-frame.js';
import { COORDINATES_MISSING } from './desilting-input.js';
import type { WatershedInput } from './watershed-input.js';
import { type OpenFlowModel, openFlowModel } from './watershed-model.js';
import type { WatershedOptions } from './watershed-options.js';
import type { PreparedWatersheds } from './watershed-prepare.js';

/** The result columns. A type, not an interface, so that it is a record. */
export type WatershedResult = {
  /** The outlet's cell, from 0 at the upper left. */
  outlet_row: number;
  outlet_col: number;
  /** From the point's cell to the outlet's, metres to 2 decimals. */
  snapped_m: number;
  /** The outlet's own cell included. */
  catchment_cells: number;
  /** Geodesic where the DEM is in degrees, else in the plane of its projection; to 2 decimals. */
  catchment_area_m2: number;
  /** 0 when the outlet is on no stream. */
  strahler: number;
  /** The catchment touches the DEM's edge or nodata: it may be larger than the DEM shows. */
  edge_contaminated: boolean;
  /** Centre of the outlet's cell, degrees to 7 decimals. */
  outlet_latitude: number;
  outlet_longitude: number;
  /** Cells that drain through the point's own cell. */
  cells_before_snap: number;
  /** The move changed what drains through it by so much that it may be the wrong stream. */
  snap_jump: boolean;
};

type Context = RunContext<WatershedOptions, PreparedWatersheds>;

/** @throws {FinalError} for a point outside the DEM, or where it has no value */
export async function delineate(ctx: Context, input: WatershedInput): Promise<WatershedResult> {
  const flow = await openFlowModel(ctx, (key, work) => ctx.lock(key, work));
  const place = cellOf(flow, input, ctx.prepared);
  const snapped = await snap(flow, place, ctx.options);
  const catchment = await catchmentOf(flow.tiles, snapped);
  return resultOf(flow, snapped, catchment, await orderAt(flow, snapped));
}

interface Cell {
  column: number;
  row: number;
}

function cellOf({ directions }: OpenFlowModel, input: WatershedInput, { bounds }: PreparedWatersheds): Cell {
  const { latitude: lat, longitude: lon } = input;
  if (lat === null || lon === null) {
    throw new FinalError(COORDINATES_MISSING, {
      code: 'COORDINATES_MISSING',
      field: lat === null ? 'latitude' : 'longitude',
    });
  }
  const place = directions.grid.toPixel({ lon, lat });
  if (isOnGrid(directions.grid, place)) {
    return { column: Math.floor(place.column), row: Math.floor(place.row) };
  }
  const [west, south, east, north] = bounds.map((degrees) => Number(degrees.toFixed(4)));
  throw new FinalError(
    `Latitude ${lat}, longitude ${lon} lies outside the elevation model, which spans ${south} to ${north} north and ${west} to ${east} east`,
    {
      code: 'OUTSIDE_DEM',
      field: 'latitude',
      hint: 'check that latitude and longitude are not swapped, or use an elevation model of that area',
    },
  );
}

async function snap(flow: OpenFlowModel, { column, row }: Cell, options: WatershedOptions): Promise<Snapped> {
  const { width, height } = flow.accumulation;
  const reach = Math.ceil(options.snapCells);
  const left = Math.max(0, column - reach);
  const top = Math.max(0, row - reach);
  const window = {
    column: left,
    row: top,
    width: Math.min(width, column + reach + 1) - left,
    height: Math.min(height, row + reach + 1) - top,
  };
  const cells = await flow.accumulation.readWindow(window);
  const { dxM, dyM } = cellSizesM(cellFrame(flow.directions));
  const here = { column: column - left, row: row - top };
  if (cells[here.row * window.width + here.column] === 0) {
    throw new FinalError(
      `The elevation model has no value at row ${row}, column ${column}, where the point is`,
      {
        code: 'ON_NODATA',
        field: 'latitude',
        hint: 'move the point onto the map',
      },
    );
  }
  const around = {
    width: window.width,
    height: window.height,
    cells,
    ...here,
    dxM: dxM[row]!,
    dyM: dyM[row]!,
  };
  const snapped = snapToStream(around, options);
  return { ...snapped, column: snapped.column + left, row: snapped.row + top };
}

async function orderAt({ streamOrder }: OpenFlowModel, { column, row }: Cell): Promise<number> {
  return (await streamOrder.readWindow({ column, row, width: 1, height: 1 }))[0]!;
}

function resultOf(
  { directions, rowAreasM2 }: OpenFlowModel,
  { column, row, movedM, before, isJump }: Snapped,
  catchment: Catchment,
  strahler: number,
): WatershedResult {
  const centre = directions.grid.toLonLat({ column: column + 0.5, row: row + 0.5 });
  return {
    outlet_row: row,
    outlet_col: column,
    snapped_m: hundredths(movedM),
    catchment_cells: catchment.cells,
    catchment_area_m2: hundredths(areaM2(catchment, rowAreasM2)),
    strahler,
    edge_contaminated: catchment.edgeContaminated,
    outlet_latitude: roundDegrees(centre.lat),
    outlet_longitude: roundDegrees(centre.lon),
    cells_before_snap: before,
    snap_jump: isJump,
  };
}

function areaM2({ row, rowCells }: Catchment, rowAreasM2: Float64Array): number {
  return rowCells.reduce((sum, cells, i) => sum + cells * rowAreasM2[row + i]!, 0);
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
