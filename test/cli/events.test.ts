/** `jobs events` as people and programs see it, and the worker's own log. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { EventLine } from '../../src/operate/event-lines.js';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnBackend } from '../helpers/backends.js';
import { collect, type JobsResult, killStartedJobs, runJobs, startJobs } from '../helpers/jobs.js';
import { newProject } from '../helpers/project.js';

const TALKER = `
import { defineTask, FinalError } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'talker', version: 1, title: 'Talks', queue: 'talks', attempts: 1,
  input: z.object({ n: z.coerce.number() }),
  results: ['n', 'id'],
  run(ctx, { n }) {
    ctx.log.info('info of ' + n);
    ctx.log.warn('warning of ' + n + ': postgres://me:hunter2@host/x \\u001b[31m');
    if (n === 13) throw new FinalError('thirteen\\u001b[31m');
    return { n, id: ctx.requestId };
  },
});
`;

describeOnBackend('pglite', 'jobs events', (backend) => {
  let holder: Toolkit;
  let batch: string;
  beforeAll(async () => {
    const project = newProject(backend, { talker: TALKER });
    holder = await project.open();
    const sheet = project.write('two.csv', 'n\n1\n13\n');
    batch = JSON.parse((await jobs('run', 'talker', sheet, '--json', '--quiet')).stdout).batch;
  });
  afterEach(killStartedJobs);
  afterAll(() => holder?.close());
  const jobs = (...args: string[]): Promise<JobsResult> =>
    runJobs(args, { cwd: backend.folder, env: backend.env, timeoutMs: 30_000 });
  const lines = (text: string): EventLine[] =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as EventLine);

  it('prints one array with --json, and the same as lines with --jsonl', async () => {
    const array = JSON.parse((await jobs('events', '--batch', batch, '--json')).stdout) as EventLine[];
    const asLines = lines((await jobs('events', '--batch', batch, '--jsonl')).stdout);
    const past = ({ cursor: _, ...line }: EventLine) => line;
    expect(array.map(past)).toEqual(asLines.map(past));
    expect(array.map(({ type }) => type)).toContain('batch-finished');
    const failed = array.find(({ type }) => type === 'failed')!;
    expect({
      ...failed,
      at: 'T',
      cursor: 'C',
      job: 'J',
      batch: 'B',
      worker: 'W',
      durationMs: 1,
    }).toMatchSnapshot();
    expect((await jobs('events', '--type', 'replayed', '--json')).stdout).toBe('[]\n');
  });

  it('goes on behind a cursor that it has printed', async () => {
    const all = lines((await jobs('events', '--batch', batch, '--jsonl')).stdout);
    const { stdout } = await jobs('events', '--batch', batch, '--jsonl', '--from', all[3]!.cursor);
    expect(lines(stdout)).toEqual(all.slice(4));
  });

  it('prints a short line for people, in which nothing of a task reaches the terminal', async () => {
    const { stdout } = await jobs('events', '--batch', batch);
    expect(stdout).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} {2}batch-started {3}talks {7}talker {8}b_\w+ +2 rows of two\.csv$/m,
    );
    expect(stdout).toMatch(/ failed +talks +talker +b_\S+-3 +row 3, .*w_\w+, thirteen \[31m$/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what must not be there
    expect(stdout).not.toMatch(/\u001b/);
  });

  it('follows until nothing waits or runs', async () => {
    const follower = startJobs(['events', '--follow', '--until', 'drained', '--jsonl', '--batch', batch], {
      cwd: backend.folder,
      env: backend.env,
    });
    const { exitCode, stdout } = await collect(follower);
    expect(exitCode).toBe(0);
    expect(lines(stdout).map(({ type }) => type)).toContain('batch-finished');
  });

  it.each([
    ['--follow with --json', ['--follow', '--json'], 2, 'FLAG_INVALID'],
    ['a type that is none', ['--type', 'compleated', '--json'], 2, 'USAGE'],
    ['a cursor that is none', ['--from', 'abc', '--json'], 2, 'CURSOR_INVALID'],
    ['a queue that is not there', ['--queue', 'talk', '--json'], 6, 'QUEUE_NOT_FOUND'],
    ['a batch that is not there', ['--batch', 'b_nothing', '--json'], 6, 'BATCH_NOT_FOUND'],
  ])('refuses %s', async (_title, args, exitCode, code) => {
    const result = await jobs('events', ...args);
    expect(result.exitCode).toBe(exitCode);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code } });
  });

  it('the worker, off a terminal, logs JSON lines that say where each comes from', async () => {
    await jobs('enqueue', 'talker', 'n:=5', '--request-id', 'order-77', '--job-id', 'one');
    const { stderr } = await jobs('worker', '--drain', '--queue', 'talks', '--log-level', 'info');
    const logged = lines(stderr) as unknown as Record<string, unknown>[];
    const worker = /Worker (w_\w+) serves/.exec(String(logged[0]!.msg))![1];
    expect(logged.find(({ msg }) => msg === 'info of 5')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      msg: 'info of 5',
      job: 'one',
      task: 'talker',
      attempt: 1,
      queue: 'talks',
      worker,
      requestId: 'order-77',
    });
    expect(logged.find(({ level }) => level === 'warn')!.msg).toMatch(
      /^warning of 5: postgres:\/\/me:\*\*\*@host/,
    );
    expect(stderr).not.toMatch(/hunter2/);
  });

  it('the worker logs no more than is asked for', async () => {
    await jobs('enqueue', 'talker', 'n:=6');
    const warnings = await jobs('worker', '--drain', '--queue', 'talks', '--log-level', 'warn');
    const levels = lines(warnings.stderr).map((line) => (line as unknown as { level: string }).level);
    expect(levels).toEqual(['warn']);
    await jobs('enqueue', 'talker', 'n:=7');
    expect((await jobs('worker', '--drain', '--queue', 'talks', '--quiet')).stderr).toBe('');
  });

  it('the request id of a batch goes with its rows', async () => {
    const { stdout } = await runJobs(
      ['run', 'talker', '-', '--json', '--quiet', '--request-id', 'order-78'],
      {
        cwd: backend.folder,
        env: backend.env,
        input: 'n\n8\n',
      },
    );
    const log = await jobs('batch', 'log', JSON.parse(stdout).batch, '--json');
    expect(JSON.parse(log.stdout)[0].result).toEqual({ n: 8, id: 'order-78' });
    const refused = await jobs('enqueue', 'talker', 'n:=5', '--request-id', 'a b');
    expect(refused.exitCode).toBe(2);
  });
});
