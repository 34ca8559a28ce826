/** Which of BullMQ's errors are worth telling. It reports a server that went away once for every command. */
import { isConnectionError } from '../database/postgres/connection-errors.js';

const OF_REDIS = /Connection is closed|Stream isn't writeable|Command timed out|^LOADING |Socket closed/i;
const OF_A_LEASE =
  /Missing lock for job|Lock mismatch|could not renew lock|is not in the active state|Missing key for job/i;

export function isOfConnection(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === 'DATABASE_LOST' || code === 'DATABASE_UNREACHABLE') return true;
  return isConnectionError(error) || OF_REDIS.test(String(message));
}

/** Redis answers and will not write: its memory or its disk is full, or it is a replica. */
export function refusesToWrite(error: unknown): boolean {
  return /^(?:OOM|MISCONF|READONLY|NOREPLICAS) /.test(String((error as { message?: unknown }).message));
}

/** What to tell of an error; undefined when whoever owns the connection has told it. */
export function describeTrouble(queue: string, error: Error): string | undefined {
  if (isOfConnection(error)) return undefined;
  if (OF_A_LEASE.test(error.message)) {
    return `queue ${queue}: a lease ran out before its job had ended; such a job may run a second time, and the ledger shows it`;
  }
  return `queue ${queue}: ${error.message}`;
}
