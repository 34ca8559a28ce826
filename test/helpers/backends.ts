/** Runs one suite on each backend that a user can choose: embedded, PostgreSQL, Redis with PostgreSQL. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, inject, it } from 'vitest';

export const BACKENDS = ['pglite', 'postgres', 'redis'] as const;
export type BackendName = (typeof BACKENDS)[number];

export interface TestBackend {
  name: BackendName;
  /** An empty folder of this suite's own, removed after it: for the embedded database and for files. */
  folder: string;
  /** An empty database of this suite's own; undefined = embedded. It exists from the suite's first hook on. */
  databaseUrl: string | undefined;
  /** An empty Redis database of this suite's own; undefined = jobs live in the database. */
  redisUrl: string | undefined;
  /** The two URLs as a `jobs` process takes them: `DATABASE_URL`, `REDIS_URL`. */
  env: Record<string, string>;
}

/**
 * A `describe` for each backend, titled `<title> on <backend>`. A suite whose server is missing is skipped and says
 * so; in CI it fails instead.
 */
export function describeOnEachBackend(title: string, suite: (backend: TestBackend) => void): void {
  for (const name of BACKENDS) describeOnBackend(name, title, suite);
}

/** The same on one backend. */
export function describeOnBackend(
  name: BackendName,
  title: string,
  suite: (backend: TestBackend) => void,
): void {
  const fullTitle = `${title} on ${name}`;
  const missing = missingServer(name);
  if (missing !== undefined) {
    refuse(fullTitle, missing);
    return;
  }
  describe(fullTitle, () => {
    const backend = newBackend(name);
    if (backend.databaseUrl !== undefined) useFreshDatabase(backend.databaseUrl);
    if (backend.redisUrl !== undefined) useFreshRedis(backend.redisUrl);
    afterAll(() => rmSync(backend.folder, { recursive: true, force: true, maxRetries: 5 }));
    suite(backend);
  });
}

function missingServer(name: BackendName): string | undefined {
  if (name !== 'pglite' && inject('postgresUrl') === null) return 'PostgreSQL';
  if (name === 'redis' && inject('redisUrl') === null) return 'Redis';
  return undefined;
}

function refuse(fullTitle: string, server: string): void {
  if (process.env.CI) {
    describe(fullTitle, () => {
      it(`has ${server}`, () => {
        throw new Error(`no ${server} for "${fullTitle}"; run test/services as root to see why`);
      });
    });
    return;
  }
  console.warn(
    `SKIPPED "${fullTitle}": no ${server}. Get it with: sudo apt-get install redis-server postgresql`,
  );
  describe.skip(fullTitle, () => {
    it(`needs ${server}`, () => {});
  });
}

let suitesInThisFile = 0;

function newBackend(name: BackendName): TestBackend {
  const folder = mkdtempSync(path.join(tmpdir(), `sluice-${name}-`));
  const databaseUrl =
    name === 'pglite'
      ? undefined
      : withPath(inject('postgresUrl')!, `test_${randomBytes(6).toString('hex')}`);
  const redisUrl = name === 'redis' ? withPath(inject('redisUrl')!, String(redisDatabase())) : undefined;
  const env = {
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
  };
  return { name, folder, databaseUrl, redisUrl, env };
}

/** Files that run at the same time are in different vitest workers; of those of one worker, each is flushed first. */
function redisDatabase(): number {
  const worker = Number(process.env.VITEST_POOL_ID ?? 0) % 64;
  suitesInThisFile += 1;
  return worker * 64 + (suitesInThisFile % 64);
}

function withPath(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

function useFreshDatabase(databaseUrl: string): void {
  const name = new URL(databaseUrl).pathname.slice(1);
  beforeAll(() => asAdministrator(`CREATE DATABASE ${name}`));
  afterAll(() => asAdministrator(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
}

async function asAdministrator(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl')!, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function useFreshRedis(redisUrl: string): void {
  const flush = async () => {
    const client = new Redis(redisUrl, { maxRetriesPerRequest: 2, connectTimeout: 10_000 });
    try {
      await client.flushdb();
    } finally {
      client.disconnect();
    }
  };
  beforeAll(flush);
  afterAll(flush);
}
