/** Waiting out a ledger that went away, where a second try does no harm. */
import { setTimeout as wait } from 'node:timers/promises';
import { BackendError } from '../core/error.js';

const DEADLINE_MS = 120_000;
const RETRY_MS = 250;

/** The ledger's connection was lost or cannot be had: a fault of nobody's work, and nothing that it did. */
export function isLedgerAway(error: unknown): boolean {
  return (
    error instanceof BackendError && (error.code === 'DATABASE_LOST' || error.code === 'DATABASE_UNREACHABLE')
  );
}

/**
 * Does `work` again while its connection is lost under it, for at most two minutes. Only for reads, and for writes that
 * change nothing the second time.
 */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isLedgerAway(error) || Date.now() > deadline) throw error;
      await wait(RETRY_MS);
    }
  }
}
