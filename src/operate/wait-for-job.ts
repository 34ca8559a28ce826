/** Waits for the end of a job, of a batch or not. */
import { pause, type WaitOptions } from '../core/deadline.js';
import { type FoundJob, findJob, type JobPlaces } from './find-job.js';

export interface JobEnd {
  task: string;
  queue: string;
  /** `completed`, `failed` or `cancelled`; anything else when the wait was cut short. */
  state: string;
  /** What a completed job returned. */
  result: unknown;
  /** Why it failed or was cancelled. */
  reason: string | null;
}

const POLL_MS = 200;

/** @throws {NotFoundError} when there is no such job, or no longer */
export async function waitForJob(
  places: JobPlaces,
  job: { id: string; queue?: string | undefined },
  options: WaitOptions,
): Promise<JobEnd> {
  for (;;) {
    const found = await findJob(places, job.id, job.queue);
    const late = options.deadlineMs !== undefined && Date.now() >= options.deadlineMs;
    if (hasEnded(found) || late || options.signal?.aborted === true) return toEnd(found);
    await pause(POLL_MS, options);
  }
}

export function hasEnded({ state }: Pick<FoundJob, 'state'>): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled';
}

function toEnd(found: FoundJob): JobEnd {
  const { task, queue, state, row, job } = found;
  return {
    task,
    queue,
    state,
    result: state === 'completed' ? (row === undefined ? (job?.value ?? null) : row.result) : null,
    reason: state === 'failed' || state === 'cancelled' ? whyEnded(found) : null,
  };
}

/** Null when it completed. */
export function whyEnded({ row, job, trace }: FoundJob): string | null {
  return (
    row?.reason ?? trace.cancellation?.reason ?? job?.failedReason ?? trace.deadLetter?.error.message ?? null
  );
}
