/** What a thrown value says about an attempt. */
import { FinalError, toErrorRecord } from '../core/error.js';
import { toJsonValue } from '../core/json-value.js';
import type { ThreadOutcome } from './thread-messages.js';

export type Failure = Omit<Extract<ThreadOutcome, { kind: 'failed' }>, 'kind'>;

/** A FinalError may carry what was found before it gave up, as `details.result`. */
export function describeFailure(error: unknown): Failure {
  return {
    error: toErrorRecord(error),
    final: error instanceof Error && error.name === FinalError.name,
    result: resultOf(error),
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
