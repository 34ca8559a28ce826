/** The wait before the next attempt: pure arithmetic, so that what is shown is what happens. */

export interface Backoff {
  type: 'fixed' | 'exponential';
  delayMs: number;
  /** No wait is longer, jitter included. */
  maxDelayMs?: number;
  /** 0 to 1: the share of the wait that is random, taken off the top. 0 = none. */
  jitter?: number;
}

/** Runs of a job before it is given up, when its task says nothing. */
export const DEFAULT_ATTEMPTS = 3;

export const DEFAULT_BACKOFF: Backoff = {
  type: 'exponential',
  delayMs: 1000,
  maxDelayMs: 60_000,
  jitter: 0.5,
};

/**
 * Milliseconds to wait after `failedAttempts` attempts (1 or more) have failed.
 * `random` is in [0, 1): 0 gives the longest wait, values near 1 the shortest, `delay * (1 - jitter)`.
 */
export function backoffDelayMs(backoff: Backoff, failedAttempts: number, random: number): number {
  const base =
    backoff.type === 'fixed' ? backoff.delayMs : backoff.delayMs * 2 ** Math.min(failedAttempts - 1, 30);
  const capped = Math.min(base, backoff.maxDelayMs ?? Number.MAX_SAFE_INTEGER);
  return Math.round(capped * (1 - (backoff.jitter ?? 0) * random));
}
