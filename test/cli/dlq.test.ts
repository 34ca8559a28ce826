/** `jobs dlq` and `jobs batch retry` as they are typed: shapes of `--json`, exit codes, ids in pipes, questions. */
import { chmodSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import { FRAGILE, numberSheet, setSwitch } from '../batch/fragile-task.js';
import { describeOnBackend } from '../helpers/backends.js';
import { type JobsResult, runJobs } from '../helpers/jobs.js';
import { newProject, request, runToEnd, type TestProject } from '../helpers/project.js';
import { shapeOf } from '../helpers/shape.js';

describeOnBackend('pglite', 'jobs dlq', (backend) => {
  let project: TestProject;
  let holder: Toolkit;
  let batch = '';

  const jobs = (
    args: string[],
    more: { input?: string; env?: Record<string, string> } = {},
  ): Promise<JobsResult> =>
    runJobs(args, {
      cwd: backend.folder,
      env: { ...backend.env, ...more.env },
      timeoutMs: 30_000,
      ...(more.input === undefined ? {} : { input: more.input }),
    });
  const json = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await jobs([...args, '--json'])).stdout);

  beforeAll(async () => {
    project = newProject(backend, { fragile: FRAGILE });
    project.write('journal.txt', '');
    // Held here, so that not every command has to open the database anew.
    holder = await project.open();
    setSwitch(project, 'down');
    const sheet = numberSheet(project, 'numbers.csv', [1, 10, 11, 12]);
    batch = await runToEnd(holder, request('fragile', sheet, { options: { folder: project.folder } }));
    setSwitch(project, 'ok');
  });
  afterAll(() => holder?.close());

  it('prints results of these shapes with --json', async () => {
    const shapes: Record<string, unknown> = {
      'dlq list': await json('dlq', 'list'),
      'dlq list --group error': await json('dlq', 'list', '--group', 'error'),
      'dlq export': await json('dlq', 'export', '--out', 'failed.xlsx'),
      'dlq replay --dry-run': await json('dlq', 'replay', '--all', '--dry-run'),
      'dlq replay': await json('dlq', 'replay', `${batch}-3`, '--patch', 'n=9'),
      'dlq replay, again': await json('dlq', 'replay', `${batch}-3`),
      'dlq show': await json('dlq', 'show', `${batch}-3`),
      'dlq purge --dry-run': await json('dlq', 'purge', '--dry-run'),
      'dlq purge': await json('dlq', 'purge', '--where', 'row = 5', '--yes'),
      'batch retry --dry-run': await json('batch', 'retry', batch, '--dry-run'),
      'batch retry': await json('batch', 'retry', batch, '--failed'),
      error: await json('dlq', 'show', 'nothing'),
    };
    expect(
      Object.fromEntries(Object.entries(shapes).map(([name, value]) => [name, shapeOf(value)])),
    ).toMatchSnapshot();
  }, 60_000);

  it('takes ids from a pipe, one a line, and says which could not be replayed', async () => {
    const sheet = numberSheet(project, 'piped.csv', [20, 21]);
    setSwitch(project, 'down');
    const piped = await runToEnd(holder, request('fragile', sheet, { options: { folder: project.folder } }));
    setSwitch(project, 'ok');
    const listed = await jobs(['dlq', 'list', '--batch', piped, '--ids']);
    expect(listed.stdout.trim().split('\n').sort()).toEqual([`${piped}-2`, `${piped}-3`]);
    const replayed = await jobs(['dlq', 'replay', '-'], { input: listed.stdout });
    expect(replayed).toMatchObject({ exitCode: 0, stdout: '2 dead letters replayed\n' });
    const again = await jobs(['dlq', 'replay', '-'], { input: listed.stdout });
    expect(again.exitCode).toBe(5);
    expect(again.stdout).toContain(`${piped}-2: it was replayed before`);
  });

  it('shows every attempt with its error, the cell and its value, and what to type next', async () => {
    setSwitch(project, 'down');
    const sheet = numberSheet(project, 'shown.csv', [30]);
    const shown = await runToEnd(holder, request('fragile', sheet, { options: { folder: project.folder } }));
    const { stdout } = await jobs(['dlq', 'show', `${shown}-2`]);
    expect(stdout).toContain('DOWN: upstream answered 503 to 30');
    expect(stdout).toContain('from      shown.csv, row 2, cell A2');
    expect(stdout).toContain('cell has  n = "30"');
    expect(stdout).toMatch(/ 1 {2}failed .*w_/);
    expect(stdout).toContain(`jobs dlq replay ${shown}-2 --patch n=…`);
    setSwitch(project, 'ok');
  });

  it('opens an editor on the inputs, and replays those that were left in it', async () => {
    setSwitch(project, 'down');
    const sheet = numberSheet(project, 'edited.csv', [40, 41]);
    const edited = await runToEnd(holder, request('fragile', sheet, { options: { folder: project.folder } }));
    setSwitch(project, 'ok');
    const editor = project.write(
      'editor.mjs',
      `#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs';
const file = process.argv.at(-1);
const inputs = JSON.parse(readFileSync(file, 'utf8'));
delete inputs[process.argv[2] + '-3'];
inputs[process.argv[2] + '-2'].n = Number(process.argv[3]);
writeFileSync(file, JSON.stringify(inputs));
`,
    );
    chmodSync(editor, 0o755);
    const args = ['dlq', 'replay', '--batch', edited, '--edit'];
    const refused = await jobs(args, { env: { VISUAL: `${editor} ${edited} 5000` } });
    expect(refused).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/n: .*1000.*nothing was replayed/),
    });
    const done = await jobs(args, { env: { VISUAL: `${editor} ${edited} 8` } });
    expect(done).toMatchObject({ exitCode: 0, stdout: '1 dead letter replayed, 1 of them changed\n' });
    expect(await holder.deadLetters.show(`${edited}-2`)).toMatchObject({
      changes: [{ from: { n: 40 }, to: { n: 8 } }],
    });
    expect(await holder.deadLetters.show(`${edited}-3`)).toMatchObject({ state: 'open', replays: 0 });
    expect(await jobs(args, { env: { EDITOR: '', VISUAL: '' } })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('EDITOR'),
    });
  });

  it('asks before it takes many, and off a terminal refuses', async () => {
    for (const words of [['replay', '--all'], ['purge']]) {
      const { exitCode, stderr } = await jobs(['dlq', ...words]);
      expect([words, exitCode]).toEqual([words, 2]);
      expect(stderr).toMatch(/\d+ dead letter.*no terminal.*\n.*--yes.*--dry-run/);
    }
  });

  it.each<[string, string[], number, string]>([
    ['no selection', ['dlq', 'replay'], 2, 'SELECTION_MISSING'],
    ['a letter that is not there', ['dlq', 'replay', 'b_nothing-2'], 6, 'DEAD_LETTER_NOT_FOUND'],
    ['a batch that is not there', ['batch', 'retry', 'b_nothing'], 6, 'BATCH_NOT_FOUND'],
    ['a rate that is none', ['dlq', 'replay', '--all', '--rate', 'fast', '--yes'], 2, 'RATE_INVALID'],
    ['a field that nothing has', ['dlq', 'list', '--where', 'nn = 1'], 2, 'WHERE_COLUMN_UNKNOWN'],
    [
      'a patch that its task refuses',
      ['dlq', 'replay', '--all', '--patch', 'n=many', '--yes'],
      3,
      'INPUT_INVALID',
    ],
  ])('says what is wrong with %s', async (_title, args, exitCode, code) => {
    const result = await jobs([...args, '--json']);
    expect([result.exitCode, JSON.parse(result.stdout).error.code]).toEqual([exitCode, code]);
  });

  it('lets the file that was exported stand when nothing is meant', async () => {
    const before = readFileSync(`${backend.folder}/failed.xlsx`);
    const { stdout } = await jobs(['dlq', 'export', '--out', 'failed.xlsx', '--task', 'nothing']);
    expect(stdout).toBe('No dead letters are meant; nothing was written.\n');
    expect(readFileSync(`${backend.folder}/failed.xlsx`).equals(before)).toBe(true);
  });
});
