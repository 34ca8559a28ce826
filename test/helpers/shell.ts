/** Runs lines of documentation in bash, where `jobs` means the built command of this checkout. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './jobs.js';
import { linesOf, readPage } from './page.js';

const RUN_JS = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const DEADLINE_MS = 60_000;

export interface ShellResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** The shell has the function that the README tells people to put into theirs. `folder` gets a `bin/`. */
export function shellIn(folder: string): (line: string) => Promise<ShellResult> {
  const programs = path.join(folder, 'bin');
  mkdirSync(programs, { recursive: true });
  writeFileSync(path.join(programs, 'jobs'), `#!/bin/sh\nexec '${process.execPath}' '${RUN_JS}' "$@"\n`, {
    mode: 0o755,
  });
  const env = { ...cleanEnvironment(), PATH: `${programs}:${process.env.PATH}` };
  const setup = linesOf(readPage('README.md'), 'shell-function').join('\n');
  return (line) =>
    new Promise((resolve) => {
      const options = { cwd: folder, env, timeout: DEADLINE_MS, killSignal: 'SIGKILL' } as const;
      const child = execFile('bash', ['-c', `${setup}\n${line}`], options, (_error, stdout, stderr) =>
        resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
      );
    });
}
