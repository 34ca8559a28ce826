/** A dead letter's input, changed by hand before it is tried again, and checked by its task before anything is written. */
import { InputError, NotFoundError, UsageError } from '../core/error.js';
import { toJsonValue } from '../core/json-value.js';
import { nearestName } from '../core/nearest-name.js';
import type { AnyTask } from '../core/task.js';
import { cellInput } from '../intake/cell-input.js';
import { taskShape } from '../intake/field-spec.js';
import type { Letter } from '../ledger/dead-letters.js';
import type { ReplayItem } from '../ledger/replays.js';

export type Input = Record<string, unknown>;

/** Some fields of every letter, as typed: text becomes what the field asks for, as a cell would; null takes the field out. */
export interface Patch {
  kind: 'patch';
  values: Input;
}

/** The whole input of each letter that was edited. */
export interface Edits {
  kind: 'edits';
  inputs: ReadonlyMap<string, Input>;
}

/**
 * The letter's replay with its input changed; without `change` when nothing differs.
 * @throws {UsageError} PATCH_FIELD_UNKNOWN
 * @throws {InputError} INPUT_INVALID when the task refuses the changed input
 */
export function changedReplay(task: AnyTask, letter: Letter, changes: Patch | Edits): ReplayItem {
  const input =
    changes.kind === 'patch'
      ? patched(task, letter.input, changes.values)
      : (changes.inputs.get(letter.id) ?? letter.input);
  const change = difference(letter.input, input);
  if (change === undefined) return { id: letter.id };
  check(task, letter, input);
  return { id: letter.id, input, change };
}

/** The task of a letter. @throws {UsageError} when there is no such task: its input cannot be checked */
export async function taskOf(
  registry: { get(name: string): Promise<AnyTask> },
  name: string,
): Promise<AnyTask> {
  return registry.get(name).catch((error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error;
    throw new UsageError(`There is no task ${name} any more, so a changed input cannot be checked`, {
      code: 'TASK_NOT_FOUND',
      hint: 'jobs task list',
    });
  });
}

function patched(task: AnyTask, before: Input, values: Input): Input {
  const { fields, open } = taskShape(task);
  const input: Input = { ...before };
  for (const [name, value] of Object.entries(values)) {
    const shape = fields.find((field) => field.name === name);
    if (shape === undefined && !open)
      throw unknownField(
        task,
        name,
        fields.map((field) => field.name),
      );
    const wanted = shape !== undefined && typeof value === 'string' ? cellInput(value, shape) : value;
    if (wanted === null && shape?.nullable !== true) delete input[name];
    else input[name] = wanted;
  }
  return toJsonValue(input, 'the input') as Input;
}

function unknownField(task: AnyTask, name: string, known: string[]): UsageError {
  const nearest = nearestName(name, known);
  return new UsageError(`Task ${task.name} has no field "${name}"; it has ${known.join(', ')}`, {
    code: 'PATCH_FIELD_UNKNOWN',
    hint: nearest === undefined ? `jobs task show ${task.name}` : `did you mean --patch ${nearest}=…?`,
    details: { field: name, known },
  });
}

function check(task: AnyTask, letter: Letter, input: Input): void {
  const parsed = task.input.safeParse(input);
  if (parsed.success) return;
  const issue = parsed.error.issues[0]!;
  const field = issue.path.join('.');
  throw new InputError(
    `The changed input of ${letter.id} cannot be used: ${field === '' ? '' : `${field}: `}${issue.message}; nothing was replayed`,
    {
      code: 'INPUT_INVALID',
      hint: `jobs task show ${task.name}`,
      details: { letter: letter.id, field, found: input[field] ?? null },
    },
  );
}

/** The fields that differ; undefined when none does. */
function difference(before: Input, after: Input): { from: Input; to: Input } | undefined {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  if (names.length === 0) return undefined;
  const only = (input: Input): Input =>
    Object.fromEntries(names.filter((name) => Object.hasOwn(input, name)).map((name) => [name, input[name]]));
  return { from: only(before), to: only(after) };
}
