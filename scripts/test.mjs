/**
 * `npm test`: types, lint and format, dead code, build, then every test. Every check runs even when an earlier one
 * failed; the tests run only on a build that compiled. The last line is the account: `N passed, N failed`.
 * Words after `npm test --` go to vitest.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const IN_CI = Boolean(process.env.CI);

const CHECKS = [
  ['types', 'node_modules/typescript/bin/tsc', '--project', 'tsconfig.test.json'],
  ['lint and format', 'node_modules/@biomejs/biome/bin/biome', 'ci', '--no-errors-on-unmatched', '.'],
  ['dead code', 'node_modules/knip/bin/knip.js'],
  ['build', 'scripts/build.mjs'],
];

const failedChecks = CHECKS.filter(([title = '', script = '', ...args]) => !passes(title, script, args));
const tests = failedChecks.some(([title]) => title === 'build') ? undefined : runTests();

for (const [title] of failedChecks) say(`failed: ${title}`);
if (tests === undefined) say('failed: tests did not run');
if (IN_CI && tests !== undefined && tests.skipped > 0) say('failed: in CI no test may be skipped');

const failed = failedChecks.length + (tests?.failed ?? 0);
const ok = failed === 0 && tests !== undefined && tests.exitCode === 0 && !(IN_CI && tests.skipped > 0);
process.exitCode = ok ? 0 : 1;
const skipped = tests?.skipped ? `, ${tests.skipped} skipped` : '';
process.stdout.write(`${tests?.passed ?? 0} passed, ${ok ? 0 : Math.max(failed, 1)} failed${skipped}\n`);

/** @param {string} title @param {string} script @param {string[]} args */
function passes(title, script, args) {
  const startedAtMs = Date.now();
  say(`\n— ${title}`);
  const { status } = runNode(script, args);
  say(`  ${status === 0 ? 'ok' : 'FAILED'} (${((Date.now() - startedAtMs) / 1000).toFixed(1)} s)`);
  return status === 0;
}

/** What vitest counted; undefined when it ended without a report. */
function runTests() {
  say('\n— tests');
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-test-report-'));
  const report = path.join(folder, 'report.json');
  try {
    const { status } = runNode('node_modules/vitest/vitest.mjs', [
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...process.argv.slice(2),
    ]);
    const counted = JSON.parse(readFileSync(report, 'utf8'));
    return {
      exitCode: status ?? 1,
      passed: counted.numPassedTests,
      failed: Math.max(counted.numFailedTests, counted.numFailedTestSuites > 0 ? 1 : 0),
      skipped: counted.numPendingTests + (counted.numTodoTests ?? 0),
    };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} script @param {string[]} args */
function runNode(script, args) {
  return spawnSync(process.execPath, [path.join(ROOT, script), ...args], { cwd: ROOT, stdio: 'inherit' });
}

/** @param {string} line */
function say(line) {
  process.stdout.write(`${line}\n`);
}
