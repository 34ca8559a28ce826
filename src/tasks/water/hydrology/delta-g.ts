/** The water balance, well depth and net value by fortnight and hydrological year: a row is a watershed. */
import { defineTask } from '../../../core/task.js';
import { watershedColumns, watershedInput } from '../mws/mws-row.js';
import { hydrologyOptions } from './hydrology-options.js';

export default defineTask({
  name: 'hydrology.delta-g',
  version: 1,
  title: 'Groundwater balance of each watershed: ΔG, cumulative G, well depth and net value',
  isolation: 'thread',
  input: watershedInput,
  options: hydrologyOptions,
  columns: watershedColumns,
  results: [
    'last_year',
    'precipitation_mm',
    'runoff_mm',
    'et_mm',
    'delta_g_mm',
    'g_mm',
    'well_depth_m',
    'net_m',
    'specific_yield',
    'missing_windows',
    'notes',
  ],
  chart: { column: 'g_mm', title: 'Cumulative groundwater balance', unit: 'mm' },
  data: ['precipitation', 'et', 'soil', 'landcover', 'dem', 'aquifers', 'mws'],
  prepare: async (ctx) => (await import('./prepare-hydrology.js')).prepareHydrology(ctx),
  run: async (ctx, input) => (await import('./run-delta-g.js')).runDeltaG(ctx, input),
  finish: async (ctx, rows) => (await import('./delta-g-layers.js')).writeDeltaG(ctx, rows),
});
