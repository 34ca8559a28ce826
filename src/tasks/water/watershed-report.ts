/** What the report says of a batch of outlets: a map and a table. */
import type { ReportMap, ReportSection, ReportTable } from '../../core/report-section.js';
import { plural } from '../../core/text.js';
import type { FlowModel } from './flow-model.js';
import { type DelineatedRow, nameOf } from './watershed-rows.js';

export const LAYERS = {
  catchments: 'catchments.geojson',
  outlets: 'outlets.geojson',
  points: 'points.geojson',
  streams: 'streams.geojson',
  elevation: 'elevation.tif',
  directions: 'flow-direction.tif',
  accumulation: 'flow-accumulation.tif',
  streamOrder: 'stream-order.tif',
  catchmentArea: 'catchment-area.tif',
} as const;

const MOST_TABLE_ROWS = 500;
const M2_PER_KM2 = 1_000_000;

export async function watershedSection(
  rows: AsyncIterable<DelineatedRow>,
  model: FlowModel,
): Promise<ReportSection> {
  const { table, count, contaminated, moved, jumps } = await tableOf(rows);
  const facts = [
    `Streams are cells through which at least ${model.thresholdCells} cells drain; ${model.method === 'fill' ? 'depressions were filled' : 'depressions were cut through where the limits allow, else filled'}.`,
    ...(moved > 0 ? [`${plural(moved, 'point')} moved onto the nearest stream.`] : []),
    ...(jumps > 0
      ? [`${plural(jumps, 'point')} moved onto a much larger stream: check ${jumps === 1 ? 'it' : 'them'}.`]
      : []),
    ...(contaminated > 0
      ? [
          `${contaminated} of ${plural(count, 'catchment')} reach the edge of the elevation model and may be larger.`,
        ]
      : []),
  ];
  return { id: 'watersheds', title: 'Watersheds', text: facts.join(' '), items: [map(), table] };
}

function map(): ReportMap {
  return {
    kind: 'map',
    title: 'Catchments and streams',
    note: 'Streams are as wide as their order (Strahler).',
    layers: [
      {
        kind: 'raster',
        title: 'Elevation',
        artifact: LAYERS.elevation,
        paint: { by: 'ramp', ramp: 'elevation', unit: 'm', shade: true },
      },
      {
        kind: 'features',
        title: 'Catchments',
        artifact: LAYERS.catchments,
        paint: { by: 'one', color: '#7a1fa2', width: 2, fill: 0.16 },
        tell: ['name', 'catchment_area_m2', 'catchment_cells', 'strahler', 'edge_contaminated'],
      },
      {
        kind: 'features',
        title: 'Streams',
        artifact: LAYERS.streams,
        paint: { by: 'one', color: '#1565c0', width: { property: 'order', factor: 0.6 } },
        tell: ['order', 'accumulation_cells', 'length_m'],
        fit: false,
      },
      {
        kind: 'features',
        title: 'Points as given',
        artifact: LAYERS.points,
        paint: { by: 'one', color: '#263238', radius: 3.5 },
        tell: ['name', 'snapped_m', 'cells_before_snap'],
      },
      {
        kind: 'features',
        title: 'Outlets',
        artifact: LAYERS.outlets,
        paint: { by: 'one', color: '#d84315', radius: 5 },
        tell: ['name', 'outlet_row', 'outlet_col', 'catchment_cells', 'strahler', 'snapped_m'],
      },
    ],
  };
}

async function tableOf(rows: AsyncIterable<DelineatedRow>) {
  const tally = { count: 0, contaminated: 0, moved: 0, jumps: 0 };
  const lines: ReportTable['rows'] = [];
  for await (const row of rows) {
    const { result } = row;
    tally.count += 1;
    tally.contaminated += Number(result.edge_contaminated);
    tally.moved += Number(result.snapped_m > 0);
    tally.jumps += Number(result.snap_jump);
    if (lines.length === MOST_TABLE_ROWS) continue;
    lines.push([
      nameOf(row),
      Number((result.catchment_area_m2 / M2_PER_KM2).toPrecision(4)),
      result.catchment_cells,
      result.strahler,
      result.snapped_m,
      result.snap_jump ? 'jump' : result.edge_contaminated ? 'lower bound' : '',
    ]);
  }
  const table: ReportTable = {
    kind: 'table',
    title: 'Catchments',
    columns: ['Outlet', 'Area, km²', 'Cells', 'Order', 'Moved, m', 'Note'],
    rows: lines,
    ...(tally.count > lines.length ? { note: `The first ${lines.length} of ${tally.count}.` } : {}),
  };
  return { table, ...tally };
}
