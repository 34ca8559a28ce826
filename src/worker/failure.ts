/** What a thrown value says about an attempt. */
import { FinalError, toErrorRecord } from '../core/error.js';
import { toJsonValue } from '../core/json-value.js';
import { busyAnswer } from '../core/retry-after.js';
import type { AttemptOutcome } from './isolate-messages.js';
import { RetryAfter } from './run-task.js';

export type Failure = Omit<Extract<AttemptOutcome, { kind: 'failed' }>, 'kind'>;

/** What was thrown, as an outcome that can be sent between threads and processes. */
export function attemptOutcome(thrown: unknown): AttemptOutcome {
  if (thrown instanceof RetryAfter) {
    const { delayMs, message, turns } = thrown;
    return { kind: 'retry-after', delayMs, reason: message, ...(turns === undefined ? {} : { turns }) };
  }
  return { kind: 'failed', ...describeFailure(thrown) };
}

/** A FinalError may carry what was found before it gave up, as `details.result`. */
export function describeFailure(error: unknown): Failure {
  const busy = busyAnswer(error, Date.now());
  return {
    error: toErrorRecord(error),
    kindName: error instanceof Error ? error.name : 'Error',
    final: error instanceof Error && error.name === FinalError.name,
    result: resultOf(error),
    ...(busy === undefined ? {} : { busy }),
  };
}

function resultOf(error: unknown): Record<string, unknown> | null {
  const result = error instanceof FinalError ? error.details.result : undefined;
  if (typeof result !== 'object' || result === null) return null;
  try {
    return toJsonValue(result) as Record<string, unknown>;
  } catch {
    return null;
  }
}
