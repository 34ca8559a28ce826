/** A worker that is frozen past its lease and then goes on: what it does is too late, and the ledger shows both attempts. */
import { afterEach, expect, it } from 'vitest';
import { listAttempts } from '../../src/ledger/attempts.js';
import { journalOf, sheetOf, until } from '../faults/journal.js';
import { describeOnBackend } from '../helpers/backends.js';
import { collect, killStartedJobs, runJobs, startJobs } from '../helpers/jobs.js';
import { newProject } from '../helpers/project.js';

const LEASE_MS = 1_500;

const WHO = `
import { appendFileSync, existsSync } from 'node:fs';
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'who', version: 1, title: 'Says which process ran it', queue: 'who', attempts: 2,
  input: z.object({ n: z.number() }),
  options: z.object({ file: z.string(), gate: z.string() }),
  results: ['attempt'],
  async run(ctx) {
    appendFileSync(ctx.options.file, ctx.row.number + ' ' + process.pid + '\\n');
    while (ctx.attempt === 1 && !existsSync(ctx.options.gate)) await new Promise((done) => setTimeout(done, 50));
    return { attempt: ctx.attempt };
  },
});
`;

for (const name of ['postgres', 'redis'] as const) {
  describeOnBackend(name, 'a worker that is frozen past its lease', (backend) => {
    afterEach(killStartedJobs);

    it('cannot overwrite the attempt that took its place', async () => {
      const project = newProject(backend, { who: WHO });
      const journal = project.write('journal.txt', '');
      const sheet = project.write('rows.csv', sheetOf(1));
      const options = { cwd: backend.folder, env: { ...backend.env, JOBS_LEASE_MS: String(LEASE_MS) } };
      const set = ['--set', `file=${journal}`, '--set', `gate=${backend.folder}/gate`];
      const id = (await runJobs(['enqueue', 'who', sheet, ...set], options)).stdout.trim();

      const frozen = startJobs(['worker', '--queue', 'who'], options);
      const frozenEnd = collect(frozen);
      await until('the first attempt', () => journalOf(journal).length === 1);
      frozen.kill('SIGSTOP');
      startJobs(['worker', '--queue', 'who'], options);
      await until('the second attempt', () => journalOf(journal).length === 2);

      const toolkit = await project.open();
      try {
        await until('the row has ended', async () => (await toolkit.batch(id)).state === 'finished');
        project.write('gate', '');
        frozen.kill('SIGCONT');
        const tooLate = async () => (await listAttempts(toolkit.db, id, 2))[0]?.endedAt !== null;
        await until('the first attempt has ended too', tooLate);
        frozen.kill('SIGTERM');
        expect((await frozenEnd).exitCode).toBe(0);

        const [row] = (
          await toolkit.db.query('select state, result, attempts from sluice.row where batch_id = $1', [id])
        ).rows;
        expect(row).toEqual({ state: 'completed', result: { attempt: 2 }, attempts: 2 });
        const attempts = await listAttempts(toolkit.db, id, 2);
        expect(attempts.map(({ number, outcome }) => [number, outcome])).toEqual([
          [1, 'lost'],
          [2, 'completed'],
        ]);
        expect(new Set(attempts.map(({ worker }) => worker)).size).toBe(2);
        expect((await toolkit.batch(id)).counts).toMatchObject({ total: 1, completed: 1, failed: 0 });
        expect(await toolkit.queues.counts('who')).toMatchObject({ waiting: 0, active: 0, delayed: 0 });
      } finally {
        await toolkit.close();
      }
    });
  });
}
