/** `jobs conformance` on a user's own backend: a throw-away place that leaves nothing behind. */
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { expect, it } from 'vitest';
import { freePort } from '../faults/private-servers.js';
import { describeOnBackend } from '../helpers/backends.js';
import { runJobs } from '../helpers/jobs.js';

const SMALL = ['--jobs', '40', '--outage', '2s', '--lease', '1500ms'];

describeOnBackend('redis', 'jobs conformance', (backend) => {
  const options = { cwd: backend.folder, env: backend.env, timeoutMs: 120_000 };

  it('prints and writes its report, names what it leaves out, and removes its database, keys and folder', async () => {
    const before = new Set([...(await databases(backend.databaseUrl!)), ...folders()]);
    const words = ['conformance', ...SMALL, '--seed', '7', '--only', 'kill-mid-run,redis-killed'];
    const { exitCode, stdout, stderr } = await runJobs([...words, '--json', '--out', 'report.md'], options);
    expect(exitCode, stderr).toBe(0);
    const { faults, ...head } = JSON.parse(stdout);
    expect(head).toEqual({
      version: expect.any(String),
      node: process.versions.node,
      backend: expect.stringMatching(/^postgres:.* and redis:/),
      startedAt: expect.any(String),
      elapsedMs: expect.any(Number),
      seed: 7,
      sizes: { jobs: 40, outageMs: 2_000, leaseMs: 1_500 },
      ok: true,
    });
    const [kill, harm] = faults;
    expect(kill).toEqual({
      fault: 'kill-mid-run',
      title: expect.any(String),
      backend: 'redis',
      verdict: 'kept',
      jobs: 40,
      lost: 0,
      ranTwice: expect.any(Number),
      leasesLost: expect.any(Number),
      stuck: 0,
      recoveryMs: expect.any(Number),
      elapsedMs: expect.any(Number),
      seed: 7,
      complaints: [],
      notes: expect.any(Array),
      evidence: null,
    });
    expect(kill.leasesLost).toBeGreaterThan(0);
    expect(harm).toMatchObject({
      fault: 'redis-killed',
      verdict: 'left-out',
      notes: ['it would harm the Redis server'],
    });
    expect(readFileSync(path.join(backend.folder, 'report.md'), 'utf8')).toMatch(
      /\| kill-mid-run \| .* \| 40 \| 0 \|.*\| kept \|\n\| redis-killed \|.*\| left out \|/,
    );
    const secret = new URL(backend.redisUrl!).password;
    expect(stdout + stderr).not.toContain(secret);
    const left = [...(await databases(backend.databaseUrl!)), ...folders()];
    // Other suites run other faults on the same server at the same time.
    expect(left.filter((name) => !before.has(name) && /kill.mid.run|redis.killed/.test(name))).toEqual([]);
    expect(await keys(backend.redisUrl!)).toEqual([]);
  }, 150_000);

  it('names the nearest fault when there is none of that name', async () => {
    const { exitCode, stderr } = await runJobs(['conformance', '--only', 'kil-mid-run'], options);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/no fault "kil-mid-run" on redis[\s\S]*did you mean kill-mid-run/);
  });

  it('says before it begins that Redis cannot be reached, and leaves nothing', async () => {
    const before = await databases(backend.databaseUrl!);
    const env = { ...backend.env, REDIS_URL: `redis://127.0.0.1:${await freePort()}` };
    const words = ['conformance', '--only', 'kill-in-process'];
    const { exitCode, stderr } = await runJobs(words, { ...options, env });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/Redis at .* cannot be reached/);
    const left = (await databases(backend.databaseUrl!)).filter((name) => !before.includes(name));
    expect(left.filter((name) => name.includes('kill_in_process'))).toEqual([]);
  }, 60_000);

  it('says which grant is missing when it may not make its database', async () => {
    const url = new URL(backend.databaseUrl!);
    const role = `modest_${path.basename(url.pathname)}`;
    const before = folders();
    await asAdministrator(backend.databaseUrl!, `create role ${role} login password 'modest'`);
    try {
      url.username = role;
      url.password = 'modest';
      const env = { DATABASE_URL: url.href };
      const words = ['conformance', '--only', 'kill-in-process'];
      const { exitCode, stderr } = await runJobs(words, { ...options, env });
      expect(exitCode).toBe(4);
      expect(stderr).toContain(`${role} may not make the throw-away database`);
      expect(stderr).toContain(`alter role "${role}" createdb`);
      expect(folders().filter((name) => !before.includes(name) && name.includes('kill-in-process'))).toEqual(
        [],
      );
    } finally {
      await asAdministrator(backend.databaseUrl!, `drop role ${role}`);
    }
  });
});

async function asAdministrator(url: string, sql: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows.map(({ datname }) => datname);
  } finally {
    await client.end();
  }
}

function databases(url: string): Promise<string[]> {
  return asAdministrator(url, 'select datname from pg_database');
}

function folders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('sluice-conformance-'));
}

async function keys(url: string): Promise<string[]> {
  const client = new Redis(url, { maxRetriesPerRequest: 2 });
  try {
    return await client.keys('*');
  } finally {
    client.disconnect();
  }
}
