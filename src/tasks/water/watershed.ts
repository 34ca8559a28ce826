/**
 * Watersheds of points: for each place what drains through it, from an elevation model. The work is in the neighbours,
 * loaded when it begins.
 */
import { defineTask } from '../../core/task.js';
import { watershedColumns, watershedInput } from './watershed-input.js';
import { watershedOptions } from './watershed-options.js';

export default defineTask({
  name: 'watershed',
  version: 1,
  title: 'Catchment, stream order and outlet cell of each point, from an elevation model',
  isolation: 'thread',
  input: watershedInput,
  options: watershedOptions,
  columns: watershedColumns,
  results: [
    'outlet_row',
    'outlet_col',
    'snapped_m',
    'catchment_cells',
    'catchment_area_m2',
    'strahler',
    'edge_contaminated',
    'outlet_latitude',
    'outlet_longitude',
    'cells_before_snap',
    'snap_jump',
  ],
  chart: { column: 'catchment_area_m2', title: 'Catchment area', unit: 'm²' },
  data: ['dem'],
  dataOptions: { dem: 'dem' },
  finishOptions: ['rasters', 'catchmentAreaRaster'],
  prepare: async (ctx) => (await import('./watershed-prepare.js')).prepareWatersheds(ctx),
  run: async (ctx, input) => (await import('./watershed-delineate.js')).delineate(ctx, input),
  finish: async (ctx, rows) => (await import('./watershed-layers.js')).writeWatershedLayers(ctx, rows),
});
