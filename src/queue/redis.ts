/** The connection to Redis or Valkey. */
import type { Redis } from 'ioredis';
import { BackendError } from '../core/error.js';

export interface RedisLink {
  client: Redis;
  label: string;
  describe(): Promise<{ version: string; findings: { problem: string; fix: string }[] }>;
  close(): Promise<void>;
}

const CONNECT_DEADLINE_MS = 5_000;
const MAX_RECONNECT_WAIT_MS = 2_000;

/** @throws {BackendError} when the server does not answer within 5 s; later outages are waited out */
export async function openRedis(url: string, onTrouble: (message: string) => void = () => {}): Promise<RedisLink> {
  const label = redisLabel(url);
  const { Redis } = await import('ioredis');
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
      onTrouble(`Redis at ${label} went away (${error.message}); waiting for it`);
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
  return {
    client,
    label,
    describe: () => describeServer(client),
    close: async () => {
      await Promise.race([client.quit().catch(() => {}), delay(1000)]);
      client.disconnect();
    },
  };
}

async function firstAnswer(client: Redis): Promise<void> {
  await client.connect();
  await client.ping();
}

async function describeServer(client: Redis): Promise<{ version: string; findings: { problem: string; fix: string }[] }> {
  const info = await client.info();
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim();
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
      problem: 'append-only file is off: a crash of Redis loses queued jobs (the sweep adds them again from the ledger)',
      fix: 'redis-cli config set appendonly yes',
    });
  }
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2)) {
    findings.push({ problem: `version ${version} is too old; 6.2 or newer is needed`, fix: 'upgrade Redis or Valkey' });
  }
  return { version: `Redis ${version}`, findings };
}

function unreachable(label: string, error: Error): BackendError {
  const code = (error as Error & { code?: string }).code;
  const wrongPassword = /WRONGPASS|NOAUTH|invalid password/i.test(error.message);
  return new BackendError(
    `Redis at ${label} cannot be reached: ${wrongPassword ? 'it refuses the password' : code === 'ECONNREFUSED' ? 'nothing listens there (connection refused)' : error.message}`,
    {
      code: 'QUEUE_UNREACHABLE',
      hint: wrongPassword
        ? 'check the user and password in REDIS_URL'
        : 'check that the server runs (redis-cli ping) and that REDIS_URL is right; without REDIS_URL jobs live in the database',
      details: { url: label },
      cause: error,
    },
  );
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

function delay(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms).unref());
}
