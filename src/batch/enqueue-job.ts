/** Queues one job that belongs to no batch. */
import { DEFAULT_ATTEMPTS } from '../core/backoff.js';
import { InputError } from '../core/error.js';
import { newJobId } from '../core/id.js';
import type { AnyTask } from '../core/task.js';
import type { BatchParts } from './parts.js';
import { parseOptions } from './request.js';

export interface JobRequest {
  task: string;
  input: Record<string, unknown>;
  options?: Record<string, unknown>;
  /** A job of this id that is in the queue already is left as it is. */
  id?: string | undefined;
  queue?: string | undefined;
  delayMs?: number | undefined;
  expiresAtMs?: number | undefined;
}

/** @throws {InputError} when the input or what the task prepares cannot be used */
export async function enqueueJob(parts: BatchParts, job: JobRequest): Promise<{ id: string; queue: string }> {
  const task = await parts.registry.get(job.task);
  checkInput(task, job.input);
  const options = parseOptions(task, job.options ?? {});
  const log = { info: () => {}, warn: () => {} };
  const prepared = (await task.prepare?.({ options, data: parts.data, log })) ?? null;
  const id = job.id ?? newJobId();
  const queue = job.queue ?? task.queue ?? 'default';
  await parts.queues.add(queue, [
    {
      id,
      task: task.name,
      attempts: task.attempts ?? DEFAULT_ATTEMPTS,
      delayMs: job.delayMs,
      data: {
        kind: 'job',
        input: job.input,
        options,
        prepared,
        requestId: id,
        ...(job.expiresAtMs === undefined ? {} : { expiresAtMs: job.expiresAtMs }),
      },
    },
  ]);
  return { id, queue };
}

function checkInput(task: AnyTask, input: Record<string, unknown>): void {
  const parsed = task.input.safeParse(input);
  if (parsed.success) return;
  const issue = parsed.error.issues[0]!;
  const field = issue.path.join('.');
  throw new InputError(`${field || 'The input'} of task ${task.name} cannot be used: ${issue.message}`, {
    code: 'INPUT_INVALID',
    hint: `jobs task show ${task.name}; numbers are written name:=3`,
    details: { field, found: input[field] ?? null },
  });
}
