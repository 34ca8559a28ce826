/** Checked values become the config the program works with: absolute paths, and the files that globs find. */
import path from 'node:path';
import { InputError } from '../core/error.js';
import type { DataSource } from '../core/task.js';
import type { Config } from './config.js';
import { findFiles } from './glob.js';
import { type Layer, layersWith } from './layers.js';
import type { ConfigValues } from './schema.js';
import { hideSecrets } from './secret.js';

export interface Place {
  root: string;
  file: string | undefined;
}

/** @throws {InputError} CONFIG_STORAGE_UNSUPPORTED for a storage that is no folder */
export function resolveConfig(values: ConfigValues, layers: readonly Layer[], { root, file }: Place): Config {
  const absolute = (key: string, value: string) =>
    path.resolve(layersWith(layers, [key])[0]?.base ?? root, value);
  const stateDir = absolute('stateDir', values.stateDir);
  return {
    root,
    file,
    databaseUrl: values.database,
    redisUrl: values.queue,
    stateDir,
    taskFiles: taskFiles(values.tasks, layers, root),
    queues: values.queues,
    limits: values.limits,
    schedules: values.schedules,
    webhookUrl: values.notify.webhook,
    retention: {
      completed: { ageMs: values.retention.completed.age, count: values.retention.completed.count },
      resultsMs: values.retention.results,
    },
    storageDir:
      values.storage === undefined
        ? path.join(stateDir, 'artifacts')
        : absolute('storage', folderOf(values.storage, layers)),
    data: Object.fromEntries(
      Object.entries(values.data).map(([name, entry]) => [name, dataSource(name, entry, root, file)]),
    ),
    intake: values.intake,
    output: values.output,
  };
}

function folderOf(storage: string, layers: readonly Layer[]): string {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(storage)?.[1];
  if (scheme === undefined) return storage;
  const source = layersWith(layers, ['storage'])[0]?.source('storage') ?? 'the config';
  throw new InputError(
    `storage in ${source} cannot be used: found ${String(hideSecrets(storage))}; this version keeps artifacts in a folder only, not in ${scheme}`,
    {
      code: 'CONFIG_STORAGE_UNSUPPORTED',
      hint: 'Name a folder, such as storage: "artifacts/"; it may be a mounted one',
      details: { key: 'storage', scheme },
    },
  );
}

function taskFiles(tasks: ConfigValues['tasks'], layers: readonly Layer[], root: string): string[] {
  const base = layersWith(layers, ['tasks'])[0]?.base ?? root;
  return findFiles(listOf(tasks ?? []), base).filter((found) => !/\.d\.[cm]?ts$/.test(found));
}

function dataSource(
  name: string,
  entry: ConfigValues['data'][string],
  root: string,
  file: string | undefined,
): DataSource {
  const { files, ...settings } = typeof entry === 'string' || Array.isArray(entry) ? { files: entry } : entry;
  const patterns = listOf(files);
  return {
    name,
    files: findFiles(patterns, root),
    settings,
    origin: `data.${name} (${patterns.join(', ')}) in ${file ?? root}`,
  };
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}
