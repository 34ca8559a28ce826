/** What becomes of a job, told to BullMQ in the way it wants to hear it. */
import type { Job } from 'bullmq';
import type { DeliveredJob, Outcome } from './consumer.js';
import { type JobData, markUnbegun } from './job.js';
import type { BullMq } from './libraries.js';

/** Thrown for a job that is tried again; `delayMs` is read by the worker's backoff strategy. */
export class RetryError extends Error {
  constructor(
    message: string,
    readonly delayMs: number,
  ) {
    super(message);
  }
}

/** Returns the value of a job that is done; anything else is thrown, as BullMQ has it. */
export async function settle(
  { bull, holdQueue }: { bull: BullMq; holdQueue: (ms: number) => Promise<void> },
  job: Job,
  token: string | undefined,
  outcome: Outcome,
): Promise<unknown> {
  switch (outcome.kind) {
    case 'done':
      return outcome.value ?? null;
    case 'deferred':
      if (outcome.turns !== undefined || outcome.isUnbegun === true) {
        const data = job.data as JobData;
        const marked = outcome.isUnbegun === true ? markUnbegun(data, job.attemptsStarted) : data;
        await job.updateData({ ...marked, turns: outcome.turns }).catch(() => {});
      }
      if (outcome.holdQueue === true) await holdQueue(outcome.delayMs).catch(() => {});
      // When the backend does not answer, the job is left to its lease: it comes back when that ends.
      await job.moveToDelayed(Date.now() + outcome.delayMs, token).catch(() => {});
      throw new bull.DelayedError();
    case 'cancelled':
      job.opts.removeOnFail = true;
      throw new bull.UnrecoverableError(outcome.reason);
    case 'handed-back':
      await job.moveToWait(token).catch(() => {});
      throw new bull.WaitingError();
    case 'failed':
      if (outcome.retryDelayMs === undefined) throw new bull.UnrecoverableError(outcome.error.message);
      // BullMQ asks `backoffStrategy` only of a job that names a type it does not know.
      job.opts.backoff = { type: 'task' };
      throw new RetryError(outcome.error.message, outcome.retryDelayMs);
  }
}

export function toDelivered(job: Job, queue: string): DeliveredJob {
  return {
    id: job.id!,
    queue,
    task: job.name,
    data: job.data as JobData,
    starts: job.attemptsStarted,
    attemptsMade: job.attemptsMade,
    leasesLost: job.stalledCounter,
    maxAttempts: job.opts.attempts ?? 1,
    sinceMs: job.timestamp + (job.opts.delay ?? 0),
    progress: (value) => job.updateProgress(value),
    childValues: () => job.getChildrenValues().then(byJobId),
  };
}

/** BullMQ names children by their keys, whose last part is the id. */
function byJobId(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key.slice(key.lastIndexOf(':') + 1), value]),
  );
}
