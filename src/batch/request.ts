/** What a person asks for when they run or enqueue a file. */
import { resolveDataOptions } from '../config/data-options.js';
import { cacheFolder } from '../core/cache-folder.js';
import { UsageError } from '../core/error.js';
import { nearestName } from '../core/nearest-name.js';
import { DEFAULT_PRIORITY, type Priority } from '../core/priority.js';
import type { AnyTask, DataSource, PrepareContext } from '../core/task.js';
import type { BatchParts } from './parts.js';

export interface BatchRequest {
  task: string;
  /** Path of the input file; `-` for standard input. */
  file: string;
  /** The batch's options as typed: checked against the task's. */
  options: Record<string, unknown>;
  /** Folder that options which name data files start from; default the working directory. */
  optionsFolder?: string | undefined;
  sheet?: string | undefined;
  selection: RowSelection;
  /** Run rows again that completed before with the same content. */
  force: boolean;
  /** Refuse to begin a new batch. */
  mustResume: boolean;
  queue?: string | undefined;
  priority?: Priority | undefined;
  delayMs?: number | undefined;
  expiresAtMs?: number | undefined;
  /** Travels with every job to logs and outside calls; default a new one. */
  requestId?: string | undefined;
}

/** What a program asks for; what it leaves out is as with no flags on the command line. */
export type FileRequest = Pick<BatchRequest, 'task' | 'file'> & Partial<BatchRequest>;

export function completeRequest(request: FileRequest): BatchRequest {
  return { options: {}, selection: {}, force: false, mustResume: false, ...request };
}

export interface RowSelection {
  rows?: string | undefined;
  where?: string | undefined;
  limit?: number | undefined;
  sample?: number | undefined;
}

/**
 * The task's options with their defaults; those that name data files are absolute.
 * @throws {UsageError} naming the option, what was found and what is expected
 * @throws {InputError} DATA_OPTION_EMPTY
 */
export function parseOptions(
  task: AnyTask,
  typed: Record<string, unknown>,
  folder: string = process.cwd(),
): Record<string, unknown> {
  return resolveDataOptions(task, checkOptions(task, typed), folder);
}

function checkOptions(task: AnyTask, typed: Record<string, unknown>): Record<string, unknown> {
  if (task.options === undefined) {
    const [first] = Object.keys(typed);
    if (first === undefined) return {};
    throw new UsageError(`Task ${task.name} has no options, so --set ${first}=… cannot be used`, {
      code: 'OPTION_UNKNOWN',
      hint: `jobs task show ${task.name}`,
    });
  }
  const known = optionNames(task);
  for (const name of Object.keys(typed)) {
    if (!known.includes(name)) throw unknownOption(task, name, known);
  }
  const parsed = task.options.safeParse(typed);
  if (parsed.success) return parsed.data as Record<string, unknown>;
  const issue = parsed.error.issues[0]!;
  const name = issue.path.join('.');
  throw new UsageError(
    `Option ${name} of task ${task.name} is ${JSON.stringify(typed[name]) ?? 'missing'}; ${expectation(issue)}`,
    {
      code: 'OPTION_INVALID',
      hint: `jobs task show ${task.name}`,
      details: { option: name, found: typed[name] ?? null },
    },
  );
}

/** zod says "expected number, received NaN" of text that is no number. */
function expectation(issue: { code: string; message: string; expected?: unknown }): string {
  if (issue.code === 'invalid_type') return `expected a ${String(issue.expected)}`;
  return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
}

/** Names of the options a task knows, from its schema's shape. */
function optionNames(task: AnyTask): string[] {
  const shape = (task.options as { shape?: Record<string, unknown> } | undefined)?.shape;
  return Object.keys(shape ?? {});
}

function unknownOption(task: AnyTask, name: string, known: string[]): UsageError {
  const nearest = nearestName(name, known);
  return new UsageError(
    `Task ${task.name} has no option "${name}"; it has ${known.length === 0 ? 'none' : known.join(', ')}`,
    {
      code: 'OPTION_UNKNOWN',
      hint: nearest === undefined ? `jobs task show ${task.name}` : `did you mean --set ${nearest}=…?`,
      details: { option: name, known },
    },
  );
}

/** What `prepare` sees. */
export function prepareContext(
  { stateDir }: Pick<BatchParts, 'stateDir'>,
  task: AnyTask,
  {
    options,
    data,
    warn,
  }: {
    options: Record<string, unknown>;
    data: Record<string, DataSource>;
    warn: (message: string) => void;
  },
): PrepareContext {
  return {
    options,
    data,
    log: { info: () => {}, warn },
    get cacheDir() {
      return cacheFolder(stateDir, task.name);
    },
  };
}

/** What was asked for, else what the config says of the queue, else the task's. */
export function choosePriority(
  { queueSettings }: Pick<BatchParts, 'queueSettings'>,
  { task, queue, asked }: { task: AnyTask; queue: string; asked: Priority | undefined },
): Priority {
  return asked ?? queueSettings[queue]?.priority ?? task.priority ?? DEFAULT_PRIORITY;
}
