/** A worker that died when the ledger had a row's failure and the queue had not. */
import { expect, it } from 'vitest';
import { CompletionLog } from '../../src/ledger/completion-log.js';
import type { RowJobData } from '../../src/queue/job.js';
import { until } from '../faults/journal.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { newProject, request } from '../helpers/project.js';

const NEVER = `
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'never', version: 1, title: 'Must not run again', queue: 'nevers',
  input: z.object({ n: z.number() }),
  run: () => { throw new Error('it ran again'); },
});
`;

describeOnEachBackend('a row whose failure the queue had not heard of', (backend) => {
  it('is not run again, and fails in the queue too', async () => {
    const project = newProject(backend, { never: NEVER });
    const toolkit = await project.open();
    try {
      const { batchId } = await toolkit.submit(request('never', project.write('rows.csv', 'n\n1\n')));
      const log = new CompletionLog(toolkit.db, { onBatchEnded: () => {} });
      const at = new Date();
      const consumer = await toolkit.queues.consume('nevers', {
        concurrency: 1,
        name: 'dies',
        mayBegin: () => true,
        handler: async (job) => {
          const data = job.data as RowJobData;
          await log.record({
            rowId: data.row,
            fence: job.starts,
            attempts: 1,
            worker: 'w_dies',
            startedAt: at,
            endedAt: at,
            state: 'failed',
            outcome: 'failed',
            error: { code: 'BROKEN', message: 'broken for good' },
            deadLetter: { jobId: job.id, payload: data },
          });
          return { kind: 'handed-back' };
        },
        onStalledOut: () => {},
        onTrouble: () => {},
      });
      const jobId = `${batchId}-2`;
      await until('the row has failed', async () => (await toolkit.batch(batchId)).counts.failed === 1);
      await consumer.stop(5_000);

      const worker = await toolkit.startWorker({ queues: [{ name: 'nevers' }] });
      await until(
        'the job has failed',
        async () => (await toolkit.queues.find('nevers', jobId))?.state === 'failed',
      );
      await worker.stop(5_000);
      const [letter] = await toolkit.deadLetters.groups({});
      expect(letter).toMatchObject({ code: 'BROKEN', count: 1, sampleIds: [jobId] });
      expect((await toolkit.batch(batchId)).counts).toMatchObject({ total: 1, failed: 1 });
    } finally {
      await toolkit.close();
    }
  });
});
