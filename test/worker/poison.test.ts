/** A job that ends its worker is tried once more, where it can end only a process; then it is put aside. */
import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { until } from '../faults/journal.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { collect, killStartedJobs, runJobs, startJobs } from '../helpers/jobs.js';
import { newestLetters, newProject } from '../helpers/project.js';

const POISON = `
import { appendFileSync } from 'node:fs';
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'poison', version: 1, title: 'One row kills what runs it', queue: 'poison', attempts: 5,
  input: z.object({ n: z.number() }),
  options: z.object({ file: z.string() }),
  results: ['n'],
  async run(ctx, { n }) {
    appendFileSync(ctx.options.file, n + '\\n');
    // The others are still running when it happens.
    if (n === 3) { await new Promise((next) => setTimeout(next, 200)); process.kill(process.pid, 'SIGKILL'); }
    await new Promise((next) => setTimeout(next, 400));
    return { n };
  },
});
`;

describeOnEachBackend('a poison job', (backend) => {
  afterEach(killStartedJobs);

  it('is run twice, put aside as stalled, and takes nothing else with it', async () => {
    const project = newProject(backend, { poison: POISON });
    const journal = project.write('journal.txt', '');
    const sheet = project.write('rows.csv', `n\n${[1, 2, 3, 4, 5, 6].join('\n')}\n`);
    const options = { cwd: backend.folder, env: { ...backend.env, JOBS_LEASE_MS: '1000' } };
    const set = ['--set', `file=${journal}`];
    const id = (await runJobs(['enqueue', 'poison', sheet, ...set], options)).stdout.trim();
    const runsOf = (n: number) =>
      readFileSync(journal, 'utf8')
        .split('\n')
        .filter((line) => line === String(n)).length;

    const first = await collect(startJobs(['worker', '--queue', 'poison:4'], options));
    expect(first.signal).toBe('SIGKILL');
    const second = startJobs(['worker', '--queue', 'poison:4'], options);
    const end = collect(second);
    const toolkit = await project.open();
    try {
      await until('the batch has ended', async () => (await toolkit.batch(id)).state === 'finished', 60_000);
      expect((await toolkit.batch(id)).counts).toMatchObject({ total: 6, completed: 5, failed: 1 });
      expect(runsOf(3)).toBe(2);
      const [letter, ...more] = await newestLetters(toolkit);
      expect(more).toEqual([]);
      expect(letter).toMatchObject({ row: 4, code: 'stalled', attempts: 2 });
      expect(letter!.message).toMatch(
        /ended the worker that ran it, and then its process ended while it ran: SIGKILL/,
      );
      second.kill('SIGTERM');
      expect((await end).exitCode).toBe(0);
    } finally {
      await toolkit.close();
    }
  });
});
