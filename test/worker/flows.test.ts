/** Jobs that a job adds: what follows what, when a member fails, is replayed, is cancelled. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import type { Worker } from '../../src/worker/worker.js';
import { until } from '../faults/journal.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { newProject } from '../helpers/project.js';

const PARENT = `
import { defineTask } from 'sluice';
import { z } from 'zod';
const step = (n, more = {}) => ({ task: 'step', input: { n, ...more } });
export default defineTask({
  name: 'parent', version: 1, title: 'Adds jobs', queue: 'parents', attempts: 3, backoff: { type: 'fixed', delayMs: 10 },
  isolation: 'inline',
  input: z.object({ kind: z.string(), fails: z.number().optional(), mark: z.string().default('') }),
  async run(ctx, { kind, fails, mark }) {
    const members = [1, 2, 3].map((n) => step(n, { mark, ...(n === fails ? { how: 'fails' } : {}) }));
    if (kind === 'enqueue') return { last: await ctx.enqueue('step', { n: 7, mark }) };
    if (kind === 'chain') return { last: await ctx.chain(members) };
    if (kind === 'group') return { all: await ctx.group(members) };
    if (kind === 'waits') return { last: await ctx.chain([step(1, { mark, how: 'waits' }), step(2, { mark })]) };
    if (kind === 'again') { const last = await ctx.chain(members); if (ctx.attempt < 3) throw new Error('after adding'); return { last }; }
    return { last: await ctx.chord(members, { task: 'step', input: { n: 9, mark }, queue: 'ends' }) };
  },
});
`;

const STEP = `
import { existsSync } from 'node:fs';
import { defineTask, FinalError } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'step', version: 1, title: 'A step', queue: 'steps', attempts: 1,
  input: z.object({ n: z.number(), how: z.string().optional(), mark: z.string().default('') }),
  async run(ctx, { n, how }) {
    if (how === 'fails') throw new FinalError('step ' + n + ' cannot');
    if (how === 'waits') await new Promise((_, stop) => ctx.signal.addEventListener('abort', () => stop(ctx.signal.reason)));
    return { n, previous: ctx.previous, request: ctx.requestId };
  },
});
`;

const THREADED = PARENT.replace("name: 'parent'", "name: 'threaded'").replace(
  "isolation: 'inline'",
  "isolation: 'thread'",
);

describeOnEachBackend('jobs of a job', (backend) => {
  let toolkit: Toolkit;
  let worker: Worker;
  beforeAll(async () => {
    toolkit = await newProject(backend, { parent: PARENT, threaded: THREADED, step: STEP }).open();
    worker = await toolkit.startWorker({
      queues: [{ name: 'parents' }, { name: 'steps' }, { name: 'ends' }],
    });
  });
  afterAll(async () => {
    await worker?.stop(0);
    await toolkit?.close();
  });

  const wait = (id: string) => toolkit.jobs.wait(id, { deadlineMs: Date.now() + 30_000 });
  const start = async (input: Record<string, unknown>, task = 'parent') => {
    const { id } = await toolkit.enqueue({ task, input });
    const end = await wait(id);
    expect(end).toMatchObject({ state: 'completed' });
    return { id, result: end.result as { last: { id: string; queue: string }; all: { id: string }[] } };
  };

  it.each(['parent', 'threaded'])('a chain of %s hands on what each returned', async (task) => {
    const { id, result } = await start({ kind: 'chain' }, task);
    const end = await wait(result.last.id);
    expect(end).toMatchObject({
      state: 'completed',
      result: { n: 3, request: id, previous: { n: 2, previous: { n: 1, previous: null } } },
    });
  });

  it('a group runs side by side, and one that fails hurts no other', async () => {
    const { result } = await start({ kind: 'group', fails: 2 });
    const ends = await Promise.all(result.all.map((member) => wait(member.id)));
    expect(ends.map(({ state }) => state)).toEqual(['completed', 'failed', 'completed']);
  });

  it('a chord gives what its members returned, in their order, to what comes after', async () => {
    const { result } = await start({ kind: 'chord' });
    expect(result.last.queue).toBe('ends');
    expect(await wait(result.last.id)).toMatchObject({
      state: 'completed',
      result: { n: 9, previous: [{ n: 1 }, { n: 2 }, { n: 3 }] },
    });
  });

  it.each([
    'chain',
    'chord',
  ])('a %s waits for a member that failed, says so, and goes on when it is replayed', async (kind) => {
    const { id, result } = await start({ kind, fails: 2 });
    const failed = `${id}.1.2`;
    expect(await wait(failed)).toMatchObject({ state: 'failed' });
    const why = await toolkit.jobs.why(result.last.id);
    expect(why).toMatchObject({ state: 'waiting-children', couldRunNow: false });
    if (kind === 'chord') expect(JSON.stringify(why.reasons)).toContain(failed);
    const replayed = await toolkit.deadLetters.replay(
      { ids: [failed] },
      { changes: { kind: 'patch', values: { how: 'works' } } },
    );
    expect(replayed).toMatchObject({ replayed: 1 });
    expect(await wait(result.last.id)).toMatchObject({ state: 'completed' });
  });

  it('a chain whose member is cancelled is cancelled from there', async () => {
    const { id, result } = await start({ kind: 'waits' });
    const first = `${id}.1.1`;
    await until(
      'the first runs',
      async () => (await toolkit.queues.find('steps', first))?.state === 'active',
    );
    await toolkit.jobs.cancel(first, { reason: 'not needed' });
    await until('nothing of it is left', async () => {
      const states = await Promise.all(
        [first, result.last.id].map((job) => toolkit.queues.find('steps', job)),
      );
      return states.every((state) => state === undefined);
    });
  });

  it('an attempt that is run again adds the same jobs, not others', async () => {
    const { id, result } = await start({ kind: 'again' });
    expect(result.last.id).toBe(`${id}.1.3`);
    expect(await wait(result.last.id)).toMatchObject({ state: 'completed', result: { n: 3 } });
    const { rows } = await toolkit.db.query(
      'select job_id from sluice.job_link where of_job = $1 order by 1',
      [id],
    );
    expect(rows.map((row) => (row as { job_id: string }).job_id)).toEqual([
      `${id}.1.1`,
      `${id}.1.2`,
      `${id}.1.3`,
    ]);
  });
});
