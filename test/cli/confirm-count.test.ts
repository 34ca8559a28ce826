/** A question that only the right number answers, on a real terminal (tmux). */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import { until } from '../faults/journal.js';
import { describeOnBackend } from '../helpers/backends.js';
import { cleanEnvironment } from '../helpers/jobs.js';
import { addLetters } from '../helpers/letters.js';
import { newProject } from '../helpers/project.js';

const RUN_JS = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const SOCKET = `sluice-confirm-${process.pid}`;

const hasTmux = ['/usr/bin/tmux', '/usr/local/bin/tmux', '/opt/homebrew/bin/tmux'].some((file) =>
  existsSync(file),
);
if (!hasTmux && !process.env.CI) {
  console.warn('SKIPPED "jobs dlq purge on a terminal": no tmux. Get it with: sudo apt-get install tmux');
}

describe.skipIf(!hasTmux && !process.env.CI)('jobs dlq purge on a terminal', () => {
  describeOnBackend('pglite', 'the count', (backend) => {
    let holder: Toolkit;
    beforeAll(async () => {
      holder = await newProject(backend, {}).open();
      await addLetters(holder.db, 12);
    });
    afterAll(async () => {
      tmux('kill-server');
      await holder.close();
    });

    it('must be typed: yes is no answer, the number is', async () => {
      const command = `'${process.execPath}' '${RUN_JS}' dlq purge; echo "exit $?"`;
      tmux(
        'new-session',
        '-d',
        '-x',
        '100',
        '-y',
        '24',
        `cd '${backend.folder}'; ${command}; ${command}; cat`,
      );
      const asked = (times: number) => async () =>
        screen().split('Remove 12 dead letters for good? Type 12 to go on:').length > times;
      await until('it asks', asked(1), 40_000);
      tmux('send-keys', 'yes', 'Enter');
      await until('it gives up and asks again', asked(2), 40_000);
      expect(screen()).toMatch(/Not confirmed; nothing was changed\n(.*\n)*exit 2/);
      expect(await holder.deadLetters.count({})).toBe(12);
      tmux('send-keys', '12', 'Enter');
      await until('it is done', () => /^exit 0$/m.test(screen()), 40_000);
      expect(screen()).toContain('12 dead letters removed');
      expect(await holder.deadLetters.count({})).toBe(0);
    }, 130_000);
  });
});

function screen(): string {
  return tmux('capture-pane', '-p', '-J', '-S', '-200').trimEnd();
}

function tmux(...words: string[]): string {
  return execFileSync('tmux', ['-L', SOCKET, '-f', '/dev/null', ...words], {
    encoding: 'utf8',
    env: { ...cleanEnvironment(), LC_ALL: 'C.UTF-8', TERM: 'xterm-256color' },
    timeout: 10_000,
  });
}
