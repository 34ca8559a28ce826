import { describe, expect, it } from 'vitest';
import type { AnyTask } from '../../src/core/task.js';
import type { Failure } from '../../src/worker/failure.js';
import { verdictOf } from '../../src/worker/verdict.js';

const NOW = 1_000_000;
const AT = { nowMs: NOW, random: 0 };
const task = (rules: Partial<AnyTask> = {}) =>
  ({ name: 'a', backoff: { type: 'fixed', delayMs: 100 }, ...rules }) as AnyTask;
const failure = (more: Partial<Failure> = {}): Failure => ({
  error: { code: 'E', message: 'no' },
  kindName: 'Error',
  final: false,
  result: null,
  ...more,
});
const job = { attemptsMade: 0, maxAttempts: 3, sinceMs: NOW };

describe('what follows a failure', () => {
  it('is another attempt, while there are any', () => {
    expect(verdictOf(failure(), job, task(), AT)).toEqual({ kind: 'retry', delayMs: 100 });
    expect(verdictOf(failure(), { ...job, attemptsMade: 2 }, task(), AT)).toEqual({ kind: 'final' });
    expect(verdictOf(failure({ final: true }), job, task(), AT)).toEqual({ kind: 'final' });
  });

  it('is what the table says of the code, before the name of the class', () => {
    const errors = { E: 'final', Odd: 'pause-queue', FinalError: 'retry' } as const;
    expect(verdictOf(failure(), job, task({ errors }), AT)).toEqual({ kind: 'final' });
    const odd = failure({ error: { code: 'X', message: '' }, kindName: 'Odd' });
    expect(verdictOf(odd, job, task({ errors }), AT)).toEqual({ kind: 'pause-queue' });
    const final = failure({ error: { code: 'FINAL', message: '' }, kindName: 'FinalError', final: true });
    expect(verdictOf(final, job, task({ errors }), AT)).toEqual({ kind: 'retry', delayMs: 100 });
  });

  it('is a wait that uses up no attempt, when a server says when; nobody asks after a 429', () => {
    const last = { ...job, attemptsMade: 2 };
    const busy = (status: 429 | 503) => failure({ busy: { status, delayMs: 5_000 } });
    expect(verdictOf(busy(429), last, task(), AT)).toEqual({ kind: 'wait', delayMs: 5_000, holdQueue: true });
    expect(verdictOf(busy(503), last, task(), AT)).toEqual({
      kind: 'wait',
      delayMs: 5_000,
      holdQueue: false,
    });
  });

  it('is an attempt used up, when a server goes on saying so for a day, or for the task’s time', () => {
    const busy = failure({ busy: { status: 503, delayMs: 5_000 } });
    const dayOld = { ...job, sinceMs: NOW - 86_400_000 };
    expect(verdictOf(busy, dayOld, task(), AT)).toEqual({ kind: 'retry', delayMs: 100 });
    expect(verdictOf(busy, job, task({ retryForMs: 4_000 }), AT)).toEqual({ kind: 'retry', delayMs: 100 });
  });

  it('is the end, when the next attempt would begin after the task’s time', () => {
    const late = { ...job, sinceMs: NOW - 950 };
    expect(verdictOf(failure(), late, task({ retryForMs: 1_000 }), AT)).toEqual({ kind: 'final' });
    expect(verdictOf(failure(), late, task({ retryForMs: 2_000 }), AT)).toEqual({
      kind: 'retry',
      delayMs: 100,
    });
  });
});
