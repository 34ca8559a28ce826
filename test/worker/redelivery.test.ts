/** What the ledger says of attempts that nothing was recorded of. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { beginRedelivery, listAttempts } from '../../src/ledger/attempts.js';
import type { Toolkit } from '../../src/toolkit.js';
import { until } from '../faults/journal.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { newProject, request, type TestProject } from '../helpers/project.js';

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

describeOnEachBackend('a row that is delivered again', (backend) => {
  let project: TestProject;
  let toolkit: Toolkit;
  beforeAll(async () => {
    project = newProject(backend, { echo: ECHO });
    toolkit = await project.open();
  });
  afterAll(() => toolkit?.close());

  it('shows no attempt for a fetch that a stopping worker put back before it began', async () => {
    await toolkit.enqueue({ task: 'echo', input: { n: 0 } });
    const { batchId } = await toolkit.submit(request('echo', project.write('back.csv', 'n\n1\n2\n')));
    const begun: string[] = [];
    // One place. The first job leaves it to be recorded, so that one more is fetched than may run when it ends.
    const consumer = await toolkit.queues.consume('echoes', {
      concurrency: 1,
      name: 'stopping',
      handler: async (job, slot) => {
        begun.push(job.id);
        if (job.data.kind === 'job') {
          slot.free();
          return { kind: 'done' };
        }
        await new Promise((stopped) => slot.stop.signal.addEventListener('abort', stopped, { once: true }));
        return { kind: 'handed-back' };
      },
      mayBegin: () => true,
      onStalledOut: () => {},
      onTrouble: () => {},
    });
    await until('one row has begun and the other is fetched', async () => {
      const { active } = await toolkit.queues.counts('echoes');
      return begun.length === 2 && active === 2;
    });
    await consumer.stop(0);
    const { active, waiting, prioritized } = await toolkit.queues.counts('echoes');
    expect([active, waiting + prioritized]).toEqual([0, 2]);
    expect(begun).toContain(`${batchId}-2`);
    expect(begun).not.toContain(`${batchId}-3`);

    const worker = await toolkit.startWorker({});
    expect(await toolkit.watch(batchId, { deadlineMs: Date.now() + 30_000 })).toBe('ended');
    await worker.stop(5_000);
    const attempts = await listAttempts(toolkit.db, batchId, 3);
    expect(attempts.map(({ number, outcome }) => [number, outcome])).toEqual([[2, 'completed']]);
  });

  it('says of an attempt that nothing is known of that it may or may not have begun', async () => {
    const { batchId } = await toolkit.submit(
      request('echo', project.write('unknown.csv', 'n\n4\n'), { queue: 'nobody' }),
    );
    const { rows } = await toolkit.db.query<{ id: string }>(
      'select id::text from sluice.row where batch_id = $1',
      [batchId],
    );
    const row = await beginRedelivery(toolkit.db, {
      rowId: rows[0]!.id,
      fence: 4,
      unbegun: [2],
      worker: 'w_second',
    });
    expect(row).toEqual({ state: 'processing', fence: 4 });
    const unknown = {
      worker: 'unknown',
      startedAt: null,
      outcome: 'lost',
      error: { code: 'UNRECORDED', message: expect.stringContaining('may or may not have begun') },
    };
    expect(await listAttempts(toolkit.db, batchId, 2)).toMatchObject([
      { number: 1, ...unknown },
      { number: 3, ...unknown },
    ]);
    await toolkit.cancel(batchId, 'the test is over');
  });
});
