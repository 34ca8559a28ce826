/** What a task does to its thread stays there: the row fails after its attempts, the worker lives on. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnBackend } from '../helpers/backends.js';
import { runJobs } from '../helpers/jobs.js';
import { newProject, type TestProject } from '../helpers/project.js';

const RECKLESS = `
import { defineTask, FinalError } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'reckless', version: 1, title: 'Breaks its thread', attempts: 2, backoff: { type: 'fixed', delayMs: 10 },
  isolation: 'thread',
  input: z.object({ how: z.string() }),
  results: ['how'],
  async run(ctx, { how }) {
    if (how === 'throws') throw new Error('thrown in a thread');
    if (how === 'final') throw new FinalError('final in a thread', { field: 'how' });
    if (how === 'exits') process.exit(3);
    if (how === 'fills-memory') { const all = []; for (;;) all.push(new Array(1e6).fill(Math.random())); }
    if (how === 'rejects-later') { Promise.reject(new Error('nobody waits for this')); await new Promise((done) => setTimeout(done, 100)); }
    if (how === 'throws-later') { setTimeout(() => { throw new Error('thrown later'); }, 10); await new Promise((done) => setTimeout(done, 200)); }
    if (how === 'throws-after') setTimeout(() => { throw new Error('thrown after its end'); }, 20);
    if (how === 'not-json') return { how: () => {} };
    return { how };
  },
});
`;

const HOWS = [
  'throws',
  'final',
  'exits',
  'fills-memory',
  'rejects-later',
  'throws-later',
  'throws-after',
  'not-json',
];

describeOnBackend('pglite', 'a task in a thread', (backend) => {
  let project: TestProject;
  let toolkit: Toolkit | undefined;
  beforeAll(() => {
    project = newProject(backend, { reckless: RECKLESS });
  });
  afterAll(() => toolkit?.close());

  it('fails its row when it breaks its thread, and the other rows are run', async () => {
    const rows = [...HOWS, ...Array.from({ length: 20 }, (_, i) => `fine-${i}`)];
    const sheet = project.write('rows.csv', `how\n${rows.join('\n')}\n`);
    const env = { ...backend.env, NODE_OPTIONS: '--max-old-space-size=128' };
    const result = await runJobs(['run', 'reckless', sheet, '--concurrency', '2', '--json'], {
      cwd: backend.folder,
      env,
    });
    expect(result.exitCode, result.stderr).toBe(5);
    const { failures, counts } = JSON.parse(result.stdout);
    const reasons = Object.fromEntries(
      failures.map(({ row, message }: { row: number; message: string }) => [rows[row - 2], message]),
    );
    expect(reasons).toMatchObject({
      throws: 'thrown in a thread',
      final: 'final in a thread',
      exits: expect.stringMatching(/exit/),
      'fills-memory': expect.stringMatching(/memory/),
      'rejects-later': expect.stringMatching(/nobody waits for this/),
      // A timer that a task left behind breaks whatever its thread runs by then.
      'throws-later': expect.stringMatching(/thrown (later|after its end)/),
      'not-json': expect.stringMatching(
        /what task reckless returned\.how is a function, which JSON cannot hold/,
      ),
    });
    expect(Object.keys(reasons).filter((how) => how.startsWith('fine-'))).toEqual([]);
    expect(counts).toMatchObject({
      total: rows.length,
      completed: rows.length - failures.length,
      failed: failures.length,
    });
    toolkit = await project.open();
    const { rows: attempts } = await toolkit.db.query<{ number: number; attempts: number }>(
      "select number, attempts from sluice.row where state = 'failed' order by number",
    );
    const attemptsOf = Object.fromEntries(attempts.map((row) => [rows[row.number - 2], row.attempts]));
    expect(attemptsOf).toMatchObject({ throws: 2, final: 1, exits: 2, 'fills-memory': 2 });
  }, 60_000);
});
