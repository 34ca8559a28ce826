/** The tasks that come with sluice, by name. Each is loaded when it is asked for. */
import type { AnyTask } from '../core/task.js';

export const builtInTasks: Readonly<Record<string, () => Promise<AnyTask>>> = {
  'cropping-intensity': async () => (await import('./water/cropping/cropping-intensity.js')).default,
  desilting: async () => (await import('./water/desilting.js')).default,
  drought: async () => (await import('./water/drought/drought.js')).default,
  'hydrology.delta-g': async () => (await import('./water/hydrology/delta-g.js')).default,
  'hydrology.se-variables': async () => (await import('./water/hydrology/se-variables.js')).default,
  'lulc-vector': async () => (await import('./water/lulc-vector/lulc-vector.js')).default,
  noop: async () => (await import('./noop.js')).default,
  'raster.index': async () => (await import('./raster/scene-index.js')).default,
  'raster.zonal': async () => (await import('./raster/zonal.js')).default,
  terrain: async () => (await import('./water/terrain/terrain.js')).default,
  watershed: async () => (await import('./water/watershed.js')).default,
};
