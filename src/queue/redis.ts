/** The connection to Redis or Valkey. */
import type { Redis } from 'ioredis';
import { settlesWithin } from '../core/deadline.js';
import { BackendError } from '../core/error.js';
import { loadIoredis } from './libraries.js';

export interface RedisLink {
  client: Redis;
  label: string;
  describe(): Promise<{ version: string; findings: { problem: string; fix: string }[] }>;
  /** Cuts its connection, which is then made anew, and what was not answered is asked again. False when it is away. */
  renew(): boolean;
  close(): Promise<void>;
}

const CONNECT_DEADLINE_MS = 5_000;
const MAX_RECONNECT_WAIT_MS = 2_000;
const PING_MS = 5_000;
const SILENT_AFTER_MS = 5_000;
const QUIT_MS = 1_000;

/** @throws {BackendError} when the server does not answer within 5 s; later outages are waited out */
export async function openRedis(
  url: string,
  onTrouble: (message: string) => void = () => {},
): Promise<RedisLink> {
  const label = redisLabel(url);
  const { Redis } = loadIoredis();
  const client = new Redis(url, {
    maxRetriesPerRequest: null,
    lazyConnect: true,
    connectTimeout: CONNECT_DEADLINE_MS,
    retryStrategy: (times) => Math.min(times * 100, MAX_RECONNECT_WAIT_MS),
  });
  let lastError: Error | undefined;
  let up = false;
  client.on('error', (error: Error) => {
    lastError = error;
    if (up) {
      up = false;
      onTrouble(`Redis at ${label} went away (${error.message || 'connection lost'}); waiting for it`);
    }
  });
  client.on('ready', () => {
    if (!up && lastError !== undefined) onTrouble(`Redis at ${label} is back`);
    up = true;
  });
  try {
    await within(CONNECT_DEADLINE_MS, firstAnswer(client));
  } catch (error) {
    client.disconnect();
    throw unreachable(label, lastError ?? (error as Error));
  }
  const stopListening = watchSilence(client, label, onTrouble);
  return {
    client,
    label,
    describe: () => describeServer(client),
    renew: () => {
      // One that waits to connect again would never do so if it were cut now.
      if (client.status !== 'ready' && client.status !== 'connect') return false;
      client.disconnect(true);
      return true;
    },
    close: async () => {
      stopListening();
      await settlesWithin(client.quit(), QUIT_MS);
      client.disconnect();
    },
  };
}

async function firstAnswer(client: Redis): Promise<void> {
  await client.connect();
  await client.ping();
}

/** A server that is frozen, or behind a dead line, closes nothing: only a question that is not answered shows it. */
function watchSilence(client: Redis, label: string, onTrouble: (message: string) => void): () => void {
  let isAsking = false;
  const timer = setInterval(async () => {
    if (isAsking || client.status !== 'ready') return;
    isAsking = true;
    const answer = client.ping();
    const isSilent = !(await settlesWithin(answer, SILENT_AFTER_MS)) && client.status === 'ready';
    if (isSilent) onTrouble(`Redis at ${label} does not answer; waiting for it`);
    await answer.catch(() => {});
    if (isSilent) onTrouble(`Redis at ${label} answers again`);
    isAsking = false;
  }, PING_MS);
  timer.unref();
  return () => clearInterval(timer);
}

async function describeServer(
  client: Redis,
): Promise<{ version: string; findings: { problem: string; fix: string }[] }> {
  const info = await client.info();
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim();
  const version = field('valkey_version') ?? field('redis_version') ?? 'unknown';
  const findings: { problem: string; fix: string }[] = [];
  const policy = field('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    findings.push({
      problem: `maxmemory-policy is ${policy}: Redis may throw jobs away when memory is short`,
      fix: 'redis-cli config set maxmemory-policy noeviction',
    });
  }
  if (field('aof_enabled') === '0') {
    findings.push({
      problem:
        'append-only file is off: a crash of Redis loses queued jobs (the sweep adds them again from the ledger)',
      fix: 'redis-cli config set appendonly yes',
    });
  }
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2)) {
    findings.push({
      problem: `version ${version} is too old; 6.2 or newer is needed`,
      fix: 'upgrade Redis or Valkey',
    });
  }
  return { version: `Redis ${version}`, findings };
}

function unreachable(label: string, error: Error): BackendError {
  const isOfPassword = /NOAUTH|WRONGPASS|invalid password/i.test(error.message);
  return new BackendError(`Redis at ${label} cannot be reached: ${reasonOf(error)}`, {
    code: 'QUEUE_UNREACHABLE',
    hint: isOfPassword
      ? 'check the user and password in REDIS_URL'
      : 'check that the server runs (redis-cli ping) and that REDIS_URL is right; without REDIS_URL jobs live in the database',
    details: { url: label },
    cause: error,
  });
}

function reasonOf(error: Error & { code?: string; hostname?: string }): string {
  if (/NOAUTH/.test(error.message)) return 'it wants a password, and none was given';
  if (/WRONGPASS|invalid password/i.test(error.message)) return 'it refuses the password';
  if (error.code === 'ECONNREFUSED') return 'nothing listens there (connection refused)';
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN')
    return `there is no host named ${error.hostname ?? 'that'}`;
  return error.message;
}

/** `redis://user:***@host:6379/0`. */
export function redisLabel(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password !== '') parsed.password = '***';
    return parsed.toString();
  } catch {
    return 'the URL in REDIS_URL (it cannot be parsed)';
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
