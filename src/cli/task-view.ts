/** Tasks as people and programs read them. */
import { z } from 'zod';
import type { Config } from '../config/config.js';
import { backoffDelayMs, DEFAULT_ATTEMPTS, DEFAULT_BACKOFF } from '../core/backoff.js';
import { formatDuration } from '../core/duration.js';
import type { AnyTask } from '../core/task.js';
import { fieldSpecs } from '../intake/field-spec.js';
import { openRegistry } from '../tasks/registry.js';
import { table } from './table.js';

export interface TaskSummary {
  task: string;
  version: number;
  title: string;
  queue: string;
}

export async function listTasks(config: Config): Promise<TaskSummary[]> {
  const registry = await openRegistry(config.taskFiles);
  return Promise.all(registry.names().map(async (name) => summary(await registry.get(name))));
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
  isolation: string;
  attempts: number;
  /** Longest wait before each next attempt. */
  backoffMs: number[];
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
    isolation: task.isolation ?? 'inline',
    attempts,
    backoffMs: Array.from({ length: attempts - 1 }, (_, failed) =>
      backoffDelayMs(task.backoff ?? DEFAULT_BACKOFF, failed + 1, 0),
    ),
  };
}

export function renderTask(task: TaskDetail): string {
  const blocks = [
    `${task.task} (version ${task.version}): ${task.title}\n  queue ${task.queue}, runs ${task.isolation}, ${task.attempts} attempts${
      task.backoffMs.length === 0 ? '' : `, at most ${task.backoffMs.map(formatDuration).join(' and ')} apart`
    }`,
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
  if (task.data.length > 0) blocks.push(`Data it reads (config data.*): ${task.data.join(', ')}`);
  if (task.results.length > 0) blocks.push(`Results: ${task.results.join(', ')}`);
  return blocks.join('\n\n');
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
