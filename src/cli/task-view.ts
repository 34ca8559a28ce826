/** Tasks as people and programs read them. */
import { z } from 'zod';
import type { Config } from '../config/config.js';
import { backoffDelayMs, DEFAULT_ATTEMPTS, DEFAULT_BACKOFF } from '../core/backoff.js';
import { formatDuration } from '../core/duration.js';
import { DEFAULT_PRIORITY, type Priority } from '../core/priority.js';
import type { AnyTask, ErrorVerdict, TimeLimit, Unique } from '../core/task.js';
import { plural } from '../core/text.js';
import { fieldSpecs } from '../intake/field-spec.js';
import { openRegistry } from '../tasks/registry.js';
import { table } from './table.js';

const MOST_WAITS = 6;

export interface TaskSummary {
  task: string;
  version: number;
  title: string;
  queue: string;
}

export async function listTasks(config: Config): Promise<TaskSummary[]> {
  const registry = await openRegistry(config.taskFiles);
  return Promise.all((await registry.names()).map(async (name) => summary(await registry.get(name))));
}

export function renderTasks(tasks: readonly TaskSummary[]): string {
  return table(tasks, [
    { head: 'task', value: ({ task }) => task },
    { head: 'queue', value: ({ queue }) => queue },
    { head: 'what it does', value: ({ title }) => title },
  ]);
}

export interface TaskDetail extends TaskSummary {
  columns: { field: string; type: string; required: boolean; spellings: readonly string[] }[];
  options: { name: string; type: string; default: unknown; description: string }[];
  results: readonly string[];
  data: readonly string[];
  /** Options that name files in place of a data entry, by option. */
  dataOptions: Readonly<Record<string, string>>;
  /** Options with whose values rows do not run again. */
  finishOptions: readonly string[];
  isolation: string;
  attempts: number;
  /** Longest wait before each next attempt. */
  backoffMs: number[];
  /** Share of each wait that is random, taken off it. */
  jitter: number;
  retryForMs: number | null;
  /** What follows an error, by code or class name; what is not listed is retried. */
  errors: Record<string, ErrorVerdict>;
  timeLimit: TimeLimit | null;
  rateLimit: string | null;
  priority: Priority;
  unique: Unique | null;
  breaker: AnyTask['breaker'] | null;
}

/** @throws {NotFoundError} */
export async function showTask(config: Config, name: string): Promise<TaskDetail> {
  const task = await (await openRegistry(config.taskFiles)).get(name);
  const attempts = task.attempts ?? DEFAULT_ATTEMPTS;
  return {
    ...summary(task),
    columns: fieldSpecs(task).map((spec) => ({
      field: spec.name,
      type: spec.type,
      required: spec.required,
      spellings: spec.spellings,
    })),
    options: optionsOf(task),
    results: task.results ?? [],
    data: task.data ?? [],
    dataOptions: task.dataOptions ?? {},
    finishOptions: task.finishOptions ?? [],
    isolation: task.isolation ?? 'inline',
    attempts,
    backoffMs: Array.from({ length: attempts - 1 }, (_, failed) =>
      backoffDelayMs(task.backoff ?? DEFAULT_BACKOFF, failed + 1, 0),
    ),
    jitter: (task.backoff ?? DEFAULT_BACKOFF).jitter ?? 0,
    retryForMs: task.retryForMs ?? null,
    errors: task.errors ?? {},
    timeLimit: task.timeLimit ?? null,
    rateLimit: task.rateLimit ?? null,
    priority: task.priority ?? DEFAULT_PRIORITY,
    unique: task.unique ?? null,
    breaker: task.breaker ?? null,
  };
}

