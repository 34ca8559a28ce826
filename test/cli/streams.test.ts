/** Standard input, output and error, as other programs use them. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnBackend } from '../helpers/backends.js';
import { cleanEnvironment, collect, type JobsResult, runJobs } from '../helpers/jobs.js';
import { newProject } from '../helpers/project.js';

const RUN_JS = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

const SCORE = `
import { defineTask, FinalError } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'score', version: 1, title: 'Scores a row',
  input: z.object({ n: z.number() }),
  results: ['score'],
  run(ctx, { n }) {
    console.log('printed by the task');
    ctx.log.warn('scoring ' + n);
    if (n === 13) throw new FinalError('thirteen\\u001b[31m in red');
    return { score: n * 2 };
  },
});
`;

describeOnBackend('pglite', 'a command in a pipe', (backend) => {
  let holder: Toolkit | undefined;
  beforeAll(async () => {
    // Held here, so that not every command has to open the database anew.
    holder = await newProject(backend, { score: SCORE }).open();
  });
  afterAll(() => holder?.close());
  const jobs = (args: string[], input?: string, env: Record<string, string> = {}): Promise<JobsResult> =>
    runJobs(args, {
      cwd: backend.folder,
      env: { ...backend.env, ...env },
      ...(input === undefined ? {} : { input }),
    });

  const feature = (n: number) => ({ type: 'Feature', geometry: null, properties: { n } });
  it.each([
    ['CSV', 'n\n1\n2\n'],
    ['CSV with semicolons and a byte order mark', '\ufeffn;x\n1;a\n2;b\n'],
    ['tab-separated text', 'n\tx\n1\ta\n2\tb\n'],
    ['NDJSON', '{"n":1}\n{"n":2}\n'],
    ['GeoJSON', JSON.stringify({ type: 'FeatureCollection', features: [feature(1), feature(2)] })],
  ])('reads %s from standard input', async (_format, input) => {
    const named = await jobs(['run', 'score', '-', '--json', '--force'], input);
    expect(named.exitCode, named.stderr + named.stdout).toBe(0);
    const result = JSON.parse(named.stdout);
    expect(result.counts).toMatchObject({ total: 2, completed: 2 });
    const unnamed = await jobs(['run', 'score', '--json'], input);
    expect(JSON.parse(unnamed.stdout).counts, unnamed.stderr).toMatchObject({ total: 2, skipped: 2 });
  });

  it('says that standard input was empty: exit 3', async () => {
    const result = await jobs(['run', 'score', '-'], '');
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toMatch(/empty/);
  });

  it('prints only the result on stdout, and with --quiet nothing on stderr', async () => {
    const loud = await jobs(['run', 'score', '-', '--json', '--force'], 'n\n1\n13\n');
    expect(loud.exitCode).toBe(5);
    expect(() => JSON.parse(loud.stdout)).not.toThrow();
    expect(loud.stderr).toMatch(/scoring 1/);
    expect(loud.stderr).toMatch(/printed by the task/);
    expect(loud.stderr).toMatch(/100 %/);
    const quiet = await jobs(['run', 'score', '-', '--json', '--force', '--quiet'], 'n\n1\n13\n');
    expect(quiet.exitCode).toBe(5);
    expect(quiet.stderr.replaceAll('printed by the task\n', '')).toBe('');
    expect(JSON.parse(quiet.stdout).counts).toMatchObject({ completed: 1, failed: 1 });
  });

  it('lets no control character of a cell or an error reach the terminal', async () => {
    const text = await jobs(['run', 'score', '-', '--force'], 'n\n13\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what must not be there
    expect(text.stdout + text.stderr).not.toMatch(/\u001b/);
    expect(text.stdout).toMatch(/thirteen {1,2}\[31m in red/);
  });

  it('keeps nothing back from a reader that is slower', async () => {
    // A little more than a pipe holds: the end of it is still in the process when all has been written.
    const rows = Array.from({ length: 330 }, (_, i) => i + 5_000).join('\n');
    const { stdout } = await jobs(['run', 'score', '-', '--json', '--quiet'], `n\n${rows}\n`);
    const { batch } = JSON.parse(stdout);
    const command = `"${process.execPath}" "${RUN_JS}" batch log ${batch} --jsonl | (sleep 2; wc -l)`;
    const shell = spawn('bash', ['-c', command], {
      cwd: backend.folder,
      env: { ...cleanEnvironment(), ...backend.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect((await collect(shell)).stdout.trim()).toBe('330');
  }, 60_000);

  it('ends quietly when the reader of a long log goes away', async () => {
    const rows = Array.from({ length: 1500 }, (_, i) => i + 100).join('\n');
    const { stdout } = await jobs(
      ['run', 'score', '-', '--json', '--quiet', '--concurrency', '50'],
      `n\n${rows}\n`,
    );
    const { batch } = JSON.parse(stdout);
    for (const format of ['', '--jsonl', '--csv', '--json']) {
      const command = `"${process.execPath}" "${RUN_JS}" batch log ${batch} ${format} | head -n 2; echo "exit \${PIPESTATUS[0]}"`;
      const shell = spawn('bash', ['-c', command], {
        cwd: backend.folder,
        env: { ...cleanEnvironment(), ...backend.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const result = await collect(shell);
      expect(result.stderr, format).toBe('');
      expect(result.stdout.trim().split('\n').at(-1), format).toBe('exit 0');
      expect(result.stdout.trim().split('\n'), format).toHaveLength(3);
    }
  }, 60_000);
});
