/** Jobs that were lost are added again as they were: with the delay, the expiry and the queue of their batch. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { collect, newProject, request, type TestProject } from '../helpers/project.js';

const ECHO = `
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'echo', version: 1, title: 'Gives back what it gets', queue: 'echoes',
  input: z.object({ n: z.number() }),
  results: ['n'],
  run: (_ctx, { n }) => ({ n }),
});
`;

const HOUR_MS = 3_600_000;

describeOnEachBackend('a batch whose jobs were lost', (backend) => {
  let project: TestProject;
  let toolkit: Toolkit;
  beforeAll(async () => {
    project = newProject(backend, { echo: ECHO });
    toolkit = await project.open();
  });
  afterAll(() => toolkit?.close());

  /** As when a server forgot them. */
  const loseJobs = async (queue: string, batchId: string): Promise<void> => {
    for (const number of [2, 3]) await toolkit.queues.remove(queue, `${batchId}-${number}`);
  };

  it('keeps its delay, counted from its submission', async () => {
    const file = project.write('delayed.csv', 'n\n1\n2\n');
    const { batchId } = await toolkit.submit(request('echo', file, { delayMs: HOUR_MS, queue: 'later' }));
    const before = await toolkit.queues.counts('later');
    expect(before).toMatchObject({ waiting: 0, prioritized: 0, delayed: 2 });
    await loseJobs('later', batchId);
    await toolkit.resume(batchId);
    expect(await toolkit.queues.counts('later')).toMatchObject({ waiting: 0, prioritized: 0, delayed: 2 });
    await toolkit.cancel(batchId, 'the test is over');
  });

  it('is not run after it has expired', async () => {
    const file = project.write('expired.csv', 'n\n1\n2\n');
    const expiresAtMs = Date.now() + HOUR_MS;
    const { batchId } = await toolkit.submit(request('echo', file, { expiresAtMs, queue: 'passing' }));
    await loseJobs('passing', batchId);
    await toolkit.resume(batchId);
    const job = await toolkit.queues.find('passing', `${batchId}-2`);
    expect(job?.data).toMatchObject({ expiresAtMs, requeued: true });
    await toolkit.cancel(batchId, 'the test is over');

    const late = project.write('late.csv', 'n\n1\n2\n');
    const past = await toolkit.submit(request('echo', late, { expiresAtMs: Date.now() - 1, queue: 'past' }));
    await loseJobs('past', past.batchId);
    // The worker's own sweep finds them.
    const worker = await toolkit.startWorker({ queues: [{ name: 'past' }] });
    expect(await toolkit.watch(past.batchId, { deadlineMs: Date.now() + 40_000 })).toBe('ended');
    await worker.stop(5_000);
    const rows = await collect(toolkit.rows(past.batchId));
    expect(rows.map(({ state, error }) => [state, error?.code])).toEqual([
      ['failed', 'expired'],
      ['failed', 'expired'],
    ]);
  });

  it('is gone on with on the queue that it was given first, whatever the task names', async () => {
    const file = project.write('moved.csv', 'n\n1\n2\n');
    const { batchId } = await toolkit.submit(request('echo', file, { queue: 'elsewhere' }));
    await loseJobs('elsewhere', batchId);
    const told: string[] = [];
    const again = await toolkit.submit(request('echo', file), { onBatch: ({ queue }) => told.push(queue) });
    expect(again).toMatchObject({ batchId, continued: true });
    expect(told).toEqual(['elsewhere']);
    const { waiting, prioritized } = await toolkit.queues.counts('elsewhere');
    expect(waiting + prioritized).toBe(2);
    await toolkit.cancel(batchId, 'the test is over');
  });

  it('is submitted to its end with the delay it began with, when that was cut off', async () => {
    const file = project.write('cut.csv', `n\n${Array.from({ length: 3_000 }, (_, i) => i).join('\n')}\n`);
    const stop = new AbortController();
    const asked = request('echo', file, { delayMs: HOUR_MS, queue: 'cut' });
    const { batchId } = await toolkit.submit(asked, { onBatch: () => stop.abort(), signal: stop.signal });
    expect((await toolkit.batch(batchId)).state).toBe('submitting');
    await toolkit.resume(batchId);
    expect((await toolkit.batch(batchId)).counts.total).toBe(3_000);
    expect(await toolkit.queues.counts('cut')).toMatchObject({ waiting: 0, prioritized: 0, delayed: 3_000 });
    await toolkit.cancel(batchId, 'the test is over');
  });
});
