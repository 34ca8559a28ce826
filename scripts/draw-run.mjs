/**
 * Draws the pictures of the README from a real run: docs/run.svg is what a terminal of 80 columns shows after the
 * example has run in it, docs/report.png the top of the report that the run wrote. Needs tmux and Chromium.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { build, isStale } from './build.mjs';
import { terminalSvg } from './terminal-svg.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COMMAND = 'jobs run desilting sheet.xlsx';
const PROMPT = '$ ';
const COLUMNS = 80;
const DEADLINE_MS = 120_000;
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

if (isStale()) build();
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-draw-'));
try {
  const lines = await runInTerminal(newProject());
  writeFileSync(path.join(ROOT, 'docs/run.svg'), terminalSvg(lines, { columns: COLUMNS, title: COMMAND }));
  await photograph(path.join(folder, 'out/sheet.report.html'), path.join(ROOT, 'docs/report.png'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A copy of the example, and a `jobs` to run in it. Returns the folder of that program. */
function newProject() {
  const left = /[/\\](?:out|\.jobs)$/;
  cpSync(path.join(ROOT, 'examples/desilting'), folder, {
    recursive: true,
    filter: (file) => !left.test(file),
  });
  const program = path.join(folder, 'jobs');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${path.join(ROOT, 'bin/run.js')}' "$@"\n`);
  chmodSync(program, 0o755);
  return folder;
}

/**
 * Types the command in a terminal of its own and returns what stands on it when the prompt is back, without that prompt.
 * @param {string} programs folder that is searched first for commands
 */
async function runInTerminal(programs) {
  const server = `sluice-draw-${process.pid}`;
  /** @param {string[]} words */
  const tmux = (...words) => execFileSync('tmux', ['-L', server, ...words], { encoding: 'utf8' });
  const settings = path.join(folder, 'bashrc');
  // The shell's own word "jobs" would be found first.
  writeFileSync(
    settings,
    `PS1='${PROMPT}'; PATH='${programs}':$PATH; enable -n jobs; unset NO_COLOR DATABASE_URL REDIS_URL\n`,
  );
  const shell = ['bash', '--noprofile', '--rcfile', settings];
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', `${COLUMNS}`, '-y', '50', '-c', folder, ...shell);
  try {
    const screen = () => tmux('capture-pane', '-e', '-p').trimEnd().split('\n');
    await until(() => screen().at(-1)?.trim() === PROMPT.trim(), 'the shell gave no prompt');
    tmux('send-keys', COMMAND, 'Enter');
    await until(
      () => screen().length > 2 && screen().at(-1)?.trim() === PROMPT.trim(),
      'the run did not end',
    );
    return screen().slice(0, -1);
  } finally {
    tmux('kill-server');
  }
}

/** @param {() => boolean} isSo @param {string} otherwise */
async function until(isSo, otherwise) {
  for (const deadline = Date.now() + DEADLINE_MS; !isSo(); await wait(100)) {
    if (Date.now() > deadline) throw new Error(`${otherwise} within ${DEADLINE_MS / 1000} s`);
  }
}

/** @param {string} page @param {string} picture */
async function photograph(page, picture) {
  const executablePath = BROWSERS.find((file) => existsSync(file));
  if (executablePath === undefined) throw new Error(`no browser: none of ${BROWSERS.join(', ')}`);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const tab = await browser.newPage({ viewport: { width: 1100, height: 900 } });
    await tab.goto(pathToFileURL(page).href, { waitUntil: 'load' });
    await tab.screenshot({ path: picture });
  } finally {
    await browser.close();
  }
}
