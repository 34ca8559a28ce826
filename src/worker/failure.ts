/** What a thrown value says about an attempt. */
import { FinalError, toErrorRecord } from '../core/error.js';
import type { ThreadOutcome } from './thread-messages.js';

export type Failure = Omit<Extract<ThreadOutcome, { kind: 'failed' }>, 'kind'>;

/** A FinalError may carry what was found before it gave up, as `details.result`. */
export function describeFailure(error: unknown): Failure {
  const result = error instanceof FinalError ? error.details['result'] : undefined;
  return {
    error: toErrorRecord(error),
    final: error instanceof Error && error.name === FinalError.name,
    result: typeof result === 'object' && result !== null ? (result as Record<string, unknown>) : null,
  };
}
