/**
 * Desilting points: for each surveyed place the nearest pixel of persistent water, the micro-watersheds around it, and
 * the water body it belongs to. The work is in the neighbours, loaded when it begins.
 */
import { defineTask } from '../../core/task.js';
import { desiltingColumns, desiltingInput } from './desilting-input.js';
import { desiltingOptions, FINISH_OPTIONS } from './desilting-options.js';

export default defineTask({
  name: 'desilting',
  version: 1,
  title: 'Nearest persistent water, micro-watersheds and water body of each desilting point',
  queue: 'waterbody',
  isolation: 'thread',
  input: desiltingInput,
  options: desiltingOptions,
  columns: desiltingColumns,
  results: [
    'water_latitude',
    'water_longitude',
    'distance_m',
    'distance_exact_m',
    'water_years',
    'mws_uids',
    'waterbody_id',
    'match',
    'match_distance_m',
  ],
  chart: { column: 'distance_exact_m', title: 'Distance to the nearest water', unit: 'm' },
  data: ['lulc', 'mws', 'waterbodies'],
  finishOptions: FINISH_OPTIONS,
  prepare: async (ctx) => (await import('./prepare-desilting.js')).prepareDesilting(ctx),
  run: async (ctx, input) => (await import('./locate-water.js')).locateWater(ctx, input),
  finish: async (ctx, rows) => (await import('./desilting-layers.js')).writeDesiltingLayers(ctx, rows),
});
