/** The live block on a real terminal of 80 by 24, as tmux shows it. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../faults/journal.js';
import { describeOnBackend } from '../helpers/backends.js';
import { cleanEnvironment } from '../helpers/jobs.js';
import { newProject } from '../helpers/project.js';

const RUN_JS = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const COLUMNS = 80;
const SOCKET = `sluice-test-${process.pid}`;

const TALKATIVE = `
import { existsSync } from 'node:fs';
import { defineTask, FinalError } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'talkative', version: 1, title: 'Says a lot', attempts: 1,
  input: z.object({ n: z.number() }),
  options: z.object({ gate: z.string() }),
  async run(ctx, { n }) {
    if (n === 5) ctx.log.warn('a warning that stays');
    if (n === 6) console.log('printed by the task');
    if (n % 4 === 0) throw new FinalError('तालाब 村庄 ' + 'a reason longer than any terminal is wide '.repeat(4));
    while (n > 20 && !existsSync(ctx.options.gate)) await new Promise((done) => setTimeout(done, 20));
  },
});
`;

const hasTmux = ['/usr/bin/tmux', '/usr/local/bin/tmux', '/opt/homebrew/bin/tmux'].some((file) =>
  existsSync(file),
);
if (!hasTmux && !process.env.CI) {
  console.warn('SKIPPED "progress on a terminal": no tmux. Get it with: sudo apt-get install tmux');
}

describe.skipIf(!hasTmux && !process.env.CI)('progress', () => {
  describeOnBackend('pglite', 'on a terminal', (backend) => {
    afterEach(() => {
      try {
        tmux('kill-server');
      } catch {
        // It ended with its last window.
      }
    });

    it('is one block that stays below what is said meanwhile, leaves nothing behind, and wraps no line', async () => {
      const project = newProject(backend, { talkative: TALKATIVE });
      const sheet = project.write(
        'rows.csv',
        `n\n${Array.from({ length: 24 }, (_, i) => i + 1).join('\n')}\n`,
      );
      const words = [
        process.execPath,
        RUN_JS,
        'run',
        'talkative',
        sheet,
        '--set',
        `gate=${backend.folder}/gate`,
      ];
      project.write(
        'go.sh',
        `cd '${backend.folder}'\n${words.map((word) => `'${word}'`).join(' ')}\necho "exit $?"\ncat\n`,
      );
      const { NO_COLOR: _, ...env } = cleanEnvironment();
      tmux(
        'new-session',
        '-d',
        '-x',
        String(COLUMNS),
        '-y',
        '24',
        `env -u NO_COLOR sh '${backend.folder}/go.sh'`,
        env,
      );

      await until(
        'the block stands at row 20',
        () => /15 completed · 6 failed · 3 to go/.test(screen()),
        40_000,
      );
      expect(screen().split('\n')).toEqual([
        expect.stringMatching(/^Batch b_/),
        'a warning that stays',
        'printed by the task',
        expect.stringMatching(/^█+░+ {2}87 % of 24 · [\d.]+ rows\/s · \d+ s left$/),
        '15 completed · 6 failed · 3 to go',
        expect.stringMatching(/^ {2}row \d+: तालाब 村庄 a reason longer .*…$/),
        expect.stringMatching(/^ {2}row \d+: तालाब 村庄 a reason longer .*…$/),
        expect.stringMatching(/^ {2}row \d+: तालाब 村庄 a reason longer .*…$/),
      ]);

      project.write('gate', '');
      await until('the run has ended', () => /^exit 5$/m.test(screen()), 40_000);
      const all = screen();
      expect(all.match(/rows\/s/g)).toHaveLength(1);
      expect(all.match(/^█{28} 100 % of 24 · /gm)).toHaveLength(1);
      expect(all.match(/^18 completed · 6 failed$/gm)).toHaveLength(1);
      expect(all.match(/a warning that stays/g)).toHaveLength(1);
      expect(all).toMatch(/^ {3,}5 {8}तालाब 村庄 .*…$/m);
      expect(all).toMatch(/report +out\/rows\.report\.html/);
    }, 90_000);
  });
});

/** What stands on the terminal and above it, without empty lines at the end. A line that was wrapped is two. */
function screen(): string {
  return tmux('capture-pane', '-p', '-S', '-200').trimEnd();
}

function tmux(...words: (string | NodeJS.ProcessEnv)[]): string {
  const last = words.at(-1);
  const env = typeof last === 'object' ? last : process.env;
  const args = words.filter((word) => typeof word === 'string');
  return execFileSync('tmux', ['-L', SOCKET, '-f', '/dev/null', ...args], {
    encoding: 'utf8',
    env: { ...env, LC_ALL: 'C.UTF-8', TERM: 'xterm-256color' },
    timeout: 10_000,
  });
}
