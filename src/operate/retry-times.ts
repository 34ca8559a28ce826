/** When a job's attempts that are still to come would begin, from its task's backoff: pure arithmetic. */
import { backoffDelayMs, DEFAULT_BACKOFF } from '../core/backoff.js';
import type { AnyTask } from '../core/task.js';

export interface AttemptToCome {
  /** 2 for the first retry. */
  attempt: number;
  /** The wait before it, once the attempt before has failed; the two differ by the backoff's jitter. */
  leastWaitMs: number;
  mostWaitMs: number;
  /** ISO times, if every attempt from now on fails at once. */
  earliestAt: string;
  latestAt: string;
}

export interface RetryFacts {
  attemptsMade: number;
  maxAttempts: number;
  /** The next attempt begins then (epoch ms): now, or when the wait that has begun is over. */
  nextAtMs: number;
  /** No retry begins later (epoch ms). */
  untilMs?: number | undefined;
}

/** The attempt that is about to begin, or runs, is none of them. Empty when that is the last one. */
export function attemptsToCome(task: Pick<AnyTask, 'backoff'>, job: RetryFacts): AttemptToCome[] {
  const backoff = task.backoff ?? DEFAULT_BACKOFF;
  const until = job.untilMs ?? Number.POSITIVE_INFINITY;
  const retries: AttemptToCome[] = [];
  let [earliest, latest] = [job.nextAtMs, job.nextAtMs];
  for (let failed = job.attemptsMade + 1; failed < job.maxAttempts; failed++) {
    const leastWaitMs = backoffDelayMs(backoff, failed, 1);
    const mostWaitMs = backoffDelayMs(backoff, failed, 0);
    [earliest, latest] = [earliest + leastWaitMs, latest + mostWaitMs];
    if (earliest > until) break;
    retries.push({
      attempt: failed + 1,
      leastWaitMs,
      mostWaitMs,
      earliestAt: new Date(earliest).toISOString(),
      latestAt: new Date(Math.min(latest, until)).toISOString(),
    });
  }
  return retries;
}
