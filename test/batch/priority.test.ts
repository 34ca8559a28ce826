import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Priority } from '../../src/core/priority.js';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { newProject, request, type TestProject } from '../helpers/project.js';

const ORDERED = (name: string, priority: string) => `
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: '${name}', version: 1, title: 'Notes the order', queue: 'ordered', ${priority}
  input: z.object({ name: z.string(), n: z.coerce.number().default(0) }),
  async run(ctx, { name }) { globalThis.order.push(name); },
});
`;

const DEADLINE_MS = 25_000;

describeOnEachBackend('the order of jobs', (backend) => {
  let project: TestProject;
  let toolkit: Toolkit;
  let order: string[];

  beforeAll(async () => {
    project = newProject(backend, {
      usual: ORDERED('usual', ''),
      hasty: ORDERED('hasty', "priority: 'high',"),
    });
    project.write('jobs.config.json', JSON.stringify({ queues: { leisurely: { priority: 'low' } } }));
    toolkit = await project.open();
    order = [];
    (globalThis as unknown as { order: string[] }).order = order;
  });
  afterEach(() => {
    order.length = 0;
  });
  afterAll(() => toolkit?.close());

  const enqueue = (name: string, more: { task?: string; priority?: Priority; queue?: string } = {}) =>
    toolkit.enqueue({
      task: more.task ?? 'usual',
      input: { name },
      priority: more.priority,
      queue: more.queue,
    });
  const work = async (queue: string, jobs: number): Promise<void> => {
    const worker = await toolkit.startWorker({ queues: [{ name: queue, concurrency: 1 }] });
    try {
      const deadline = Date.now() + DEADLINE_MS;
      while (order.length < jobs) {
        if (Date.now() > deadline) throw new Error(`only ${order.length} of ${jobs} ran`);
        await new Promise((look) => setTimeout(look, 25));
      }
    } finally {
      await worker.stop(5_000);
    }
  };
  const csv = (name: string, rows: number): string =>
    project.write(
      `${name}.csv`,
      `name,n\n${Array.from({ length: rows }, (_, n) => `${name},${n}`).join('\n')}\n`,
    );

  it('is urgent, high, normal, low, and within one that in which they came', async () => {
    for (const priority of ['low', 'normal', 'high', 'urgent'] as const) {
      await enqueue(`${priority} 1`, { priority });
      await enqueue(`${priority} 2`, { priority });
    }
    await work('ordered', 8);
    expect(order).toEqual([
      'urgent 1',
      'urgent 2',
      'high 1',
      'high 2',
      'normal 1',
      'normal 2',
      'low 1',
      'low 2',
    ]);
  });

  it('is the task’s priority, before that the queue’s in the config, before that the one asked for', async () => {
    await enqueue('normal');
    await enqueue('of the task', { task: 'hasty' });
    await work('ordered', 2);
    expect(order).toEqual(['of the task', 'normal']);
    order.length = 0;
    await enqueue('of the queue', { task: 'hasty', queue: 'leisurely' });
    await enqueue('asked for', { priority: 'normal', queue: 'leisurely' });
    await work('leisurely', 2);
    expect(order).toEqual(['asked for', 'of the queue']);
  });

  it('is kept for the rows of a batch, and for its end', async () => {
    const low = await toolkit.submit(request('usual', csv('low', 5), { priority: 'low' }));
    const urgent = await toolkit.submit(request('usual', csv('urgent', 5), { priority: 'urgent' }));
    await enqueue('single');
    await work('ordered', 11);
    expect(order.filter((name) => name !== 'single')).toEqual([
      ...Array(5).fill('urgent'),
      ...Array(5).fill('low'),
    ]);
    // A worker fetches the next job while the one before is recorded.
    expect([5, 6]).toContain(order.indexOf('single'));
    const worker = await toolkit.startWorker({ queues: [{ name: 'ordered', concurrency: 1 }] });
    for (const { batchId } of [low, urgent])
      expect(await toolkit.watch(batchId, { deadlineMs: Date.now() + DEADLINE_MS })).toBe('ended');
    await worker.stop(5_000);
  });

  it('lets a small batch pass the bulk of a large one that came before it', async () => {
    await toolkit.submit(request('usual', csv('large', 2_000)));
    // Some of the large one has run when the small one comes.
    await work('ordered', 150);
    const before = order.length;
    expect(before).toBeLessThan(1_500);
    await toolkit.submit(request('usual', csv('small', 20)));
    await work('ordered', before + 300);
    const lastOfSmall = order.lastIndexOf('small');
    expect(order.filter((name) => name === 'small')).toHaveLength(20);
    const overtaken = order.slice(before, lastOfSmall).filter((name) => name === 'large').length;
    // Of the large one only what its worker had fetched when it began.
    expect(overtaken).toBeLessThanOrEqual(10);
    await toolkit.queueControl.drain('ordered', { dryRun: false });
  }, 120_000);

  it('keeps a row’s place when its job is lost and added again by the sweep', async () => {
    const { batchId } = await toolkit.submit(request('usual', csv('swept', 3), { priority: 'high' }));
    const ids = await toolkit.queues.controls.unbegun('ordered', 10);
    await toolkit.queues.controls.remove('ordered', ids);
    await enqueue('later', { priority: 'normal' });
    await toolkit.resume(batchId);
    await work('ordered', 4);
    expect(order).toEqual(['swept', 'swept', 'swept', 'later']);
  });
});
