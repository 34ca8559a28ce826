/** Several `jobs` processes on one project at once. */
import { afterEach, beforeAll, expect, it } from 'vitest';
import { expectAgreement, JOURNAL, journalOf, sheetOf, until } from '../faults/journal.js';
import { describeOnBackend, describeOnEachBackend } from '../helpers/backends.js';
import { collect, killStartedJobs, runJobs, startJobs } from '../helpers/jobs.js';
import { newProject, type TestProject } from '../helpers/project.js';

describeOnEachBackend('workers in processes of their own', (backend) => {
  let project: TestProject;
  beforeAll(() => {
    project = newProject(backend, { journal: JOURNAL });
  });
  afterEach(killStartedJobs);
  const options = { cwd: backend.folder, env: backend.env };

  it('share the rows of a batch, run none twice, and stop when the queue is empty', async () => {
    const rows = 120;
    const journal = project.write('journal.txt', '');
    const sheet = project.write('rows.csv', sheetOf(rows));
    const enqueued = await runJobs(
      ['enqueue', 'journal', sheet, '--set', `file=${journal}`, '--set', 'ms=50'],
      options,
    );
    expect(enqueued.exitCode, enqueued.stderr).toBe(0);
    const id = enqueued.stdout.trim();
    const workers = [1, 2].map(() => runJobs(['worker', '--drain', '--concurrency', '2'], options));
    const wait = await runJobs(['batch', 'wait', id, '--timeout', '50s', '--json'], options);
    expect(wait.exitCode, wait.stderr).toBe(5);
    for (const worker of await Promise.all(workers)) expect(worker.exitCode, worker.stderr).toBe(0);
    expect(journalOf(journal)).toHaveLength(rows);
    const toolkit = await project.open();
    try {
      await expectAgreement(toolkit, id, journal, rows);
      const { rows: by } = await toolkit.db.query('select distinct worker from sluice.attempt');
      expect(by).toHaveLength(2);
    } finally {
      await toolkit.close();
    }
  }, 60_000);
});

describeOnBackend('pglite', 'processes on one embedded database', (backend) => {
  afterEach(killStartedJobs);

  it('all work, and go on when the one that holds it ends first', async () => {
    const project = newProject(backend, { journal: JOURNAL });
    const options = { cwd: backend.folder, env: backend.env };
    const begin = (name: string, rows: number, ms: number) => {
      const journal = project.write(`${name}.txt`, '');
      const sheet = project.write(`${name}.csv`, sheetOf(rows));
      return { journal, rows, args: ['journal', sheet, '--set', `file=${journal}`, '--set', `ms=${ms}`] };
    };
    const short = begin('short', 30, 100);
    const long = begin('long', 60, 150);
    const queued = begin('queued', 20, 20);

    const holder = collect(startJobs(['run', ...short.args, '--concurrency', '2', '--json'], options));
    await until('the holder runs rows', () => journalOf(short.journal).length > 3);
    const second = collect(
      startJobs(['run', ...long.args, '--concurrency', '2', '--json', '--out', 'out-2'], options),
    );
    const worker = startJobs(['worker'], options);
    const workerEnd = collect(worker);
    const { stdout: queuedId } = await runJobs(['enqueue', ...queued.args], options);
    const listed = await runJobs(['batch', 'list', '--json'], options);
    expect(listed.exitCode, listed.stderr).toBe(0);
    expect(JSON.parse(listed.stdout).length).toBeGreaterThanOrEqual(2);
    const shown = await runJobs(['batch', 'show', queuedId.trim(), '--json'], options);
    expect(JSON.parse(shown.stdout)).toMatchObject({ batch: queuedId.trim(), counts: { total: 20 } });

    const first = await holder;
    expect(first.exitCode, first.stderr).toBe(0);
    const waited = await runJobs(['batch', 'wait', queuedId.trim(), '--timeout', '40s'], options);
    expect(waited.exitCode, waited.stderr).toBe(0);
    const last = await second;
    expect(last.exitCode, last.stderr).toBe(5);
    worker.kill('SIGTERM');
    expect((await workerEnd).exitCode).toBe(0);

    const toolkit = await project.open();
    try {
      const ids = [JSON.parse(first.stdout).batch, JSON.parse(last.stdout).batch, queuedId.trim()];
      for (const [i, { journal, rows }] of [short, long, queued].entries()) {
        await expectAgreement(toolkit, ids[i], journal, rows);
      }
    } finally {
      await toolkit.close();
    }
  }, 60_000);
});
