/** The commands about queues as scripts use them: their `--json`, their exit codes, what they ask before. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnBackend } from '../helpers/backends.js';
import { type JobsResult, runJobs } from '../helpers/jobs.js';
import { newProject } from '../helpers/project.js';

const SAY = `
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'say', version: 1, title: 'Says a word', queue: 'words', attempts: 1, unique: { by: ['word'] },
  input: z.object({ word: z.string() }),
  run(ctx, { word }) { if (word === 'bad') throw new Error('a bad word'); return { word }; },
});
`;

describeOnBackend('pglite', 'a queue command', (backend) => {
  let holder: Toolkit;

  beforeAll(async () => {
    const project = newProject(backend, { say: SAY });
    // Held here, so that not every command has to open the database anew.
    holder = await project.open();
  });
  afterAll(() => holder?.close());

  const jobs = (...args: string[]): Promise<JobsResult> =>
    runJobs(args, { cwd: backend.folder, env: backend.env, timeoutMs: 30_000 });
  const json = async (...args: string[]): Promise<Record<string, unknown>> =>
    JSON.parse((await jobs(...args, '--json')).stdout);

  it('prints results of these shapes with --json', async () => {
    await holder.enqueue({ task: 'say', input: { word: 'bad' } });
    const worker = await holder.startWorker({ queues: [{ name: 'words' }] });
    await holder.jobs.wait((await holder.enqueue({ task: 'say', input: { word: 'bad' } })).id, {
      queue: 'words',
    });
    await worker.stop(5_000);
    const first = await json('enqueue', 'say', 'word=hello', '--priority', 'high');
    expect(await json('enqueue', 'say', 'word=hello')).toMatchObject({ job: first.job });
    const lists = (await json('queue', 'list')) as unknown as Record<string, unknown>[];
    expect(Object.keys(lists[0]!).join(' ')).toBe(
      'name paused waiting active delayed prioritized waitingChildren completed failed oldestWaitingMs workers ratePerMin limit',
    );
    const shapes = {
      'queue list': lists.find(({ name }) => name === 'words'),
      'queue show': await json('queue', 'show', 'words'),
      'queue pause': await json('queue', 'pause', 'words', '--for', '1h', '--reason', 'to look'),
      'queue show, paused': await json('queue', 'show', 'words'),
      'queue resume': await json('queue', 'resume', 'words'),
      'queue limit': await json('queue', 'limit', 'words', '60/m'),
      'queue limit none': await json('queue', 'limit', 'words', 'none'),
      'queue concurrency': await json('queue', 'concurrency', 'words', '3'),
      'queue concurrency none': await json('queue', 'concurrency', 'words', 'none'),
      'queue drain --dry-run': await json('queue', 'drain', 'words', '--dry-run'),
      'queue drain': await json('queue', 'drain', 'words', '--yes'),
      'queue clean --dry-run': await json(
        'queue',
        'clean',
        'words',
        '--state',
        'failed',
        '--older',
        '0s',
        '--dry-run',
      ),
      'queue clean': await json('queue', 'clean', 'words', '--state', 'failed', '--older', '0s', '--yes'),
    };
    expect(scrubbed(shapes)).toMatchSnapshot();
  }, 240_000);

  it('says in words what waits and that nobody serves it', async () => {
    await holder.enqueue({ task: 'say', input: { word: 'waits' } });
    const { stdout } = await jobs('queue', 'list');
    expect(stdout).toMatch(/^queue +waiting +active/);
    expect(stdout).toMatch(/^words +1 .*no worker$/m);
    expect((await jobs('queue', 'show', 'words')).stdout).toMatch(
      /no worker: jobs wait and nobody takes them/,
    );
    await jobs('queue', 'pause', 'words', '--reason', 'the provider is down');
    expect((await jobs('queue', 'list')).stdout).toMatch(/^words .*paused, no worker$/m);
    expect((await jobs('queue', 'show', 'words')).stdout).toMatch(
      /paused +by \S+@\S+ since .*: the provider is down/,
    );
    await jobs('queue', 'resume', 'words');
  }, 120_000);

  it('says that an equal job is there, and prints its id', async () => {
    const first = await jobs('enqueue', 'say', 'word=twice');
    const second = await jobs('enqueue', 'say', 'word=twice');
    expect(second).toMatchObject({ exitCode: 0, stdout: first.stdout });
    expect(second.stderr).toContain(`Not added: an equal job is there, ${first.stdout.trim()}`);
  });

  const refusals: [title: string, args: string[], exit: number, code: string, says: RegExp][] = [
    ['an unknown queue', ['show', 'wrods'], 6, 'QUEUE_NOT_FOUND', /words/],
    ['a rate that is none', ['limit', 'words', 'fast'], 2, 'RATE_INVALID', /60\/m/],
    ['a number of jobs that is none', ['concurrency', 'words', '0'], 2, 'ARGUMENT_INVALID', /whole number/],
    ['a drain without --yes off a terminal', ['drain', 'words'], 2, 'CONFIRMATION_NEEDED', /--yes/],
    [
      'a clean of jobs that have not ended',
      ['clean', 'words', '--state', 'active', '--older', '1d'],
      2,
      'USAGE',
      /completed/,
    ],
  ];
  it.each(refusals)('refuses %s', async (_title, args, exitCode, code, says) => {
    const result = await jobs('queue', ...args, '--json');
    expect(result.exitCode).toBe(exitCode);
    const { error } = JSON.parse(result.stdout);
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.hint}`).toMatch(says);
  });
});

/** Times, ids and names of people are none of the shape. */
function scrubbed(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, member) => {
    if (typeof member === 'string' && /^(?:\d{4}-\d\d-\d\dT|j_|\S+@\S+$)/.test(member)) return `<${key}>`;
    return /Ms$|ratePerMin/.test(key) && typeof member === 'number' && key !== 'forMs' ? '<number>' : member;
  });
}
