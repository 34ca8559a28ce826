/** A task that leaves a timer or a promise behind breaks the process it runs in: aloud, and without harm to the ledger. */
import { afterEach, expect, it } from 'vitest';
import { describeOnBackend, describeOnEachBackend } from '../helpers/backends.js';
import { killStartedJobs, runJobs } from '../helpers/jobs.js';
import { newProject } from '../helpers/project.js';

const CARELESS = `
import { existsSync } from 'node:fs';
import { defineTask } from 'sluice';
import { z } from 'zod';
let waiting = 0;
function leave(how) {
  if (how === 'timer') throw new Error('thrown late');
  void Promise.reject(how === 'promise' ? new Error('forgotten') : undefined);
}
export default defineTask({
  name: 'careless', version: 1, title: 'Leaves something behind', queue: 'careless',
  input: z.object({ n: z.number() }),
  options: z.object({ how: z.string(), mended: z.string() }),
  results: ['n'],
  async run(ctx, { n }) {
    if (existsSync(ctx.options.mended)) return { n };
    if (n > 2) waiting += 1;
    // Row 3 has ended by then, the two after it run.
    if (n === 2) setInterval(() => waiting === 2 && leave(ctx.options.how), 10);
    if (n > 2) await new Promise((done) => setTimeout(done, 60_000));
    return { n };
  },
});
`;

const SHEET = 'n\n1\n2\n3\n4\n';

describeOnEachBackend('a task that throws where nobody catches', (backend) => {
  afterEach(killStartedJobs);

  it('ends the process with exit 1, names what ran, and the same command again completes the batch', async () => {
    const project = newProject(backend, { careless: CARELESS });
    const sheet = project.write('rows.csv', SHEET);
    const mended = `${backend.folder}/mended`;
    const options = {
      cwd: backend.folder,
      env: { ...backend.env, JOBS_LEASE_MS: '2000' },
      timeoutMs: 30_000,
    };
    const args = ['run', 'careless', sheet, '--set', 'how=timer', '--set', `mended=${mended}`];
    const broken = await runJobs(args, options);
    expect(broken.exitCode, broken.stderr).toBe(1);
    expect(broken.stderr).toContain('caught by nobody: thrown late');
    expect(broken.stderr).toMatch(/at .*careless\.ts/);
    expect(broken.stderr).toMatch(/Running here: careless \(b_\w+-4\), careless \(b_\w+-5\)\./);
    expect(broken.stderr).toContain('Tasks that have run here: careless.');
    expect(broken.stderr).toContain("isolation: 'thread'");

    project.write('mended', '');
    const again = await runJobs([...args, '--json'], options);
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.stderr).toContain('Going on with batch');
    expect(JSON.parse(again.stdout).counts).toMatchObject({ total: 4, completed: 4, failed: 0 });
  }, 60_000);
});

describeOnBackend('pglite', 'an error that nobody catches', (backend) => {
  it.each([
    ['promise', 'forgotten'],
    ['nothing', 'undefined'],
  ])('is one JSON document with --json (%s)', async (how, message) => {
    const project = newProject(backend, { careless: CARELESS });
    const sheet = project.write('rows.csv', SHEET);
    const set = ['--set', `how=${how}`, '--set', `mended=${backend.folder}/never`];
    const result = await runJobs(['run', 'careless', sheet, ...set, '--json'], { cwd: backend.folder });
    expect(result.exitCode, result.stderr).toBe(1);
    const { error } = JSON.parse(result.stdout);
    expect(error).toMatchObject({ code: 'UNCAUGHT', message: expect.stringContaining(message) });
    expect(error.hint).toContain('Await every promise');
    expect(error.details.tasks).toEqual(['careless']);
    expect(error.details.running).toContainEqual({ task: 'careless', job: expect.stringMatching(/-4$/) });
  });
});
