/** `jobs` in processes of its own, as a shell would start it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface JobsProcess {
  pid: number;
  isRunning(): boolean;
  signal(name: NodeJS.Signals): void;
  ended: Promise<JobsEnd>;
}

export interface JobsEnd {
  /** Null when a signal ended it. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  /** Its last part. */
  stderr: string;
}

const KEPT_STDERR = 4_000;
/** What would tell the process things of its starter: oclif looks for sources under NODE_ENV=test. */
const DROPPED = /^(NODE_ENV|NODE_OPTIONS|VITEST.*|TEST|DATABASE_URL|REDIS_URL|JOBS_.*|FORCE_COLOR)$/;

/** `log` gets what it writes to stderr. */
export function startJobs(
  args: readonly string[],
  { cwd, env, log }: { cwd: string; env: Record<string, string>; log: string },
): JobsProcess {
  const kept = Object.entries(process.env).filter(([name]) => !DROPPED.test(name));
  const child = spawn(process.execPath, [runJs(), ...args], {
    cwd,
    env: { ...Object.fromEntries(kept), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let isRunning = true;
  const ended = collect(child, log).finally(() => {
    isRunning = false;
  });
  return {
    pid: child.pid ?? 0,
    isRunning: () => isRunning,
    signal: (name) => void child.kill(name),
    ended,
  };
}

function collect(child: ChildProcess, log: string): Promise<JobsEnd> {
  const end: JobsEnd = { exitCode: null, signal: null, stdout: '', stderr: '' };
  const file = createWriteStream(log, { flags: 'a' });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    end.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    end.stderr = (end.stderr + text).slice(-KEPT_STDERR);
    file.write(text);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => {
      file.end(`-- ended: ${exitCode ?? signal}\n`);
      resolve({ ...end, exitCode, signal });
    });
  });
}

/** Source tree and build differ in depth. */
function runJs(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'bin/run.js'))) folder = path.dirname(folder);
  return path.join(folder, 'bin/run.js');
}
