/** The public surface: commands, flags, the shape of every `--json`, exit codes. A change here is a change for users. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnBackend } from '../helpers/backends.js';
import { cleanEnvironment, type JobsResult, runJobs } from '../helpers/jobs.js';
import { newProject } from '../helpers/project.js';
import { shapeOf } from '../helpers/shape.js';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

describe('the jobs command', () => {
  it('has these commands, arguments and flags', () => {
    expect(readCommands()).toMatchSnapshot();
  });
});

const SCORE = `
import { defineTask, FinalError } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'score', version: 1, title: 'Scores a row', queue: 'scores', attempts: 2, backoff: { type: 'fixed', delayMs: 5 },
  input: z.object({ n: z.number().max(100) }),
  options: z.object({ factor: z.coerce.number().default(2).describe('what n is multiplied by') }),
  columns: { n: ['number'] },
  results: ['score'],
  run(ctx, { n }) {
    if (n === 13) throw new FinalError('thirteen', { code: 'UNLUCKY', field: 'n' });
    return { score: n * ctx.options.factor };
  },
});
`;

describeOnBackend('pglite', 'a command', (backend) => {
  const jobs = (...args: string[]): Promise<JobsResult> =>
    runJobs(args, { cwd: backend.folder, env: backend.env, timeoutMs: 30_000 });
  const json = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await jobs(...args, '--json')).stdout);
  let mixed = '';
  let fine = '';
  let batch = '';
  let holder: Toolkit | undefined;

  beforeAll(async () => {
    const project = newProject(backend, { score: SCORE });
    // Held here, so that not every command has to open the database anew.
    holder = await project.open();
    mixed = project.write('mixed.csv', 'number\n1\n13\nmany\n4\n');
    fine = project.write('fine.csv', 'number\n1\n2\n');
    batch = ((await json('run', 'score', mixed)) as { batch: string }).batch;
  });

  afterAll(() => holder?.close());

  it('prints results of these shapes with --json', async () => {
    const queued = (await json('enqueue', 'score', fine, '--set', 'factor=5')) as { batch: string };
    const shapes: Record<string, unknown> = {
      run: await json('run', 'score', mixed, '--force'),
      'run --dry-run': await json('run', 'score', mixed, '--dry-run', '--force'),
      'enqueue FILE': queued,
      'enqueue name=value': await json('enqueue', 'score', 'n:=3'),
      'batch list': await json('batch', 'list'),
      'batch show': await json('batch', 'show', batch),
      'batch log': await json('batch', 'log', batch),
      'batch cancel --dry-run': await json('batch', 'cancel', queued.batch, '--dry-run'),
      'batch cancel': await json('batch', 'cancel', queued.batch, '--yes'),
      'batch wait': await json('batch', 'wait', batch),
      'batch resume': await json('batch', 'resume', batch),
      'batch export': await json('batch', 'export', batch, '--out', 'exported'),
      worker: await json('worker', '--drain'),
      'task list': await json('task', 'list'),
      'task show': await json('task', 'show', 'score'),
      'config show': await json('config', 'show'),
      'config check': await json('config', 'check'),
      'config explain': await json('config', 'explain', 'stateDir'),
      doctor: await json('doctor'),
      error: await json('batch', 'show', 'b_nothing'),
    };
    expect(
      Object.fromEntries(Object.entries(shapes).map(([name, value]) => [name, shapeOf(value)])),
    ).toMatchSnapshot();
  }, 60_000);

  it('exits 0 when all is done, 5 when rows failed or were invalid', async () => {
    expect((await jobs('run', 'score', fine)).exitCode).toBe(0);
    expect((await jobs('run', 'score', mixed)).exitCode).toBe(5);
    expect((await jobs('batch', 'wait', batch)).exitCode).toBe(5);
  });

  const usage: [title: string, args: string[], code: string, says: RegExp][] = [
    ['an unknown command', ['bacth', 'list'], 'COMMAND_NOT_FOUND', /batch list/],
    ['an unknown flag', ['run', 'score', 'fine.csv', '--forec'], 'USAGE', /--forec/],
    ['a missing argument', ['batch', 'show'], 'USAGE', /id/],
    ['a number that is none', ['run', 'score', 'fine.csv', '--limit', 'ten'], 'USAGE', /--limit|integer/i],
    [
      'a duration that is none',
      ['run', 'score', 'fine.csv', '--timeout', 'soon'],
      'DURATION_INVALID',
      /soon.*90s/,
    ],
    [
      'an option the task does not have',
      ['run', 'score', 'fine.csv', '--set', 'facter=2'],
      'OPTION_UNKNOWN',
      /factor/,
    ],
    ['a cancel without --yes off a terminal', ['batch', 'cancel', 'QUEUED'], 'CONFIRMATION_NEEDED', /--yes/],
    ['nothing to queue', ['enqueue', 'score'], 'ARGUMENT_INVALID', /file/],
  ];
  it.each(usage)('exits 2 for %s, in words and as JSON', async (_title, args, code, says) => {
    const queued = args.includes('QUEUED')
      ? ((await json('enqueue', 'score', fine, '--set', 'factor=7')) as { batch: string }).batch
      : '';
    const words = args.map((word) => (word === 'QUEUED' ? queued : word));
    const text = await jobs(...words);
    expect(text).toMatchObject({ exitCode: 2, stdout: '' });
    expect(text.stderr).toMatch(says);
    expect(text.stderr).not.toMatch(/\n\s+at /);
    const asJson = await jobs(...words, '--json');
    expect(asJson.exitCode).toBe(2);
    const { error } = JSON.parse(asJson.stdout) as { error: { code: string } };
    expect(error.code).toBe(code);
  });

  it('exits 3 for input that cannot be used, 4 for a backend that is not there, 6 for what does not exist', async () => {
    expect((await jobs('run', 'score', 'no-such-file.csv')).exitCode).toBe(3);
    expect((await jobs('batch', 'list', '--config', 'no-such-config.json')).exitCode).toBe(3);
    const env = { DATABASE_URL: 'postgres://me@127.0.0.1:1/none' };
    expect((await runJobs(['batch', 'list'], { cwd: backend.folder, env })).exitCode).toBe(4);
    expect((await runJobs(['doctor'], { cwd: backend.folder, env })).exitCode).toBe(4);
    expect((await jobs('batch', 'show', 'b_nothing')).exitCode).toBe(6);
    expect((await jobs('run', 'scor', fine)).exitCode).toBe(6);
    expect((await jobs('task', 'show', 'scor')).stderr).toMatch(/"score"/);
  });
});

/** Id, arguments and flags of every command, as oclif reads them from the build. */
function readCommands(): unknown {
  const script = `
    import { Config } from '@oclif/core';
    const { commands } = await Config.load({ root: ${JSON.stringify(CHECKOUT)} });
    const facts = ({ type, required, multiple, options, default: fallback, env, exclusive }) =>
      ({ type, required, multiple, options, default: fallback, env, exclusive });
    const named = (all) => Object.fromEntries(Object.entries(all).sort().map(([name, one]) => [name, facts(one)]));
    const listed = commands.filter(({ pluginName }) => pluginName === 'sluice').sort((a, b) => (a.id < b.id ? -1 : 1));
    console.log(JSON.stringify(Object.fromEntries(listed.map((c) => [c.id.replaceAll(':', ' '), { args: named(c.args), flags: named(c.flags) }]))));
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: path.join(CHECKOUT),
    env: cleanEnvironment(),
    encoding: 'utf8',
  });
  return JSON.parse(output);
}
