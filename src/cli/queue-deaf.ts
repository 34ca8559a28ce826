/** A worker that is of no use: jobs wait, and it is given none. */
import { BackendError } from '../core/error.js';
import type { StopReason } from '../worker/worker.js';

export function queueDeaf(
  { queue, message }: StopReason & { kind: 'deaf' },
  details: Record<string, unknown> = {},
): BackendError {
  return new BackendError(message, {
    code: 'QUEUE_DEAF',
    hint: 'type the same command again, and look at the backend: jobs doctor',
    details: { queue, ...details },
  });
}
