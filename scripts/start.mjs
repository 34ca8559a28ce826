/** `npm start`: shows the main job on the example, building first when there is nothing to run. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, isStale } from './build.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const EXAMPLE = 'examples/desilting';
const WORDS = ['run', 'desilting', 'sheet.xlsx'];
const SOME_ROWS_FAILED = 5;

if (isStale()) {
  say('Building (once; later starts skip this) …');
  build();
}
say(`In ${EXAMPLE}: jobs ${WORDS.join(' ')}`);

const child = spawn(process.execPath, [path.join(ROOT, 'bin/run.js'), ...WORDS, ...process.argv.slice(2)], {
  cwd: path.join(ROOT, EXAMPLE),
  stdio: 'inherit',
});
// Ctrl-C reaches the child too; it stops cleanly and says how to resume, so this process only waits for it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => {
  if (code === SOME_ROWS_FAILED) {
    say(
      'Exit code 5 means "finished, but some rows failed": two rows of this sheet cannot succeed, on purpose.',
    );
  }
  process.exitCode = code === SOME_ROWS_FAILED ? 0 : (code ?? (signal === null ? 1 : 130));
});

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}
