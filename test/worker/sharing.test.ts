/** What jobs on different workers share: locks, limits, and the wish of an operator to stop one. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listJobAttempts } from '../../src/ledger/job-attempts.js';
import type { Toolkit } from '../../src/toolkit.js';
import { until } from '../faults/journal.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { newestLetters, newProject } from '../helpers/project.js';

const LOCKED = `
import { appendFileSync } from 'node:fs';
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'locked', version: 1, title: 'One at a time', queue: 'locked', attempts: 1, isolation: 'ISOLATION',
  input: z.object({ file: z.string() }),
  run: (ctx, { file }) => ctx.lock('well', async () => {
    appendFileSync(file, 'in ' + ctx.job.id + '\\n');
    await new Promise((next) => setTimeout(next, 150));
    appendFileSync(file, 'out ' + ctx.job.id + '\\n');
    return { attempt: ctx.attempt };
  }),
});
`;

const LIMITED = `
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'limited', version: 1, title: 'Asks a provider', queue: 'limited', attempts: 1,
  input: z.object({ key: z.string() }),
  async run(ctx, { key }) { await ctx.limit(key); return { at: Date.now(), attempt: ctx.attempt }; },
});
`;

const PACED = `
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'paced', version: 1, title: 'At a pace', queue: 'paced', attempts: 1, rateLimit: '5/s',
  input: z.object({}),
  run: (ctx) => ({ at: Date.now(), attempt: ctx.attempt }),
});
`;

const LONG = `
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'NAME', version: 1, title: 'Runs until it is stopped', queue: 'long', attempts: 3, isolation: 'ISOLATION',
  input: z.object({ how: z.string() }),
  async run(ctx, { how }) {
    if (how === 'spins') for (;;);
    await new Promise((_, stop) => ctx.signal.addEventListener('abort', () => stop(ctx.signal.reason)));
  },
});
`;
const TASKS = {
  locked: LOCKED.replace('ISOLATION', 'inline'),
  'locked-apart': LOCKED.replace('ISOLATION', 'thread').replace("'locked'", "'locked-apart'"),
  limited: LIMITED,
  paced: PACED,
  long: LONG.replace('NAME', 'long').replace('ISOLATION', 'inline'),
  'long-apart': LONG.replace('NAME', 'long-apart').replace('ISOLATION', 'process'),
};

/** A thread loads the sources anew: seconds, on a busy machine. */
const SLOW = { timeout: 120_000 };

describeOnEachBackend('jobs of two workers', (backend) => {
  let toolkit: Toolkit;
  let stopAll: () => Promise<void>;
  const project = newProject(backend, TASKS);
  beforeAll(async () => {
    project.write('jobs.config.json', JSON.stringify({ limits: { provider: '5/s' } }));
    toolkit = await project.open();
    const workers = [
      await toolkit.startWorker({ concurrency: 4 }),
      await toolkit.startWorker({ concurrency: 4 }),
    ];
    stopAll = async () => {
      await Promise.all(workers.map((worker) => worker.stop(0)));
    };
  });
  afterAll(async () => {
    await stopAll?.();
    await toolkit?.close();
  });

  const results = async (ids: string[]) =>
    Promise.all(
      ids.map(async (id) => {
        const { state, result } = await toolkit.jobs.wait(id, { deadlineMs: Date.now() + 60_000 });
        return { state, ...(result as { at: number; attempt: number }) };
      }),
    );
  const enqueue = async (task: string, input: Record<string, unknown>, times: number) => {
    const ids = [];
    for (let n = 0; n < times; n++) ids.push((await toolkit.enqueue({ task, input })).id);
    return ids;
  };

  // What a thread asks for goes the same way on every backend.
  const holders = backend.name === 'pglite' ? ['locked', 'locked-apart'] : ['locked'];
  it.each(holders)('hold a lock one after another, without using up attempts: %s', SLOW, async (task) => {
    const file = project.write(`${task}.txt`, '');
    const ends = await results(await enqueue(task, { file }, 5));
    expect(ends.map(({ state, attempt }) => [state, attempt])).toEqual(ends.map(() => ['completed', 1]));
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(10);
    for (let n = 0; n < lines.length; n += 2) expect(lines[n + 1]).toBe(lines[n]!.replace('in', 'out'));
    const { rows } = await toolkit.db.query('select * from sluice.lock');
    expect(rows).toEqual([]);
  });

  it.each([
    ['limited', { key: 'provider' }],
    ['paced', {}],
  ])('keep a shared rate, without using up attempts: %s', async (task, input) => {
    const ends = await results(await enqueue(task, input, 16));
    expect(ends.map(({ state, attempt }) => [state, attempt])).toEqual(ends.map(() => ['completed', 1]));
    const times = ends.map(({ at }) => at).sort((a, b) => a - b);
    // 5/s, and what is documented beyond: a tenth ahead, and one.
    for (const [n, from] of times.entries()) {
      expect(times.slice(n).filter((at) => at < from + 990).length).toBeLessThanOrEqual(7);
    }
  });

  it('name a limit that nobody has written down', async () => {
    const [id] = await enqueue('limited', { key: 'nobody' }, 1);
    expect(await results([id!])).toMatchObject([{ state: 'failed' }]);
    const [letter] = await newestLetters(toolkit);
    expect(letter!.message).toBe('there is no limit named "nobody"');
  });

  it.each([
    ['long', 'waits'],
    ['long-apart', 'spins'],
  ])('stop within two seconds when they are cancelled: %s that %s', SLOW, async (task, how) => {
    const [id] = await enqueue(task, { how }, 1);
    await until('it runs', async () => (await toolkit.queues.find('long', id!))?.state === 'active');
    const askedAt = Date.now();
    await toolkit.jobs.cancel(id!, { reason: 'wrong sheet' });
    await until(
      'it has left the queue',
      async () => (await toolkit.queues.find('long', id!)) === undefined,
      10_000,
    );
    expect(Date.now() - askedAt).toBeLessThan(10_000);
    const attempts = await listJobAttempts(toolkit.db, id!);
    expect(attempts.at(-1)?.error).toMatchObject({
      code: 'cancelled',
      message: expect.stringContaining('wrong sheet'),
    });
    expect((await newestLetters(toolkit)).map(({ job }) => job)).not.toContain(id);
    expect(await toolkit.jobs.wait(id!, { deadlineMs: Date.now() + 5_000 })).toMatchObject({
      state: 'cancelled',
    });
  });
});
