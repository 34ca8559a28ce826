/** The layers of a finished batch of outlets: catchments, outlets, streams around them, rasters, and the map of all. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LedgerRow } from '../../core/row.js';
import type { FinishContext } from '../../core/task.js';
import { polygonToGeoJson, roundDegrees } from '../../geo/geojson.js';
import type { Grid } from '../../geo/grid.js';
import { catchmentOf } from '../../geo/hydrology/catchment.js';
import { toLonLatPolygon } from '../../geo/pixel-polygon.js';
import { tracePolygons } from '../../geo/polygonize.js';
import { type Feature, featureCollection } from './feature-collection.js';
import type { StreamLine } from './flow-model-streams.js';
import { type Spool, spool } from './spool.js';
import { writeElevation } from './watershed-elevation.js';
import { type OpenFlowModel, openFlowModel } from './watershed-model.js';
import type { WatershedOptions } from './watershed-options.js';
import type { PreparedWatersheds } from './watershed-prepare.js';
import { LAYERS, watershedSection } from './watershed-report.js';
import { type DelineatedRow, delineatedRows, nameOf } from './watershed-rows.js';

type Context = FinishContext<WatershedOptions, PreparedWatersheds>;

/** In pixels, `to` not included. */
export interface Extent {
  column: number;
  row: number;
  columnTo: number;
  rowTo: number;
}

/** Of the catchments' extent, on each side. */
const MARGIN = 0.05;
const MARGIN_CELLS = 5;

/** Writes all anew from all rows; a second call replaces them. */
export async function writeWatershedLayers(ctx: Context, rows: AsyncIterable<LedgerRow>): Promise<void> {
  const delineated = await spool(delineatedRows(rows));
  try {
    const flow = await openFlowModel(ctx);
    const extent = await writeCatchments(ctx, delineated, flow);
    if (extent === undefined) return;
    await writePoints(ctx, delineated);
    await writeStreams(ctx, flow, extent);
    await writeElevation(ctx, extent);
    await writeRasters(ctx, flow);
    await ctx.report(await watershedSection(delineated.read(), flow.model));
  } finally {
    await delineated.remove();
  }
}

/** Gives what the map shows: the catchments and a margin; undefined when there is none, and then writes nothing. */
async function writeCatchments(
  ctx: Context,
  delineated: Spool<DelineatedRow>,
  flow: OpenFlowModel,
): Promise<Extent | undefined> {
  for await (const _ of delineated.read()) {
    const extent = { column: Infinity, row: Infinity, columnTo: -1, rowTo: -1 };
    await ctx.artifact({
      name: LAYERS.catchments,
      kind: 'geojson',
      title: 'Catchment of each outlet',
      content: featureCollection(catchments(delineated, flow, extent), (feature) => feature),
    });
    return withMargin(extent, flow.directions);
  }
  return undefined;
}

/** Widens `extent` by each catchment. */
async function* catchments(
  delineated: Spool<DelineatedRow>,
  flow: OpenFlowModel,
  extent: Extent,
): AsyncGenerator<Feature> {
  const { grid } = flow.directions;
  for await (const row of delineated.read()) {
    const { outlet_col: column, outlet_row } = row.result;
    const catchment = await catchmentOf(flow.tiles, { column, row: outlet_row });
    extent.column = Math.min(extent.column, catchment.column);
    extent.row = Math.min(extent.row, catchment.row);
    extent.columnTo = Math.max(extent.columnTo, catchment.column + catchment.width);
    extent.rowTo = Math.max(extent.rowTo, catchment.row + catchment.height);
    const traced = tracePolygons(catchment.mask, catchment.width, catchment.height).get(1)!;
    const polygon = toLonLatPolygon(traced, shifted(grid, catchment));
    yield { type: 'Feature', properties: properties(row), geometry: polygonToGeoJson(polygon) };
  }
}

