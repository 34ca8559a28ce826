/** How long a command takes to start, as a whole process, against a bare oclif command. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench } from './bench.js';
import { median } from './median.js';

const ROUNDS = 15;
const CHECKOUT = fileURLToPath(new URL('..', import.meta.url));
const JOBS = path.join(CHECKOUT, 'bin/run.js');

type Command = 'bare' | 'version' | 'help' | 'list';

const startup: Bench = async ({ folder, scale }) => {
  const rounds = Math.max(Math.round(ROUNDS * Math.min(scale * 2, 1)), 3);
  const cwd = path.join(folder, 'startup');
  const bare = makeBareCommand(path.join(cwd, 'bare'));
  // The first call makes the embedded database.
  execFileSync(process.execPath, [JOBS, 'batch', 'list'], { cwd, stdio: 'ignore' });
  const commands: Record<Command, string[]> = {
    bare: [bare, '--version'],
    version: [JOBS, '--version'],
    help: [JOBS, '--help'],
    list: [JOBS, 'batch', 'list'],
  };
  const ms: Record<Command, number[]> = { bare: [], version: [], help: [], list: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const name of ['bare', 'version', 'help', 'list'] as const) {
      const began = performance.now();
      const { status } = spawnSync(process.execPath, commands[name], { cwd, stdio: 'ignore' });
      if (status !== 0) throw new Error(`${name} ended with ${status}`);
      if (round > 0) ms[name].push(performance.now() - began);
    }
  }
  const took = (name: Command) => `${Math.round(median(ms[name]))} ms`;
  const ratio = (name: Command, to: Command) =>
    median(ms[name].map((value, round) => value / ms[to][round]!)).toFixed(2);
  return [
    { what: 'bare oclif command, --version', value: took('bare'), ratio: '1' },
    { what: 'jobs --version', value: took('version'), ratio: ratio('version', 'bare'), target: '≤ 1.5' },
    { what: 'jobs --help', value: took('help'), ratio: ratio('help', 'bare') },
    {
      what: 'jobs batch list, embedded, to jobs --version',
      value: took('list'),
      ratio: ratio('list', 'version'),
      target: '< 3',
    },
  ];
};

export default startup;

/** The smallest program that oclif can run. */
function makeBareCommand(folder: string): string {
  mkdirSync(path.join(folder, 'commands'), { recursive: true });
  symlinkSync(path.join(CHECKOUT, 'node_modules'), path.join(folder, 'node_modules'));
  writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({
      name: 'bare',
      version: '1.0.0',
      type: 'module',
      oclif: { bin: 'bare', commands: './commands' },
    }),
  );
  writeFileSync(
    path.join(folder, 'commands/hello.js'),
    "import { Command } from '@oclif/core';\nexport default class Hello extends Command {\n  async run() {}\n}\n",
  );
  const entry = path.join(folder, 'run.js');
  writeFileSync(entry, "import { execute } from '@oclif/core';\nawait execute({ dir: import.meta.url });\n");
  return entry;
}
