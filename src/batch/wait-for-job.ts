/** Waits for the end of a job that belongs to no batch. */
import { NotFoundError } from '../core/error.js';
import type { Queues } from '../queue/queues.js';
import { pause, type WaitOptions } from './watch.js';

export interface JobEnd {
  /** `completed` or `failed`; anything else when the wait was cut short. */
  state: string;
  result: unknown;
  reason: string | null;
}

const POLL_MS = 200;

/** @throws {NotFoundError} when the job is not, or no longer, in the queue */
export async function waitForJob(
  queues: Queues,
  job: { id: string; queue: string },
  options: WaitOptions,
): Promise<JobEnd> {
  for (;;) {
    const found = await queues.find(job.queue, job.id);
    if (found === undefined) {
      throw new NotFoundError(`There is no job ${job.id} in queue ${job.queue}`, { code: 'JOB_NOT_FOUND' });
    }
    const ended = found.state === 'completed' || found.state === 'failed';
    const late = options.deadlineMs !== undefined && Date.now() >= options.deadlineMs;
    if (ended || late || options.signal?.aborted === true) {
      return {
        state: found.state,
        result: found.state === 'completed' ? (found.value ?? null) : null,
        reason: found.state === 'failed' ? (found.failedReason ?? null) : null,
      };
    }
    await pause(POLL_MS, options);
  }
}