async function writePoints(ctx: Context, delineated: Spool<DelineatedRow>): Promise<void> {
  await ctx.artifact({
    name: LAYERS.outlets,
    kind: 'geojson',
    title: 'Outlets, at the centres of their cells',
    content: featureCollection(delineated.read(), (row) =>
      pointFeature(row, [row.result.outlet_longitude, row.result.outlet_latitude]),
    ),
  });
  await ctx.artifact({
    name: LAYERS.points,
    kind: 'geojson',
    title: 'Points as they were given',
    content: featureCollection(delineated.read(), (row) =>
      pointFeature(row, [roundDegrees(row.input.longitude!), roundDegrees(row.input.latitude!)]),
    ),
  });
}

async function writeStreams(ctx: Context, flow: OpenFlowModel, extent: Extent): Promise<void> {
  const { grid } = flow.directions;
  await ctx.artifact({
    name: LAYERS.streams,
    kind: 'geojson',
    title: `Streams of at least ${flow.model.thresholdCells} cells, around the catchments`,
    content: featureCollection(flow.model.streams(), (stream) =>
      touches(stream, grid, extent) ? streamFeature(stream) : null,
    ),
  });
}

/** Copies: the originals stay in the cache for the next batch. */
async function writeRasters(ctx: Context, { model }: OpenFlowModel): Promise<void> {
  const files: [name: string, title: string, file: string][] = [];
  if (ctx.options.rasters) {
    files.push(
      [LAYERS.directions, 'Flow direction (ESRI codes)', model.directions],
      [LAYERS.accumulation, 'Flow accumulation, cells', model.accumulation],
      [LAYERS.streamOrder, 'Stream order (Strahler)', model.streamOrder],
    );
  }
  const { catchmentAreaRaster } = ctx.options;
  if (catchmentAreaRaster !== 'none') {
    const file = await model.catchmentAreaHa(catchmentAreaRaster);
    files.push([LAYERS.catchmentArea, 'Catchment area of each cell, hectares', file]);
  }
  for (const [name, title, original] of files) {
    const file = join(await ctx.scratch(), name);
    await copyFile(original, file);
    await ctx.artifact({ name, kind: 'raster', title, file });
  }
}

function properties({ number, input, result }: DelineatedRow): Record<string, unknown> {
  return { row: number, name: nameOf({ number, input }), ...result };
}

function pointFeature(row: DelineatedRow, coordinates: [number, number]): Feature {
  return { type: 'Feature', properties: properties(row), geometry: { type: 'Point', coordinates } };
}

function streamFeature({ order, accumulation, lengthM, line }: StreamLine): Feature {
  const coordinates = Array.from({ length: line.length / 2 }, (_, i) => [line[2 * i]!, line[2 * i + 1]!]);
  return {
    type: 'Feature',
    properties: { order, accumulation_cells: accumulation, length_m: lengthM },
    geometry: { type: 'LineString', coordinates },
  };
}

function touches({ line }: StreamLine, grid: Grid, extent: Extent): boolean {
  for (let i = 0; i < line.length; i += 2) {
    const { column, row } = grid.toPixel({ lon: line[i]!, lat: line[i + 1]! });
    if (column >= extent.column && column < extent.columnTo && row >= extent.row && row < extent.rowTo) {
      return true;
    }
  }
  return false;
}

/** The grid of a part of a raster that begins at `column`, `row`. */
function shifted(
  grid: Grid,
  { column: left, row: top, width, height }: Pick<Extent, 'column' | 'row'> & Size,
): Grid {
  return {
    width,
    height,
    toLonLat: ({ column, row }) => grid.toLonLat({ column: column + left, row: row + top }),
    toPixel: (point) => {
      const { column, row } = grid.toPixel(point);
      return { column: column - left, row: row - top };
    },
  };
}

interface Size {
  width: number;
  height: number;
}

function withMargin({ column, row, columnTo, rowTo }: Extent, { width, height }: Size): Extent {
  const margin = Math.ceil(MARGIN_CELLS + MARGIN * Math.max(columnTo - column, rowTo - row));
  return {
    column: Math.max(0, column - margin),
    row: Math.max(0, row - margin),
    columnTo: Math.min(width, columnTo + margin),
    rowTo: Math.min(height, rowTo + margin),
  };
}
