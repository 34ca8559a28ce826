/** Landforms of a watershed and the kind of terrain they make it: a row is a watershed. */
import { defineTask } from '../../../core/task.js';
import { watershedColumns, watershedInput } from '../mws/mws-row.js';
import { terrainOptions } from './terrain-options.js';

export default defineTask({
  name: 'terrain',
  version: 1,
  title: 'Landform shares and terrain cluster of each watershed',
  isolation: 'thread',
  input: watershedInput,
  options: terrainOptions,
  columns: watershedColumns,
  results: [
    'terrain_cluster',
    'terrain_description',
    'plain_area',
    'slopy_area',
    'ridge_area',
    'valley_area',
    'hill_slope',
  ],
  chart: { column: 'plain_area', title: 'Plains', unit: '%' },
  data: ['landforms', 'dem', 'mws'],
  dataOptions: { landforms: 'landforms', dem: 'dem' },
  prepare: async (ctx) =>
    (await import('../mws/prepare-data.js')).prepareData(ctx.data, ['landforms', 'dem', 'mws']),
  run: async (ctx, input) => (await import('./terrain-of.js')).terrainOf(ctx, input),
  finish: async (ctx, rows) => (await import('./terrain-layer.js')).writeTerrain(ctx, rows),
});
