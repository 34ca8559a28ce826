/** Areas of the land-use classes year by year: a row is a watershed. */
import { defineTask } from '../../../core/task.js';
import { lulcOptions } from '../mws/lulc-options.js';
import { watershedColumns, watershedInput } from '../mws/mws-row.js';

export default defineTask({
  name: 'lulc-vector',
  version: 1,
  title: 'Area of every land-use class in each watershed, year by year',
  isolation: 'thread',
  input: watershedInput,
  options: lulcOptions,
  columns: watershedColumns,
  results: [
    'first_year',
    'last_year',
    'built_up_ha',
    'water_ha',
    'cropped_ha',
    'tree_ha',
    'other_ha',
    'missing_years',
  ],
  chart: { column: 'cropped_ha', title: 'Cropped area of the last year', unit: 'ha' },
  data: ['lulc', 'mws'],
  dataOptions: { lulc: 'lulc' },
  prepare: async (ctx) => (await import('../mws/prepare-data.js')).prepareData(ctx.data, ['lulc', 'mws']),
  run: async (ctx, input) => (await import('./lulc-of.js')).lulcOf(ctx, input),
  finish: async (ctx, rows) => (await import('./lulc-layer.js')).writeLulc(ctx, rows),
});
