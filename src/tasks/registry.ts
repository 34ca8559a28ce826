/** The tasks of a project: those that come with sluice, and the files that its config names. */
import { importUserModule } from '../config/user-module.js';
import { InputError, NotFoundError } from '../core/error.js';
import { nearestName } from '../core/nearest-name.js';
import type { AnyTask, TaskRegistry } from '../core/task.js';
import { builtInTasks } from './built-in.js';

/** @throws {InputError} when a task file cannot be loaded or exports no task */
export async function openRegistry(taskFiles: readonly string[]): Promise<TaskRegistry> {
  const own = new Map<string, AnyTask>();
  for (const file of taskFiles) {
    const task = await loadTaskFile(file);
    own.set(task.name, task);
  }
  const loaded = new Map<string, AnyTask>(own);
  const names = [...new Set([...Object.keys(builtInTasks), ...own.keys()])].sort();
  return {
    names: () => names,
    get: async (name) => {
      const known = loaded.get(name);
      if (known !== undefined) return known;
      const task = Object.hasOwn(builtInTasks, name) ? await builtInTasks[name]!() : undefined;
      if (task === undefined) throw unknownTask(name, names);
      loaded.set(name, task);
      return task;
    },
  };
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
