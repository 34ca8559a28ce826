/** Statistics of a raster within polygons: a row is a polygon. */
import { defineTask } from '../../core/task.js';
import { zonalInput, zonalOptions } from './zonal-input.js';

export default defineTask({
  name: 'raster.zonal',
  version: 1,
  title: 'Statistics or class areas of a raster within each polygon',
  isolation: 'thread',
  errors: { InputError: 'final' },
  input: zonalInput,
  options: zonalOptions,
  results: [
    'n',
    'coverage',
    'nodata_coverage',
    'mean',
    'std',
    'min',
    'p5',
    'median',
    'p95',
    'max',
    'sum',
    'area_m2',
    'polygon_area_m2',
    'classes',
    'beyond_edge',
    'self_crossing',
  ],
  chart: { column: 'mean', title: 'Mean of the zones', unit: '' },
  data: ['raster'],
  dataOptions: { raster: 'raster' },
  prepare: async (ctx) => (await import('./zonal-row.js')).prepareZonal(ctx),
  run: async (ctx, input) => (await import('./zonal-row.js')).zonalRow(ctx, input),
});
