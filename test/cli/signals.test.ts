/** Ctrl-C, TERM, --timeout and --max-failures, on real processes. */
import type { ChildProcess } from 'node:child_process';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import { journalOf, sheetOf, until } from '../faults/journal.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { collect, type JobsResult, killStartedJobs, runJobs, startJobs } from '../helpers/jobs.js';
import { newProject, type TestProject } from '../helpers/project.js';

const SLOW = `
import { appendFileSync } from 'node:fs';
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'slow', version: 1, title: 'Takes its time', queue: 'slow', attempts: 2,
  input: z.object({ n: z.number() }),
  options: z.object({ file: z.string(), ms: z.coerce.number(), bad: z.coerce.number().default(0) }),
  results: ['attempt'],
  async run(ctx, { n }) {
    appendFileSync(ctx.options.file, ctx.row.number + ' ' + ctx.attempt + '\\n');
    await new Promise((done) => setTimeout(done, ctx.options.ms));
    if (n <= ctx.options.bad) throw new Error('bad luck');
    return { attempt: ctx.attempt };
  },
});
`;

describeOnEachBackend('a command that is told to stop', (backend) => {
  let project: TestProject;
  let holder: Toolkit;
  let files = 0;
  beforeAll(async () => {
    project = newProject(backend, { slow: SLOW });
    // Held here, so that not every command has to open the embedded database anew.
    holder = await project.open();
  });
  afterAll(() => holder?.close());
  afterEach(killStartedJobs);
  const env = { ...backend.env, JOBS_LEASE_MS: '2000' };
  const options = { cwd: backend.folder, env };
  const begin = (rows: number, ms: number) => {
    files += 1;
    const journal = project.write(`journal-${files}.txt`, '');
    const sheet = project.write(`rows-${files}.csv`, sheetOf(rows));
    return { journal, args: ['slow', sheet, '--set', `file=${journal}`, '--set', `ms=${ms}`] };
  };

  it('finishes what runs at the first Ctrl-C, says how to go on, exits 130; resume runs the rest once', async () => {
    const { journal, args } = begin(12, 300);
    const run = startJobs(['run', ...args, '--concurrency', '2', '--json'], options);
    const result = await stopWhen(run, () => journalOf(journal).length >= 3);
    expect(result.exitCode, result.stderr).toBe(130);
    const { batch, counts } = JSON.parse(result.stdout);
    expect(counts.completed).toBe(journalOf(journal).length);
    expect(counts.pending).toBe(12 - counts.completed);
    expect(result.stderr).toContain(`jobs batch resume ${batch}`);
    expect(result.stderr.match(/Stopping/g)).toHaveLength(1);

    const resumed = await runJobs(['batch', 'resume', batch, '--json'], options);
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(JSON.parse(resumed.stdout).counts).toMatchObject({ total: 12, completed: 12 });
    expect(journalOf(journal).sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i + 2));
  });

  it('ends at once at the second Ctrl-C; the rows come back after their lease', async () => {
    const { journal, args } = begin(2, 1_500);
    const run = startJobs(['run', ...args, '--json'], options);
    const ended = collect(run);
    await until('rows run', () => journalOf(journal).length === 2);
    run.kill('SIGINT');
    await said(run, /Stopping/);
    const began = Date.now();
    run.kill('SIGINT');
    const result = await ended;
    expect(result.exitCode, result.stderr).toBe(130);
    expect(Date.now() - began).toBeLessThan(2_000);
    const again = await runJobs(['run', ...args, '--json'], options);
    expect(again.exitCode, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout).counts).toMatchObject({ total: 2, completed: 2 });
    expect(journalOf(journal)).toHaveLength(4);
  });

  it('gives back what a worker cannot finish in its grace: exit 5, ids printed, no attempt burned', async () => {
    const { journal, args } = begin(3, 30_000);
    const { stdout: id } = await runJobs(['enqueue', ...args], options);
    const worker = startJobs(['worker', '--queue', 'slow:2', '--grace', '200ms'], options);
    const result = await stopWhen(worker, () => journalOf(journal).length === 2, 'SIGTERM');
    expect(result.exitCode, result.stderr).toBe(5);
    const givenBack = result.stdout.split('\n').filter((line) => line.startsWith(id.trim()));
    expect(givenBack).toHaveLength(2);
    const toolkit = await project.open();
    try {
      const { rows } = await toolkit.db.query(
        'select state, attempts, fence from sluice.row where batch_id = $1 and fence > 0 order by number',
        [id.trim()],
      );
      expect(rows).toEqual([
        { state: 'pending', attempts: 0, fence: 1 },
        { state: 'pending', attempts: 0, fence: 1 },
      ]);
      expect(await toolkit.queues.counts('slow')).toMatchObject({ prioritized: 3, active: 0, failed: 0 });
      await toolkit.cancel(id.trim(), 'the test is over');
    } finally {
      await toolkit.close();
    }
  });

  it('lets a worker that has nothing to give back exit 0', async () => {
    const worker = startJobs(['worker'], options);
    const ended = collect(worker);
    await said(worker, /serves/);
    worker.kill('SIGINT');
    const result = await ended;
    expect(result.exitCode, result.stderr).toBe(0);
  });

  it('does not miss a signal that comes while the worker is starting', async () => {
    const worker = startJobs(['worker', '--queue', 'slow'], options);
    const ended = collect(worker);
    // Written by the worker before it serves: from then on it listens for signals.
    await until('the worker is known', () => isRecorded(worker.pid!));
    worker.kill('SIGTERM');
    const result = await ended;
    expect(result.exitCode, result.stderr).toBe(0);
  });

  const isRecorded = async (pid: number): Promise<boolean> => {
    const { rows } = await holder.db.query('select 1 from sluice.worker where pid = $1', [pid]);
    return rows.length > 0;
  };

  it('stops waiting when --timeout is over: exit 124, and how to go on', async () => {
    const { args } = begin(30, 300);
    const result = await runJobs(
      ['run', ...args, '--concurrency', '1', '--timeout', '1s', '--json'],
      options,
    );
    expect(result.exitCode, result.stderr).toBe(124);
    const { batch, counts } = JSON.parse(result.stdout);
    expect(counts.pending).toBeGreaterThan(0);
    expect(result.stderr).toContain(`jobs batch resume ${batch}`);
    const wait = await runJobs(['batch', 'wait', batch, '--timeout', '500ms'], options);
    expect(wait.exitCode, wait.stderr).toBe(124);
    const cancelled = await runJobs(['batch', 'cancel', batch, '--yes', '--json'], options);
    expect(JSON.parse(cancelled.stdout).cancelled).toBe(counts.pending);
  });

  it('cancels the rest when more rows have failed than --max-failures allows: exit 5, and the counts add up', async () => {
    const { args } = begin(80, 60);
    const result = await runJobs(
      ['run', ...args, '--set', 'bad=80', '--concurrency', '2', '--max-failures', '3', '--json'],
      options,
    );
    expect(result.exitCode, result.stderr).toBe(5);
    const { counts } = JSON.parse(result.stdout);
    expect(counts.failed).toBeGreaterThan(3);
    expect(counts.cancelled).toBeGreaterThan(0);
    expect(counts.completed + counts.failed + counts.cancelled).toBe(80);
  });
});

/** Sends `signal` once `isTime`, then waits for the end. */
async function stopWhen(
  child: ChildProcess,
  isTime: () => boolean,
  signal: NodeJS.Signals = 'SIGINT',
): Promise<JobsResult> {
  const ended = collect(child);
  await until('the moment to stop', isTime);
  child.kill(signal);
  return ended;
}

function said(child: ChildProcess, pattern: RegExp): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it did not say ${pattern}: ${text}`)), 15_000);
    child.stderr!.on('data', (part: string | Buffer) => {
      text += String(part);
      if (!pattern.test(text)) return;
      clearTimeout(timer);
      resolve();
    });
  });
}
