import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { newProject } from '../helpers/project.js';

const task = (name: string, unique: string, run = '') => `
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: '${name}', version: 1, title: 'A unique job', queue: '${name}', attempts: 1, unique: ${unique},
  input: z.object({ account: z.string(), note: z.string().default('none') }),
  options: z.object({ mode: z.string().default('usual') }),
  async run(ctx, { account, note }) {
    ${run}
    return { account, note };
  },
});
`;

const DEADLINE_MS = 20_000;

describeOnEachBackend('a job of a task whose jobs are unique', (backend) => {
  let toolkit: Toolkit;

  beforeAll(async () => {
    const project = newProject(backend, {
      'while-open': task('while-open', '{}', "if (note === 'fail') throw new Error('it fails');"),
      'by-account': task('by-account', "{ by: ['account'] }"),
      'for-a-while': task('for-a-while', "{ by: ['account'], forMs: 1500 }"),
      latest: task('latest', "{ by: ['account'], latestWins: true }", 'await globalThis.latestGate;'),
    });
    toolkit = await project.open();
  });
  afterAll(() => toolkit?.close());

  const enqueue = (
    name: string,
    input: Record<string, unknown>,
    more: { delayMs?: number; options?: object } = {},
  ) => toolkit.enqueue({ task: name, input, delayMs: more.delayMs, options: { ...more.options } });
  const link = async (job: string): Promise<unknown> => {
    const { rows } = await toolkit.db.query(
      'select kind, of_job, of_queue from sluice.job_link where job_id = $1',
      [job],
    );
    return rows[0];
  };
  const working = async (queue: string, work: () => Promise<void>): Promise<void> => {
    const worker = await toolkit.startWorker({ queues: [{ name: queue, concurrency: 1 }] });
    await work().finally(() => worker.stop(5_000));
  };
  const ended = (job: { id: string; queue: string }) =>
    toolkit.jobs.wait(job.id, { queue: job.queue, deadlineMs: Date.now() + DEADLINE_MS });

  it('is not added while an equal one has not ended; it is told which, and the ledger keeps it', async () => {
    const first = await enqueue('while-open', { account: 'a' });
    expect(first).toMatchObject({ refused: null, replaced: null });
    // The default of a field is part of what is equal.
    const second = await enqueue('while-open', { account: 'a', note: 'none' });
    expect(second).toMatchObject({ id: first.id, replaced: null });
    expect(second.refused).toMatch(/^j_/);
    expect(await link(second.refused!)).toEqual({
      kind: 'duplicate',
      of_job: first.id,
      of_queue: 'while-open',
    });
    expect((await toolkit.queueControl.show('while-open')).prioritized).toBe(1);
  });

  it('is another one when its input or its options differ', async () => {
    const first = await enqueue('while-open', { account: 'x' });
    expect((await enqueue('while-open', { account: 'y' })).refused).toBeNull();
    expect(
      (await enqueue('while-open', { account: 'x' }, { options: { mode: 'other' } })).refused,
    ).toBeNull();
    expect((await enqueue('while-open', { account: 'x' })).id).toBe(first.id);
  });

  it('is added again when the one before has completed, or failed for good', async () => {
    for (const note of ['done', 'fail']) {
      const first = await enqueue('while-open', { account: 'again', note });
      await working('while-open', async () => void (await ended(first)));
      const second = await enqueue('while-open', { account: 'again', note });
      expect(second.refused).toBeNull();
      expect(second.id).not.toBe(first.id);
    }
  });

  it('is equal by the fields that the task names', async () => {
    const first = await enqueue('by-account', { account: 'a', note: 'one' });
    expect((await enqueue('by-account', { account: 'a', note: 'two' })).id).toBe(first.id);
    expect((await enqueue('by-account', { account: 'b', note: 'one' })).refused).toBeNull();
  });

  it('is refused for a time after one was added, also when that one has ended', async () => {
    const first = await enqueue('for-a-while', { account: 'a' });
    const addedAt = Date.now();
    await working('for-a-while', async () => void (await ended(first)));
    expect((await enqueue('for-a-while', { account: 'a' })).id).toBe(first.id);
    expect(Date.now() - addedAt).toBeLessThan(1_500);
    await new Promise((passed) => setTimeout(passed, addedAt + 1_600 - Date.now()));
    expect((await enqueue('for-a-while', { account: 'a' })).refused).toBeNull();
  });

  it.each([
    ['waits', 0],
    ['is delayed', 60_000],
  ])('takes the place of an equal one that %s, where the latest wins', async (how, delayMs) => {
    const account = `latest ${how}`;
    const first = await enqueue('latest', { account, note: 'old' }, { delayMs });
    const second = await enqueue('latest', { account, note: 'new' });
    expect(second).toMatchObject({ refused: null, replaced: first.id });
    expect(second.id).not.toBe(first.id);
    expect(await link(first.id)).toMatchObject({ kind: 'duplicate', of_job: second.id });
    const third = await enqueue('latest', { account, note: 'newest' });
    expect(third.replaced).toBe(second.id);
    expect(await toolkit.queues.find('latest', first.id)).toBeUndefined();
    expect(await toolkit.queues.find('latest', second.id)).toBeUndefined();
    await working('latest', async () => {
      expect(await ended(third)).toMatchObject({ state: 'completed', result: { note: 'newest' } });
    });
  });

  it('is refused where the latest wins when the equal one has begun', async () => {
    let open!: () => void;
    (globalThis as { latestGate?: Promise<void> }).latestGate = new Promise((opened) => {
      open = opened;
    });
    const first = await enqueue('latest', { account: 'begun' });
    await working('latest', async () => {
      await until(async () => (await toolkit.queueControl.show('latest')).active === 1);
      const second = await enqueue('latest', { account: 'begun' });
      expect(second).toMatchObject({ id: first.id, replaced: null });
      open();
      await ended(first);
    });
  });

  it('is one, however many are added at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => enqueue('by-account', { account: 'crowd' })),
    );
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(all.filter(({ refused }) => refused === null)).toHaveLength(1);
    const latest = await Promise.all(
      Array.from({ length: 10 }, () => enqueue('latest', { account: 'crowd' })),
    );
    const left = await Promise.all(latest.map(({ id }) => toolkit.queues.find('latest', id)));
    expect(new Set(latest.filter((_, index) => left[index] !== undefined).map(({ id }) => id)).size).toBe(1);
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`it was not so within ${DEADLINE_MS} ms`);
    await new Promise((look) => setTimeout(look, 25));
  }
}
