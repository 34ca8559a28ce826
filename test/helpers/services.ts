/** vitest's global set-up: one Redis and one PostgreSQL for the whole run, started and stopped by `test/services`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Null when there is no Redis on this machine. */
    redisUrl: string | null;
    /** Null when there is no PostgreSQL on this machine; a superuser's URL, of its own server. */
    postgresUrl: string | null;
  }
}

const SCRIPT = fileURLToPath(new URL('../services', import.meta.url));
/** Long enough to install the packages first. */
const START_DEADLINE_MS = 600_000;
const STOP_DEADLINE_MS = 10_000;

/**
 * `TEST_REDIS_URL` and `TEST_POSTGRES_URL`, both set, are used instead; then nothing is started.
 * @throws {Error} in CI, when the servers cannot be had
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { TEST_REDIS_URL: redisUrl, TEST_POSTGRES_URL: postgresUrl } = process.env;
  if (redisUrl !== undefined && postgresUrl !== undefined) {
    project.provide('redisUrl', redisUrl);
    project.provide('postgresUrl', postgresUrl);
    return async () => {};
  }
  const services = await start();
  if (services === undefined) {
    if (process.env.CI)
      throw new Error('test/services could not start Redis and PostgreSQL; in CI no suite is skipped');
    console.warn(
      'test/services could not start Redis and PostgreSQL: the suites that need them are skipped, by name, below',
    );
  }
  project.provide('redisUrl', services?.redisUrl ?? null);
  project.provide('postgresUrl', services?.postgresUrl ?? null);
  return async () => services?.stop();
}

async function start() {
  const child = spawn(SCRIPT, ['--stdin'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const deadline = setTimeout(() => child.kill('SIGTERM'), START_DEADLINE_MS);
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([text]) => String(text)),
    ended.then(() => undefined),
  ]).finally(() => clearTimeout(deadline));
  if (line === undefined) return undefined;
  const urls: { redisUrl: string; postgresUrl: string } = JSON.parse(line);
  return { ...urls, stop: () => stop(child, ended) };
}

async function stop(child: ReturnType<typeof spawn>, ended: Promise<unknown>): Promise<void> {
  const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
  child.stdin?.end();
  await ended;
  clearTimeout(deadline);
}
