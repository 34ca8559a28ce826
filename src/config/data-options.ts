/** Options that name data files (`--set dem=dem.tif`) in place of an entry of the config's `data`. */
import path from 'node:path';
import { InputError } from '../core/error.js';
import type { AnyTask, DataSource } from '../core/task.js';
import { findFiles } from './glob.js';

type Options = Record<string, unknown>;
type DataOptionsOf = Pick<AnyTask, 'name' | 'dataOptions'>;

/** The same options with absolute paths and patterns; relative ones start from `folder`. @throws {InputError} DATA_OPTION_EMPTY */
export function resolveDataOptions(task: DataOptionsOf, options: Options, folder: string): Options {
  const resolved = { ...options };
  for (const [option, patterns] of given(task, options)) {
    const absolute = patterns.map((pattern) => path.resolve(folder, pattern));
    filesOf(task, option, absolute);
    resolved[option] = typeof options[option] === 'string' ? absolute[0] : absolute;
  }
  return resolved;
}

/** What the task sees as `ctx.data`. Patterns are looked up here and now. @throws {InputError} DATA_OPTION_EMPTY */
export function withDataOptions(
  task: DataOptionsOf,
  options: Options,
  data: Record<string, DataSource>,
): Record<string, DataSource> {
  const named = given(task, options);
  if (named.length === 0) return data;
  const changed = { ...data };
  for (const [option, patterns] of named) {
    const name = task.dataOptions![option]!;
    changed[name] = {
      name,
      files: filesOf(task, option, patterns),
      settings: data[name]?.settings ?? {},
      origin: `option ${option} (${patterns.join(', ')})`,
    };
  }
  return changed;
}

/** Options that were given, each with its paths and patterns. */
function given(
  { dataOptions = {} }: DataOptionsOf,
  options: Options,
): [option: string, patterns: string[]][] {
  return Object.keys(dataOptions).flatMap((option): [string, string[]][] => {
    const value = options[option];
    const patterns = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
    return patterns.length === 0 ? [] : [[option, patterns]];
  });
}

function filesOf(task: DataOptionsOf, option: string, patterns: string[]): string[] {
  const files = findFiles(patterns, '/');
  if (files.length > 0) return files;
  throw new InputError(
    `Option ${option} of task ${task.name} names no file: there is none at ${patterns.join(', ')}`,
    {
      code: 'DATA_OPTION_EMPTY',
      hint: `write a path or a pattern of files that are there: --set ${option}=path/to/file.tif`,
      details: { option, patterns },
    },
  );
}
