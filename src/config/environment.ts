/** Which environment variables stand for which keys of the config. */
import { leafPaths } from './schema-walk.js';
import { setAt } from './tree.js';

/** Names people already have in their environment; the `JOBS_…` name of the same key wins. */
const USUAL_NAMES: Readonly<Record<string, string>> = { database: 'DATABASE_URL', queue: 'REDIS_URL' };
/** Named things that have no place in a flat environment, and the editor's schema. */
const NOT_FROM_ENVIRONMENT: readonly string[] = ['$schema', 'queues', 'limits', 'schedules', 'data'];

export interface EnvironmentLayer {
  values: Record<string, unknown>;
  /** The variable that gave each key. */
  names: Record<string, string>;
}

/** Variables that can set `key`, the strongest first; none for keys that cannot come from the environment. */
export function variablesOf(key: string): string[] {
  if (NOT_FROM_ENVIRONMENT.includes(key)) return [];
  const usual = USUAL_NAMES[key];
  return [`JOBS_${screaming(key)}`, ...(usual === undefined ? [] : [usual])];
}

/** What the environment says; an empty variable says nothing. A list (`JOBS_TASKS`) is separated by commas. */
export function readEnvironment(env: NodeJS.ProcessEnv): EnvironmentLayer {
  const layer: EnvironmentLayer = { values: {}, names: {} };
  for (const path of leafPaths()) {
    const key = path.join('.');
    const name = variablesOf(key).find((variable) => (env[variable] ?? '') !== '');
    if (name === undefined) continue;
    const text = env[name] as string;
    layer.values = setAt(
      layer.values,
      path,
      key === 'tasks' ? text.split(',').map((item) => item.trim()) : text,
    );
    layer.names[key] = name;
  }
  return layer;
}

function screaming(key: string): string {
  return key
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase();
}
