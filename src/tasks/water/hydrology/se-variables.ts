/**
 * Precipitation, runoff and evapotranspiration by fortnight and hydrological year: a row is a watershed. A single job
 * with the input { layer: 'mws' }, such as a schedule adds, does all watersheds of data.mws.
 */
import { defineTask } from '../../../core/task.js';
import { watershedColumns } from '../mws/mws-row.js';
import { hydrologyOptions } from './hydrology-options.js';
import { layerOrWatershed } from './layer-input.js';

export default defineTask({
  name: 'hydrology.se-variables',
  version: 1,
  title: 'Precipitation, runoff and evapotranspiration of each watershed, by fortnight and hydrological year',
  isolation: 'thread',
  input: layerOrWatershed,
  options: hydrologyOptions,
  columns: watershedColumns,
  results: [
    'last_fortnight',
    'fortnight_precipitation_mm',
    'fortnight_runoff_mm',
    'fortnight_et_mm',
    'last_year',
    'precipitation_mm',
    'runoff_mm',
    'et_mm',
    'missing_windows',
    'notes',
  ],
  chart: { column: 'precipitation_mm', title: 'Precipitation of the last hydrological year', unit: 'mm' },
  data: ['precipitation', 'et', 'soil', 'landcover', 'dem', 'mws'],
  prepare: async (ctx) => (await import('./prepare-hydrology.js')).prepareHydrology(ctx),
  run: async (ctx, input) => (await import('./run-se-variables.js')).runSeVariables(ctx, input),
  finish: async (ctx, rows) => (await import('./se-layers.js')).writeSeVariables(ctx, rows),
});
