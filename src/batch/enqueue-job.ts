/** Queues one job that belongs to no batch. */

import { withDataOptions } from '../config/data-options.js';
import { DEFAULT_ATTEMPTS } from '../core/backoff.js';
import { contentHash } from '../core/content-hash.js';
import { InputError } from '../core/error.js';
import { newJobId } from '../core/id.js';
import { type Priority, queuePriority } from '../core/priority.js';
import type { AnyTask } from '../core/task.js';
import { recordDuplicate } from '../ledger/job-links.js';
import { patiently } from '../ledger/patience.js';
import type { NewJob, PlainJobData, UniqueJob } from '../queue/job.js';
import type { BatchParts } from './parts.js';
import { choosePriority, parseOptions, prepareContext } from './request.js';

export interface JobRequest {
  task: string;
  input: Record<string, unknown>;
  options?: Record<string, unknown>;
  /** Folder that options which name data files start from; default the working directory. */
  optionsFolder?: string | undefined;
  /** A job of this id that is in the queue already is left as it is. */
  id?: string | undefined;
  queue?: string | undefined;
  priority?: Priority | undefined;
  delayMs?: number | undefined;
  expiresAtMs?: number | undefined;
  /** Travels on to logs, events and outside calls; default the job's id. */
  requestId?: string | undefined;
}

export interface EnqueuedJob {
  /** The job that is in the queue now. */
  id: string;
  queue: string;
  /** The id that was not added, because the task is unique and an equal job, `id`, was there. */
  refused: string | null;
  /** The equal job that had not begun and whose place this one took. */
  replaced: string | null;
}

/** @throws {InputError} when the input or what the task prepares cannot be used */
export async function enqueueJob(parts: BatchParts, request: JobRequest): Promise<EnqueuedJob> {
  const { queue, job } = await prepareJob(parts, request);
  const { id } = job;
  const added = await parts.queues.addOne(queue, job);
  const refused = added.id === id ? undefined : { id, by: added.id };
  const replaced = added.replaced === undefined ? undefined : { id: added.replaced, by: id };
  const duplicate = refused ?? replaced;
  if (duplicate !== undefined) {
    await patiently(() => recordDuplicate(parts.db, { job: duplicate.id, of: duplicate.by, queue }));
  }
  return { id: added.id, queue, refused: refused?.id ?? null, replaced: added.replaced ?? null };
}

/**
 * Checks a request and makes the job that is to be added.
 * @throws {InputError} when the input or what the task prepares cannot be used
 */
export async function prepareJob(
  parts: BatchParts,
  request: JobRequest,
): Promise<{ queue: string; job: NewJob & { data: PlainJobData } }> {
  const task = await parts.registry.get(request.task);
  const input = checkInput(task, request.input);
  const options = parseOptions(task, request.options ?? {}, request.optionsFolder);
  const data = withDataOptions(task, options, parts.data);
  const context = prepareContext(parts, task, { options, data, warn: () => {} });
  const prepared = (await task.prepare?.(context)) ?? null;
  const id = request.id ?? newJobId();
  const queue = request.queue ?? task.queue ?? 'default';
  const priority = choosePriority(parts, { task, queue, asked: request.priority });
  const job = {
    id,
    task: task.name,
    attempts: task.attempts ?? DEFAULT_ATTEMPTS,
    priority: queuePriority(priority, Date.now() + (request.delayMs ?? 0)),
    delayMs: request.delayMs,
    unique: uniqueJob(task, input, options),
    data: {
      kind: 'job' as const,
      input: request.input,
      options,
      prepared,
      requestId: request.requestId ?? id,
      ...(request.expiresAtMs === undefined ? {} : { expiresAtMs: request.expiresAtMs }),
    },
  };
  return { queue, job };
}

/** What {@link enqueueJob} refuses at once. Returns the queue that the job would be in. @throws {InputError} @throws {NotFoundError} */
export async function checkJob(
  { registry }: Pick<BatchParts, 'registry'>,
  job: Pick<JobRequest, 'task' | 'input' | 'options' | 'optionsFolder' | 'queue'>,
): Promise<string> {
  const task = await registry.get(job.task);
  checkInput(task, job.input);
  parseOptions(task, job.options ?? {}, job.optionsFolder);
  return job.queue ?? task.queue ?? 'default';
}

/** Without `by`, jobs are equal when their whole input and their options are. */
function uniqueJob(
  task: AnyTask,
  input: Record<string, unknown>,
  options: Record<string, unknown>,
): UniqueJob | undefined {
  const { unique } = task;
  if (unique === undefined) return undefined;
  const { by, forMs, latestWins = false } = unique;
  const what = by === undefined ? [input, options] : by.map((field) => [field, input[field]]);
  return { key: contentHash([task.name, what]), forMs, latestWins };
}

/** Returns it as the task will see it. */
function checkInput(task: AnyTask, input: Record<string, unknown>): Record<string, unknown> {
  const parsed = task.input.safeParse(input);
  if (parsed.success) return parsed.data as Record<string, unknown>;
  const issue = parsed.error.issues[0]!;
  const field = issue.path.join('.');
  throw new InputError(`${field || 'The input'} of task ${task.name} cannot be used: ${issue.message}`, {
    code: 'INPUT_INVALID',
    hint: `jobs task show ${task.name}; numbers are written name:=3`,
    details: { field, found: input[field] ?? null },
  });
}
