/** Areas under one, two and three crops a year, and how many crops the land bore: a row is a watershed. */
import { defineTask } from '../../../core/task.js';
import { lulcOptions } from '../mws/lulc-options.js';
import { watershedColumns, watershedInput } from '../mws/mws-row.js';

export default defineTask({
  name: 'cropping-intensity',
  version: 1,
  title: 'Cropped areas and cropping intensity of each watershed, year by year',
  isolation: 'thread',
  input: watershedInput,
  options: lulcOptions,
  columns: watershedColumns,
  results: [
    'first_year',
    'last_year',
    'croppable_ha',
    'single_cropped_ha',
    'doubly_cropped_ha',
    'triply_cropped_ha',
    'cropping_intensity',
    'mean_cropping_intensity',
    'missing_years',
  ],
  chart: { column: 'cropping_intensity', title: 'Cropping intensity of the last year', unit: '' },
  data: ['lulc', 'mws'],
  dataOptions: { lulc: 'lulc' },
  prepare: async (ctx) => (await import('../mws/prepare-data.js')).prepareData(ctx.data, ['lulc', 'mws']),
  run: async (ctx, input) => (await import('./cropping-of.js')).croppingOf(ctx, input),
  finish: async (ctx, rows) => (await import('./cropping-layer.js')).writeCropping(ctx, rows),
});
