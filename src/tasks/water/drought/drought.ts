/** Weeks of drought in the monsoon of every year: a row is a watershed. */
import { defineTask } from '../../../core/task.js';
import { watershedColumns, watershedInput } from '../mws/mws-row.js';
import { droughtOptions } from './drought-options.js';

export default defineTask({
  name: 'drought',
  version: 1,
  title: 'Drought of every monsoon in each watershed: weeks, intensity and dry spells',
  isolation: 'thread',
  input: watershedInput,
  options: droughtOptions,
  columns: watershedColumns,
  results: [
    'first_year',
    'last_year',
    'drought_years',
    'worst_year',
    'no_drought_weeks',
    'mild_weeks',
    'moderate_weeks',
    'severe_weeks',
    'longest_dry_spell_weeks',
    'avg_dryspell',
    'missing_years',
    'notes',
  ],
  chart: { column: 'avg_dryspell', title: 'Longest dry spell, mean of the years', unit: 'weeks' },
  data: ['precipitation', 'lulc', 'ndvi', 'ndwi', 'et', 'pet', 'mws'],
  prepare: async (ctx) => (await import('./prepare-drought.js')).prepareDrought(ctx),
  run: async (ctx, input) => (await import('./drought-result.js')).droughtResult(ctx, input),
  finish: async (ctx, rows) => (await import('./drought-layer.js')).writeDrought(ctx, rows),
});
