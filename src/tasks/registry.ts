/** The tasks of a project: those that come with sluice, and the files that its config names. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { packageVersion } from '../config/package-version.js';
import { importUserModule } from '../config/user-module.js';
import { InputError, NotFoundError } from '../core/error.js';
import { nearestName } from '../core/nearest-name.js';
import type { AnyTask, TaskCode, TaskRegistry } from '../core/task.js';
import { builtInTasks } from './built-in.js';

/** @throws {InputError} when a task file cannot be loaded or exports no task */
export async function openRegistry(taskFiles: readonly string[]): Promise<TaskRegistry> {
  const own = new Map<string, AnyTask>();
  const codes = new Map<string, TaskCode>();
  for (const file of taskFiles) {
    const hash = await hashOf(file);
    const task = await loadTaskFile(file);
    own.set(task.name, task);
    codes.set(task.name, { version: task.version, hash });
  }
  const loaded = new Map<string, AnyTask>(own);
  const names = [...new Set([...Object.keys(builtInTasks), ...own.keys()])].sort();
  return {
    names: async () => names,
    get: async (name) => {
      const known = loaded.get(name);
      if (known !== undefined) return known;
      const task = Object.hasOwn(builtInTasks, name) ? await builtInTasks[name]!() : undefined;
      if (task === undefined) throw unknownTask(name, names);
      loaded.set(name, task);
      codes.set(name, { version: task.version, hash: `sluice ${packageVersion()}` });
      return task;
    },
    codes: () => Object.fromEntries(codes),
  };
}

/** The same, with nothing loaded before the first question. */
export function lazyRegistry(taskFiles: readonly string[]): TaskRegistry {
  let opening: Promise<TaskRegistry> | undefined;
  let opened: TaskRegistry | undefined;
  const open = async (): Promise<TaskRegistry> => {
    opening ??= openRegistry(taskFiles);
    opened = await opening;
    return opened;
  };
  return {
    names: async () => (await open()).names(),
    get: async (name) => (await open()).get(name),
    codes: () => opened?.codes() ?? {},
  };
}

/** Of what is loaded next; a file that cannot be read is told of when it is loaded. */
async function hashOf(file: string): Promise<string> {
  const bytes = await readFile(file).catch(() => '');
  return createHash('sha256').update(bytes).digest('hex');
}

async function loadTaskFile(file: string): Promise<AnyTask> {
  let loaded: unknown;
  try {
    loaded = ((await importUserModule(file)) as { default?: unknown }).default;
  } catch (error) {
    throw new InputError(`The task file ${file} cannot be loaded: ${(error as Error).message}`, {
      code: 'TASK_FILE_BROKEN',
      hint: 'correct the file, or leave it out of `tasks` in the config',
      cause: error,
    });
  }
  if (!isTask(loaded)) {
    throw new InputError(`The task file ${file} exports no task`, {
      code: 'TASK_FILE_EMPTY',
      hint: 'its default export must be what defineTask({ … }) returns',
    });
  }
  return loaded;
}

function isTask(value: unknown): value is AnyTask {
  const task = value as Partial<AnyTask> | null;
  return (
    typeof task === 'object' &&
    task !== null &&
    typeof task.name === 'string' &&
    typeof task.run === 'function' &&
    task.input !== undefined
  );
}

function unknownTask(name: string, names: readonly string[]): NotFoundError {
  const nearest = nearestName(name, names);
  return new NotFoundError(`There is no task "${name}"`, {
    code: 'TASK_NOT_FOUND',
    hint: nearest === undefined ? 'jobs task list' : `did you mean "${nearest}"? See: jobs task list`,
    details: { task: name, known: names },
  });
}
