/** A vegetation or water index of satellite scenes: a row is a scene. */
import { defineTask } from '../../core/task.js';
import { sceneColumns, sceneInput, sceneOptions } from './scene-input.js';

export default defineTask({
  name: 'raster.index',
  version: 1,
  title: 'NDVI, EVI, SAVI, NDWI or LAI of each scene: its statistics and its raster',
  isolation: 'thread',
  errors: { InputError: 'final', RASTER_DISK_FULL: 'retry', RASTER_NOT_WRITABLE: 'retry' },
  input: sceneInput,
  options: sceneOptions,
  columns: sceneColumns,
  results: [
    'index',
    'count',
    'valid_fraction',
    'min',
    'max',
    'mean',
    'std',
    'p5',
    'p25',
    'p50',
    'p75',
    'p95',
    'nodata_pixels',
    'masked_pixels',
    'voided_pixels',
    'histogram',
    'formula',
  ],
  chart: { column: 'mean', title: 'Mean index of the scenes', unit: '' },
  data: ['scenes'],
  dataOptions: { scenes: 'scenes' },
  prepare: async (ctx) => (await import('./scene-row.js')).prepareScenes(ctx),
  run: async (ctx, input) => (await import('./scene-row.js')).sceneRow(ctx, input),
  finish: async (ctx, rows) => (await import('./scene-report.js')).reportScenes(ctx, rows),
});
