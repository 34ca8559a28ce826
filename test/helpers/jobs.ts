/** Runs the built `jobs` command as a user's shell would: another process, its own folder, its own environment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const RUN_JS = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const DEFAULT_TIMEOUT_MS = 60_000;

export interface JobsOptions {
  cwd: string;
  /** Added to a clean environment: nothing of vitest's, and no DATABASE_URL, REDIS_URL or JOBS_… of the caller's. */
  env?: Record<string, string>;
  /** Standard input; none when absent. */
  input?: string;
  /** Killed after this, and the run counts as failed. Default 60 s. */
  timeoutMs?: number;
  /** The program to run instead of the checkout's, such as one that was installed elsewhere. */
  program?: string;
}

export interface JobsResult {
  /** Null when a signal ended it. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Waits for the end. @throws {Error} when the time is over, with what was printed until then */
export async function runJobs(args: readonly string[], options: JobsOptions): Promise<JobsResult> {
  const child = startJobs(args, options);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  const result = await collect(child).finally(() => clearTimeout(timer));
  if (timedOut) {
    throw new Error(
      `jobs ${args.join(' ')} did not end within ${timeoutMs} ms\n${result.stdout}\n${result.stderr}`,
    );
  }
  return result;
}

/** Starts it and returns at once, for tests that signal it or talk to it while it runs. */
export function startJobs(args: readonly string[], options: JobsOptions): ChildProcess {
  if (options.program === undefined && !existsSync(`${CHECKOUT}/dist/src`)) {
    throw new Error('there is no dist/: run "npm run build" before the tests that start the jobs command');
  }
  const [command, words] =
    options.program === undefined ? [process.execPath, [RUN_JS, ...args]] : [options.program, [...args]];
  const child = spawn(command, words, {
    cwd: options.cwd,
    env: { ...cleanEnvironment(), ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.end(options.input);
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

const running = new Set<ChildProcess>();

/** Kills what still runs of all that {@link startJobs} has started: for `afterEach`, so that no failed test disturbs the next. */
export async function killStartedJobs(): Promise<void> {
  const ends = [...running].map((child) => new Promise((ended) => child.once('exit', ended)));
  for (const child of running) {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
  }
  await Promise.all(ends);
}

/** Everything printed until the end. @throws {Error} when it could not be started */
export function collect(child: ChildProcess): Promise<JobsResult> {
  const result: JobsResult = { exitCode: null, signal: null, stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    result.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    result.stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({ ...result, exitCode, signal }));
  });
}

/** NODE_ENV=test would make oclif look for TypeScript sources; an outer npm would tell an inner one its folders. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const dropped =
    /^(NODE_ENV|NODE_OPTIONS|VITEST.*|TEST|DATABASE_URL|REDIS_URL|JOBS_.*|FORCE_COLOR|INIT_CWD|npm_(?!config_).*|npm_config_.*prefix)$/;
  const kept = Object.entries(process.env).filter(([name]) => !dropped.test(name));
  return { ...Object.fromEntries(kept), NO_COLOR: '1' };
}
