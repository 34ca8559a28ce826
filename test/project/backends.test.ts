import { readdirSync } from 'node:fs';
import { Redis } from 'ioredis';
import pg from 'pg';
import { expect, it } from 'vitest';
import { describeOnBackend, describeOnEachBackend } from '../helpers/backends.js';

describeOnEachBackend('a suite', (backend) => {
  it('has a folder of its own, and the servers its name stands for', () => {
    expect(readdirSync(backend.folder)).toEqual([]);
    expect(Object.keys(backend.env)).toEqual(
      { pglite: [], postgres: ['DATABASE_URL'], redis: ['DATABASE_URL', 'REDIS_URL'] }[backend.name],
    );
  });
});

describeOnBackend('redis', 'a suite with both servers', (backend) => {
  it('begins with an empty database that its URL opens', async () => {
    const client = new pg.Client({ connectionString: backend.databaseUrl });
    await client.connect();
    const { rows } = await client.query(
      "SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'public'",
    );
    await client.end();
    expect(rows).toEqual([{ tables: 0 }]);
  });

  it('begins with an empty Redis that never evicts and appends every write to disk', async () => {
    const redis = new Redis(backend.redisUrl!);
    try {
      expect(await redis.dbsize()).toBe(0);
      expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
      expect(await redis.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
    } finally {
      redis.disconnect();
    }
  });
});
