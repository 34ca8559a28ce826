import { expect, it } from 'vitest';
import { attemptsToCome } from '../../src/operate/retry-times.js';

const NOON = Date.parse('2027-06-01T12:00:00.000Z');
const clock = (time: string) => time.slice(11, 19);

it('tells when each attempt to come would begin, the jitter counted both ways', () => {
  const backoff = { type: 'exponential', delayMs: 60_000, maxDelayMs: 180_000, jitter: 0.5 } as const;
  const retries = attemptsToCome({ backoff }, { attemptsMade: 0, maxAttempts: 4, nextAtMs: NOON });
  expect(
    retries.map((one) => [
      one.attempt,
      one.leastWaitMs,
      one.mostWaitMs,
      clock(one.earliestAt),
      clock(one.latestAt),
    ]),
  ).toEqual([
    [2, 30_000, 60_000, '12:00:30', '12:01:00'],
    [3, 60_000, 120_000, '12:01:30', '12:03:00'],
    [4, 90_000, 180_000, '12:03:00', '12:06:00'],
  ]);
});

it('leaves out what has been tried, and is empty for the last attempt', () => {
  const backoff = { type: 'fixed', delayMs: 1_000 } as const;
  const after = (attemptsMade: number) =>
    attemptsToCome({ backoff }, { attemptsMade, maxAttempts: 3, nextAtMs: NOON }).map(
      ({ attempt }) => attempt,
    );
  expect(after(0)).toEqual([2, 3]);
  expect(after(1)).toEqual([3]);
  expect(after(2)).toEqual([]);
});

it('tells of no retry after the time that the task allows', () => {
  const backoff = { type: 'fixed', delayMs: 60_000, jitter: 0.5 } as const;
  const retries = attemptsToCome(
    { backoff },
    { attemptsMade: 0, maxAttempts: 9, nextAtMs: NOON, untilMs: NOON + 65_000 },
  );
  expect(retries.map((one) => [one.attempt, clock(one.earliestAt), clock(one.latestAt)])).toEqual([
    [2, '12:00:30', '12:01:00'],
    [3, '12:01:00', '12:01:05'],
  ]);
});
