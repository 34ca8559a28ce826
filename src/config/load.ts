/** The one way to a config: flag over environment over file over default. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../core/error.js';
import { checkConfig, describeFound } from './check.js';
import type { Config } from './config.js';
import { readEnvironment } from './environment.js';
import { allKeys, type Explanation, explainKey, printableConfig } from './explain.js';
import { type ConfigFile, findConfig } from './find.js';
import { interpolate } from './interpolate.js';
import { defaultLayer, environmentLayer, fileLayer, flagLayer, type Layer, mergeLayers } from './layers.js';
import { resolveConfig } from './resolve.js';
import type { ConfigInput } from './schema.js';
import { isTree, type Tree } from './tree.js';

const DEFAULT_TASKS = 'tasks/**/*.{ts,js,mjs}';

export interface LoadOptions {
  /** The config file; else `JOBS_CONFIG`, else the nearest one. */
  file?: string | undefined;
  /** Where the search begins; relative paths in flags and environment start here. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Keys given on the command line. */
  flags?: Partial<ConfigInput> | undefined;
}

/** A config and the story of each of its values. */
export interface LoadedConfig {
  config: Config;
  /** One key (`database`, `queues.reports.limit`, `retention`): its value and what gave it. @throws {UsageError} for an unknown key */
  explain(key: string): Explanation;
  /** Every key, in the order of the schema. */
  keys(): string[];
  /** The whole, JSON and without secrets. */
  describe(): { file: string | null; root: string; values: Record<string, unknown> };
}

/**
 * Finds, reads and checks the config. Without a config file everything has its default and paths start from `cwd`.
 * Opens no connection. @throws {InputError} CONFIG_NOT_FOUND, CONFIG_SYNTAX, CONFIG_BROKEN, CONFIG_KEY_UNKNOWN,
 * CONFIG_VALUE_INVALID, CONFIG_VARIABLE_MISSING, CONFIG_SECRET_UNREADABLE, CONFIG_STORAGE_UNSUPPORTED
 */
export async function loadConfig({ file, cwd, env, flags = {} }: LoadOptions): Promise<LoadedConfig> {
  const found = await findConfig(file ?? (env.JOBS_CONFIG || undefined), cwd);
  const root = found === undefined ? path.resolve(cwd) : path.dirname(found.file);
  const layers: Layer[] = [
    flagLayer(definedOnly(flags), cwd),
    environmentLayer(readEnvironment(env), cwd),
    ...(found === undefined ? [] : [fileLayer(found, fileValues(found, root, env), root)]),
    defaultLayer(
      found !== undefined && existsSync(path.join(root, 'tasks')) ? { tasks: [DEFAULT_TASKS] } : {},
      root,
    ),
  ];
  const values = checkConfig(mergeLayers(layers), layers);
  return {
    config: resolveConfig(values, layers, { root, file: found?.file }),
    explain: (key) => explainKey(key, layers),
    keys: () => allKeys(layers),
    describe: () => ({ file: found?.file ?? null, root, values: printableConfig(layers) }),
  };
}

function fileValues(found: ConfigFile, root: string, env: NodeJS.ProcessEnv): Tree {
  if (found.values === undefined) return {};
  if (isTree(found.values)) return interpolate(found.values, { env, root, file: found.file }) as Tree;
  throw new InputError(
    `The config ${found.file} holds ${describeFound(found.values, [])}; expected an object of settings`,
    {
      code: 'CONFIG_VALUE_INVALID',
      hint: 'See jobs config schema for what it may hold',
      details: { file: found.file },
    },
  );
}

function definedOnly(flags: Partial<ConfigInput>): Tree {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}
