/** The tasks that come with sluice, by name. Each is loaded when it is asked for. */
import type { AnyTask } from '../core/task.js';

export const builtInTasks: Readonly<Record<string, () => Promise<AnyTask>>> = {
  desilting: async () => (await import('./water/desilting.js')).default,
  noop: async () => (await import('./noop.js')).default,
};
