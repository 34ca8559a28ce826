/** A run that takes too long: told to stop, ended, or given up; its worker goes on. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import { TimeLimitError } from '../../src/worker/time-limit-error.js';
import { TimeLimits } from '../../src/worker/time-limits.js';
import type { Worker } from '../../src/worker/worker.js';
import { describeOnBackend } from '../helpers/backends.js';
import { newestLetters, newProject } from '../helpers/project.js';

const slow = (name: string, isolation: string, timeLimit: string) => `
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: '${name}', version: 1, title: 'Takes its time', attempts: 1, isolation: '${isolation}', timeLimit: ${timeLimit},
  input: z.object({ how: z.string() }),
  async run(ctx, { how }) {
    if (how === 'spins') for (;;);
    if (how === 'obeys') {
      const reason = await new Promise((stopped) => ctx.signal.addEventListener('abort', () => stopped(ctx.signal.reason)));
      return { stopped: reason.name, why: reason.message };
    }
    if (how === 'beats') for (let n = 0; n < 8; n++) { ctx.heartbeat(); await new Promise((next) => setTimeout(next, 100)); }
    if (how === 'hangs') await new Promise(() => {});
    return { how };
  },
});
`;

const TASKS = {
  thread: slow('in-thread', 'thread', '{ softMs: 300, hardMs: 900 }'),
  process: slow('in-process', 'process', '{ softMs: 300, hardMs: 900 }'),
  inline: slow('in-line', 'inline', '{ softMs: 100, hardMs: 400 }'),
  silent: slow('silent', 'thread', '{ silentMs: 400 }'),
};
const DEADLINE_MS = 60_000;
/** Each isolate loads the sources anew: seconds, on a busy machine. */
const SLOW = { timeout: 120_000 };

describeOnBackend('pglite', 'a time limit', (backend) => {
  let toolkit: Toolkit;
  let worker: Worker;
  beforeAll(async () => {
    toolkit = await newProject(backend, TASKS).open();
    worker = await toolkit.startWorker({ concurrency: 4 });
  });
  afterAll(async () => {
    await worker?.stop(0);
    await toolkit?.close();
  });

  const run = async (task: string, how: string) => {
    const job = await toolkit.enqueue({ task, input: { how } });
    return toolkit.jobs.wait(job.id, { deadlineMs: Date.now() + DEADLINE_MS });
  };

  it.each(['in-thread', 'in-process', 'in-line'])(
    'lets a task end well when its soft limit comes, %s',
    SLOW,
    async (task) => {
      expect(await run(task, 'obeys')).toMatchObject({
        state: 'completed',
        result: {
          stopped: 'TimeLimitError',
          why: expect.stringMatching(/^the soft time limit of .* passed$/),
        },
      });
    },
  );

  it.each(['in-thread', 'in-process'])(
    'ends a loop that never yields, %s, and the next job runs',
    SLOW,
    async (task) => {
      const begunAt = Date.now();
      expect(await run(task, 'spins')).toMatchObject({ state: 'failed' });
      expect(Date.now() - begunAt).toBeLessThan(DEADLINE_MS);
      const [letter] = await newestLetters(toolkit);
      expect(letter).toMatchObject({
        code: 'timed-out',
        message: 'it ran longer than its limit of 900 ms',
        attempts: 1,
      });
      expect(await run(task, 'nothing')).toMatchObject({ state: 'completed', result: { how: 'nothing' } });
    },
  );

  it('gives an inline run up, and says that it cannot end it', async () => {
    expect(await run('in-line', 'hangs')).toMatchObject({ state: 'failed' });
    const [letter] = await newestLetters(toolkit);
    expect(letter).toMatchObject({ task: 'in-line', code: 'timed-out' });
    expect(await run('in-line', 'nothing')).toMatchObject({ state: 'completed' });
  });

  it('ends what is silent, and not what says that it goes on', SLOW, async () => {
    expect(await run('silent', 'beats')).toMatchObject({ state: 'completed' });
    expect(await run('silent', 'hangs')).toMatchObject({ state: 'failed' });
    const [letter] = await newestLetters(toolkit);
    expect(letter).toMatchObject({
      code: 'timed-out',
      message: 'no heartbeat and no progress came for 400 ms',
    });
  });
});

describe('the timers of an attempt', () => {
  it('are gone when it has ended', async () => {
    const fired: Error[] = [];
    const actions = {
      onSoft: (reason: Error) => fired.push(reason),
      onHard: (reason: Error) => fired.push(reason),
    };
    const limits = new TimeLimits({ softMs: 1, hardMs: 5, silentMs: 3 }, actions);
    limits.clear();
    await new Promise((later) => setTimeout(later, 30));
    expect(fired).toEqual([]);
    new TimeLimits({ hardMs: 1 }, actions);
    await new Promise((later) => setTimeout(later, 30));
    expect(fired).toEqual([new TimeLimitError('it ran longer than its limit of 1 ms')]);
  });
});
