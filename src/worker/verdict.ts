/** What follows a failed attempt: by the task's table of errors, its backoff and its deadlines. */
import { backoffDelayMs, DEFAULT_BACKOFF } from '../core/backoff.js';
import type { AnyTask, ErrorVerdict } from '../core/task.js';
import type { Failure } from './failure.js';

/** A job that is told to come back, again and again, is given up after this; tasks set their own by `retryForMs`. */
export const WAIT_FOR_MS = 86_400_000;

export interface TriedJob {
  attemptsMade: number;
  maxAttempts: number;
  /** When it could first run. */
  sinceMs: number;
}

export type Verdict =
  | { kind: 'retry'; delayMs: number }
  | { kind: 'final' }
  /** Comes again without using up an attempt; with `holdQueue` nobody asks that server meanwhile. */
  | { kind: 'wait'; delayMs: number; holdQueue: boolean }
  | { kind: 'pause-queue' };

export function verdictOf(
  failure: Failure,
  job: TriedJob,
  task: AnyTask | undefined,
  { nowMs, random }: { nowMs: number; random: number },
): Verdict {
  const asked = askedVerdict(failure, task);
  const backoffMs = backoffDelayMs(task?.backoff ?? DEFAULT_BACKOFF, job.attemptsMade + 1, random);
  const deadlineMs = job.sinceMs + (task?.retryForMs ?? Number.POSITIVE_INFINITY);
  if (asked === 'final') return { kind: 'final' };
  if (asked === 'pause-queue') return { kind: 'pause-queue' };
  if (asked === 'retry-after') {
    const delayMs = failure.busy?.delayMs ?? backoffMs;
    const waitUntilMs = Math.min(deadlineMs, job.sinceMs + (task?.retryForMs ?? WAIT_FOR_MS));
    if (nowMs + delayMs <= waitUntilMs) {
      return { kind: 'wait', delayMs, holdQueue: failure.busy?.status === 429 };
    }
  }
  if (job.attemptsMade + 1 >= job.maxAttempts || nowMs + backoffMs > deadlineMs) return { kind: 'final' };
  return { kind: 'retry', delayMs: backoffMs };
}

function askedVerdict({ error, kindName, final, busy }: Failure, task: AnyTask | undefined): ErrorVerdict {
  const listed = task?.errors?.[error.code] ?? task?.errors?.[kindName];
  if (listed !== undefined) return listed;
  if (final) return 'final';
  return busy === undefined ? 'retry' : 'retry-after';
}
