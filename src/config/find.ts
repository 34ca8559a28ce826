/** Finds the config file and reads it; what stands in it is not judged here. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError, SluiceError } from '../core/error.js';
import { scanJson } from './json-text.js';
import { syntaxError } from './syntax.js';
import { importUserModule } from './user-module.js';
import { yamlLines } from './yaml-text.js';

const SCRIPT_EXTENSIONS = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'] as const;
const PLACES = [
  ...['ts', 'mts', 'js', 'mjs', 'cjs', 'json', 'yaml', 'yml'].map((extension) => `jobs.config.${extension}`),
  ...['.jobsrc', '.jobsrc.json', '.jobsrc.yaml', '.jobsrc.yml'],
  'package.json',
];

export interface ConfigFile {
  /** Absolute. */
  file: string;
  /** What the file holds: usually an object, but that is not certain. Undefined for an empty file. */
  values: unknown;
  /** 1-based line of a key such as `queues.reports.limit` or the nearest key above it; undefined for scripts. */
  lineOf(key: string): number | undefined;
}

/**
 * The config at `file`, or else the nearest one in `cwd` and the folders above it up to the project's own (the first
 * with a package.json). Undefined when there is none.
 * @throws {InputError} CONFIG_NOT_FOUND, CONFIG_SYNTAX, CONFIG_BROKEN
 */
export async function findConfig(file: string | undefined, cwd: string): Promise<ConfigFile | undefined> {
  const explorer = await openExplorer();
  const result =
    file === undefined
      ? await explorer.search(cwd)
      : await explorer.load(existingFile(path.resolve(cwd, file)));
  if (result === null) return undefined;
  return {
    file: result.filepath,
    values: result.isEmpty ? undefined : result.config,
    lineOf: lineFinder(result.filepath),
  };
}

async function openExplorer() {
  const { cosmiconfig, defaultLoaders } = await import('cosmiconfig');
  const yaml = reading(async (file, text) => (await defaultLoaders['.yaml'](file, text)) as unknown);
  const script = reading(async (file) => defaultExport(file, await importUserModule(file)));
  return cosmiconfig('jobs', {
    searchPlaces: PLACES,
    searchStrategy: 'project',
    cache: false,
    loaders: {
      ...Object.fromEntries(SCRIPT_EXTENSIONS.map((extension) => [`.${extension}`, script])),
      '.json': reading((_file, text) => JSON.parse(text) as unknown),
      '.yaml': yaml,
      '.yml': yaml,
      noExt: yaml,
    },
  });
}

/** Errors are made ours here: cosmiconfig takes an ENOENT thrown inside a file for the file's own absence. */
function reading(load: (file: string, text: string) => unknown) {
  return async (file: string, text: string): Promise<unknown> => {
    try {
      return await load(file, text);
    } catch (thrown) {
      throw thrown instanceof SluiceError ? thrown : syntaxError(file, text, thrown);
    }
  };
}

async function defaultExport(file: string, module: unknown): Promise<unknown> {
  if (typeof module === 'object' && module !== null && 'default' in module) return module.default;
  if (typeof module === 'object' && module !== null && !('__esModule' in module)) return module;
  throw new InputError(`${file} has no default export; expected export default defineConfig({ … })`, {
    code: 'CONFIG_VALUE_INVALID',
    hint: 'Put export default in front of the config',
    details: { file },
  });
}

function existingFile(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat?.isFile() && KNOWN_EXTENSIONS.has(path.extname(file))) return file;
  const found =
    stat === undefined
      ? 'there is no such file'
      : stat.isFile()
        ? `it ends in ${path.extname(file)}`
        : 'it is not a file';
  throw new InputError(
    `The config ${file} cannot be read: ${found}; expected a .ts, .js, .json or .yaml file`,
    {
      code: 'CONFIG_NOT_FOUND',
      hint: 'Check the path given by --config or JOBS_CONFIG; leave it out and jobs.config.* is looked for here and above',
      details: { file },
    },
  );
}

const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set([
  ...SCRIPT_EXTENSIONS.map((extension) => `.${extension}`),
  '.json',
  '.yaml',
  '.yml',
  '',
]);

function lineFinder(file: string): ConfigFile['lineOf'] {
  const extension = path.extname(file);
  if (!['.json', '.yaml', '.yml', ''].includes(extension)) return () => undefined;
  const prefix = path.basename(file) === 'package.json' ? 'jobs.' : '';
  return (key) => {
    const text = readFileSync(file, 'utf8');
    const json = scanJson(text);
    return nearestLine(json.problem === undefined ? json.lines : yamlLines(text), prefix + key);
  };
}

function nearestLine(lines: ReadonlyMap<string, number>, key: string): number | undefined {
  for (let rest = key; rest !== ''; rest = rest.replace(/(?:^|\.)[^.[]*$|\[\d+\]$|.$/s, '')) {
    const line = lines.get(rest);
    if (line !== undefined) return line;
  }
  return undefined;
}
