/** `jobs job …` as it is typed: shapes, exit codes, pipes, questions. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import type { Worker } from '../../src/worker/worker.js';
import { describeOnBackend } from '../helpers/backends.js';
import { collect, type JobsResult, runJobs, startJobs } from '../helpers/jobs.js';
import { newProject, request, type TestProject } from '../helpers/project.js';
import { shapeOf } from '../helpers/shape.js';
import { GATE, newGate, untilState } from '../operate/gate-task.js';

describeOnBackend('pglite', 'jobs job', (backend) => {
  let project: TestProject;
  let toolkit: Toolkit;
  let worker: Worker;
  /** Its rows 2 and 3: completed, failed. */
  let batch: string;
  const options = { cwd: backend.folder, env: backend.env, timeoutMs: 30_000 };
  const jobs = (...args: string[]): Promise<JobsResult> => runJobs(['job', ...args], options);
  const json = async (...args: string[]): Promise<unknown> => {
    const { stdout, stderr } = await jobs(...args, '--json');
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };
  const add = async (
    n: number,
    more: { gate?: string; delayMs?: number; queue?: string } = {},
  ): Promise<string> => {
    const { gate, queue = 'idle', delayMs } = more;
    return (
      await toolkit.enqueue({ task: 'gate', input: gate === undefined ? { n } : { n, gate }, queue, delayMs })
    ).id;
  };

  beforeAll(async () => {
    project = newProject(backend, { gate: GATE });
    toolkit = await project.open();
    worker = await toolkit.startWorker({ queues: [{ name: 'served', concurrency: 4 }] });
    const sheet = project.write('sheet.csv', 'n\n1\n13\n');
    ({ batchId: batch } = await toolkit.submit(request('gate', sheet, { queue: 'served' })));
    await toolkit.watch(batch, { deadlineMs: Date.now() + 20_000 });
  });
  afterAll(async () => {
    await worker?.stop(0);
    await toolkit?.close();
  });

  it('prints results of these shapes with --json', async () => {
    const [first, second] = [await add(1), await add(2)];
    const delayed = await add(3, { delayMs: 3_600_000 });
    const served = await add(4, { queue: 'served' });
    await untilState(toolkit, served, 'completed');
    const shapes = {
      'list waiting': await json('list', '--queue', 'idle'),
      'list delayed': await json('list', '--queue', 'idle', '--state', 'delayed'),
      'list failed': await json('list', '--queue', 'served', '--state', 'failed'),
      'show of a failed row': await json('show', `${batch}-3`),
      'show of a completed row': await json('show', `${batch}-2`),
      'show of a waiting job': await json('show', first),
      'show of a completed job': await json('show', served),
      'why of a waiting job': await json('why', first),
      'why of a delayed job': await json('why', delayed),
      'why of an ended job': await json('why', served),
      logs: await json('logs', served),
      wait: await json('wait', served),
      'wait of a failed row': JSON.parse((await jobs('wait', `${batch}-3`, '--json')).stdout),
      promote: await json('promote', delayed),
      'cancel --dry-run': await json('cancel', first, '--dry-run'),
      cancel: await json('cancel', first, '--yes'),
      'remove --dry-run': await json('remove', second, '--dry-run'),
      remove: await json('remove', second, '--yes'),
      retry: await json('retry', `${batch}-3`),
      error: await json('show', 'j_nothing'),
    };
    expect(
      Object.fromEntries(Object.entries(shapes).map(([name, value]) => [name, shapeOf(value)])),
    ).toMatchSnapshot();
  }, 90_000);

  it('waits: exits 0 when it completed, 5 when it failed, 124 when the time was over', async () => {
    const served = await add(4, { queue: 'served' });
    const done = await jobs('wait', served);
    expect(done).toMatchObject({ exitCode: 0, stderr: '' });
    expect(done.stdout).toBe(`${served} completed\n{\n  "double": 8\n}\n`);
    const failing = await add(13, { queue: 'served' });
    expect(await jobs('wait', failing)).toMatchObject({
      exitCode: 5,
      stdout: `${failing} failed: thirteen\n`,
    });
    const waiting = await add(1);
    const late = await jobs('wait', waiting, '--timeout', '300ms');
    expect(late).toMatchObject({ exitCode: 124, stdout: `${waiting} waiting\n` });
    expect(late.stderr).toContain(`jobs job wait ${waiting}`);
  });

  it('exits 6 for what is not there, and names what is near', async () => {
    const queue = await jobs('list', '--queue', 'servde');
    expect(queue).toMatchObject({ exitCode: 6, stdout: '' });
    expect(queue.stderr).toContain('did you mean served?');
    const row = await jobs('why', `${batch}-99`);
    expect(row).toMatchObject({ exitCode: 6, stdout: '' });
    expect(row.stderr).toContain(`jobs batch log ${batch}`);
  });

  it('exits 2 for what cannot be done to a job, and says what to do instead', async () => {
    const removed = await jobs('remove', `${batch}-2`, '--yes');
    expect(removed).toMatchObject({ exitCode: 2, stdout: '' });
    expect(removed.stderr).toContain('whose counts must add up');
    const promoted = await jobs('promote', `${batch}-2`);
    expect(promoted.exitCode).toBe(2);
    expect(promoted.stderr).toContain('only a delayed job can be promoted');
    const unasked = await jobs('cancel', await add(1));
    expect(unasked).toMatchObject({ exitCode: 2, stdout: '' });
    expect(unasked.stderr).toContain('--yes');
  });

  it('gives and takes ids one a line, and goes on past those it refuses', async () => {
    const ids = [await add(1, { queue: 'piped' }), await add(2, { queue: 'piped' })];
    const listed = await jobs('list', '--queue', 'piped', '--ids');
    expect(listed.stdout).toBe(`${ids.join('\n')}\n`);
    const input = `${listed.stdout}\nj_nothing\n${ids[0]}\n`;
    const cancelled = await runJobs(['job', 'cancel', '-', '--yes'], { ...options, input });
    expect(cancelled.exitCode).toBe(6);
    expect(cancelled.stdout.trim().split('\n')).toEqual([
      `${ids[0]} cancelled`,
      `${ids[1]} cancelled`,
      expect.stringContaining('There is no job j_nothing'),
    ]);
    expect((await jobs('list', '--queue', 'piped', '--ids')).stdout).toBe('');
  });

  it('shows a page and how to see the next', async () => {
    for (let n = 1; n <= 3; n++) await add(n, { queue: 'pages' });
    const page = await jobs('list', '--queue', 'pages', '--limit', '2');
    expect(page.stdout).toContain('1 to 2 of 3 jobs; the next: --offset 2');
    expect((await jobs('list', '--queue', 'pages', '--offset', '2')).stdout).toMatch(/3 to 3 of 3 jobs\n$/);
  });

  it('shows a job to people: its row, its error, what is to come', async () => {
    const row = await jobs('show', `${batch}-3`);
    expect(row.stdout).toContain('3 of sheet.csv');
    expect(row.stdout).toMatch(/UNLUCKY: thirteen/);
    const waiting = await jobs('show', await add(1));
    expect(waiting.stdout).toMatch(
      /retry\s+after\s+not before\s+at the latest\n.*2\s+30 min 00 s to 1 h 00 min/,
    );
  });

  it('follows the log of a running job until it has ended', async () => {
    const gate = newGate(project.folder, 'followed');
    const id = await add(7, { gate: gate.path, queue: 'served' });
    const follower = startJobs(['job', 'logs', id, '-f'], options);
    const ended = collect(follower);
    follower.stdout!.on('data', (text: string) => {
      if (text.includes('began 7')) gate.open();
    });
    const { exitCode, stdout } = await ended;
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\S+Z {2}info {3}began 7\n\S+Z {2}warn {3}ended 7\n$/);
  }, 40_000);

  it('writes nothing of what a file says that a terminal would obey', async () => {
    const sheet = project.write('evil.csv', 'n,gate\n13,"\u001b[31mred\u0007"\n');
    const { batchId } = await toolkit.submit(request('gate', sheet, { queue: 'idle' }));
    const shown = await jobs('show', `${batchId}-2`);
    expect(shown.exitCode).toBe(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(shown.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });
});
