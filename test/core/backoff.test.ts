import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelayMs } from '../../src/core/backoff.js';

describe('backoff', () => {
  it('doubles from the first delay up to its ceiling', () => {
    const backoff = { type: 'exponential', delayMs: 1000, maxDelayMs: 5000 } as const;
    expect([1, 2, 3, 4, 50].map((failed) => backoffDelayMs(backoff, failed, 0))).toEqual([
      1000, 2000, 4000, 5000, 5000,
    ]);
  });

  it('stays the same when fixed', () => {
    expect([1, 2, 9].map((failed) => backoffDelayMs({ type: 'fixed', delayMs: 700 }, failed, 0))).toEqual([
      700, 700, 700,
    ]);
  });

  it('takes jitter off the top: never longer than without it, never shorter than its share allows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failed, random, jitter) => {
          const plain = backoffDelayMs({ type: 'exponential', delayMs: 100, maxDelayMs: 60_000 }, failed, 0);
          const delay = backoffDelayMs(
            { type: 'exponential', delayMs: 100, maxDelayMs: 60_000, jitter },
            failed,
            random,
          );
          expect(delay).toBeLessThanOrEqual(plain);
          expect(delay).toBeGreaterThanOrEqual(Math.floor(plain * (1 - jitter)));
        },
      ),
    );
  });
});
