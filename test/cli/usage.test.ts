/** Words that oclif refuses: one line that names the word, and the command that helps; exit 2. */
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { runJobs } from '../helpers/jobs.js';

const refuse = async (...words: string[]) => {
  const { exitCode, stdout, stderr } = await runJobs(words, { cwd: tmpdir() });
  expect(exitCode, stderr).toBe(2);
  return stdout + stderr;
};

it('says which argument is missing', async () => {
  expect(await refuse('run')).toBe(
    'Error: missing task: Task to run (see: jobs task list)\n  jobs run --help\n',
  );
});

it('says which flag has which wrong value', async () => {
  expect(await refuse('run', 'noop', 'rows.csv', '--timeout', '5')).toBe(
    'Error: --timeout: "5" is not a duration; expected a number and a unit, such as 90s, 10m or 2h\n  jobs run --help\n',
  );
});

it('says which flags exclude each other, and as JSON when asked', async () => {
  expect(JSON.parse(await refuse('batch', 'log', 'b_1', '--csv', '--json'))).toEqual({
    error: {
      code: 'USAGE',
      message: '--json=true cannot also be provided when using --csv',
      hint: 'jobs batch log --help',
      details: {},
    },
  });
});

it('keeps the code of a flag that we read ourselves', async () => {
  const { error } = JSON.parse(await refuse('worker', '--queue', 'a:x', '--json'));
  expect(error).toMatchObject({
    code: 'FLAG_INVALID',
    message: '--queue a:x: expected a queue and, after a colon, a number: reports or reports:4',
  });
});