export function renderTask(task: TaskDetail): string {
  const blocks = [
    `${task.task} (version ${task.version}): ${task.title}\n${indent(facts(task).join('\n'))}`,
    `Columns it reads\n${indent(
      table(task.columns, [
        { head: 'field', value: ({ field }) => field },
        { head: 'type', value: ({ type }) => type },
        { head: '', value: ({ required }) => (required ? 'required' : '') },
        {
          head: 'also spelled',
          value: ({ field, spellings }) => spellings.filter((one) => one !== field).join(', '),
        },
      ]),
    )}`,
  ];
  if (task.options.length > 0) {
    blocks.push(
      `Options (--set name=value)\n${indent(
        table(task.options, [
          { head: 'name', value: ({ name }) => name },
          { head: 'type', value: ({ type }) => type },
          {
            head: 'default',
            value: (option) => (option.default === undefined ? '' : String(option.default)),
          },
          { head: 'meaning', value: ({ description }) => description },
        ]),
      )}`,
    );
  }
  const data = dataLines(task);
  if (data.length > 0) blocks.push(data.join('\n'));
  if (task.finishOptions.length > 0)
    blocks.push(
      `With another value of these only the end of a batch runs again: ${task.finishOptions.join(', ')}`,
    );
  if (task.results.length > 0) blocks.push(`Results: ${task.results.join(', ')}`);
  return blocks.join('\n\n');
}

function dataLines({ data, dataOptions }: TaskDetail): string[] {
  const lines = data.length === 0 ? [] : [`Data it reads (config data.*): ${data.join(', ')}`];
  for (const [option, entry] of Object.entries(dataOptions))
    lines.push(`--set ${option}=FILE (or a pattern of files) is read in place of data.${entry}`);
  return lines;
}

function facts(task: TaskDetail): string[] {
  const { timeLimit, breaker } = task;
  const lines = [
    `queue ${task.queue}, priority ${task.priority}, runs ${task.isolation}`,
    `${plural(task.attempts, 'attempt')}${waits(task)}`,
  ];
  if (task.retryForMs !== null)
    lines.push(`no retry later than ${formatDuration(task.retryForMs)} after it could first run`);
  const errors = Object.entries(task.errors).map(([name, verdict]) => `${name} → ${verdict}`);
  if (errors.length > 0) lines.push(`errors: ${errors.join(', ')}; others → retry`);
  const limits = [
    ...(timeLimit?.softMs === undefined ? [] : [`asked to end after ${formatDuration(timeLimit.softMs)}`]),
    ...(timeLimit?.hardMs === undefined ? [] : [`ended after ${formatDuration(timeLimit.hardMs)}`]),
    ...(timeLimit?.silentMs === undefined
      ? []
      : [`ended when silent for ${formatDuration(timeLimit.silentMs)}`]),
  ];
  if (limits.length > 0) lines.push(`a run is ${limits.join(', ')}`);
  if (task.rateLimit !== null) lines.push(`at most ${task.rateLimit} over all workers`);
  if (task.unique !== null) lines.push(`unique by ${task.unique.by?.join(', ') ?? 'its whole input'}`);
  if (breaker)
    lines.push(
      `${plural(breaker.failures, 'equal failure')} within ${formatDuration(breaker.withinMs)} pause its queue`,
    );
  return lines;
}

/** All waits when they are few; else how they begin and what they come to. */
function waits({ backoffMs, jitter }: TaskDetail): string {
  if (backoffMs.length === 0) return '';
  const shown = backoffMs.slice(0, MOST_WAITS).map(formatDuration);
  const rest = backoffMs.length > MOST_WAITS ? ` … ${formatDuration(backoffMs.at(-1)!)}` : '';
  const random = jitter === 0 ? '' : `, up to ${Math.round(jitter * 100)} % of it less by chance`;
  return `; wait before each next one: ${shown.join(', ')}${rest}${random}`;
}

function summary(task: AnyTask): TaskSummary {
  return { task: task.name, version: task.version, title: task.title, queue: task.queue ?? 'default' };
}

function optionsOf(task: AnyTask): TaskDetail['options'] {
  if (task.options === undefined) return [];
  const schema = z.toJSONSchema(task.options, { io: 'output', unrepresentable: 'any' });
  return Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const facts = property as { type?: string; enum?: unknown[]; default?: unknown; description?: string };
    return {
      name,
      type: facts.enum?.join('|') ?? facts.type ?? 'any',
      default: facts.default,
      description: facts.description ?? '',
    };
  });
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
