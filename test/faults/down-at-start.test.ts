import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnBackend, type TestBackend } from '../helpers/backends.js';
import { type JobsResult, runJobs } from '../helpers/jobs.js';
import { newProject } from '../helpers/project.js';
import { JOURNAL, sheetOf } from './journal.js';
import { freePort, newRedis, type PrivateServer } from './private-servers.js';

const PROMISED_MS = 15_000;

interface Told {
  code: string;
  message: string;
  hint: string;
  details: Record<string, unknown>;
}

/** Exit 4 in time, told in words and as JSON, with nothing secret in either. */
async function expectUnreachable(
  backend: TestBackend,
  env: Record<string, string>,
  { says, hints, hides }: { says: RegExp; hints: RegExp; hides?: string },
): Promise<void> {
  const project = newProject(backend, { journal: JOURNAL });
  const args = ['run', 'journal', project.write('rows.csv', sheetOf(3)), '--set', 'file=journal.txt'];
  const began = Date.now();
  const text = await runJobs(args, { cwd: backend.folder, env, timeoutMs: 30_000 });
  expect(Date.now() - began, 'in time').toBeLessThan(PROMISED_MS);
  expect(text).toMatchObject({ exitCode: 4, stdout: '' });
  expect(text.stderr).toMatch(says);
  expect(text.stderr).toMatch(hints);

  const json = await runJobs([...args, '--json'], { cwd: backend.folder, env, timeoutMs: 30_000 });
  expect(json.exitCode).toBe(4);
  const { error } = JSON.parse(json.stdout) as { error: Told };
  expect(Object.keys(error)).toEqual(['code', 'message', 'hint', 'details']);
  expect(error.code).toMatch(/_UNREACHABLE$/);
  expect(error.message).toMatch(says);
  expect(error.hint).toMatch(hints);
  for (const { stdout, stderr } of [text, json] as JobsResult[]) {
    expect(`${stdout}${stderr}`.split('\n').length, stderr).toBeLessThan(15);
    if (hides !== undefined) expect(stdout + stderr).not.toContain(hides);
  }
}

describeOnBackend('postgres', 'a command whose PostgreSQL cannot be had', (backend) => {
  it('says that nothing listens there, hiding the password', async () => {
    const port = await freePort();
    await expectUnreachable(
      backend,
      { DATABASE_URL: `postgres://me:hidden-word@127.0.0.1:${port}/work` },
      {
        says: new RegExp(`postgres://me@127.0.0.1:${port}/work.*nothing listens`),
        hints: /start PostgreSQL.*DATABASE_URL/,
        hides: 'hidden-word',
      },
    );
  });

  it('says that the password is refused', async () => {
    const url = new URL(backend.databaseUrl!);
    url.password = 'hidden-word';
    await expectUnreachable(
      backend,
      { DATABASE_URL: url.href },
      {
        says: /refuses user sluice with this password/,
        hints: /user and password in DATABASE_URL/,
        hides: 'hidden-word',
      },
    );
  });

  it('says that there is no such database, and how to make one', async () => {
    const url = new URL(backend.databaseUrl!);
    url.pathname = '/no_such_database';
    await expectUnreachable(
      backend,
      { DATABASE_URL: url.href },
      {
        says: /no database named no_such_database/,
        hints: /createdb .*no_such_database/,
        hides: url.password,
      },
    );
  });

  it('says that there is no such host', async () => {
    await expectUnreachable(
      backend,
      { DATABASE_URL: 'postgres://me:hidden-word@nowhere.invalid/work' },
      {
        says: /no host named nowhere\.invalid/,
        hints: /host in DATABASE_URL/,
        hides: 'hidden-word',
      },
    );
  });

  it('does not wait for a server that takes the connection and says nothing', async () => {
    const silent = await listenSilently();
    try {
      await expectUnreachable(
        backend,
        { DATABASE_URL: `postgres://me:hidden-word@127.0.0.1:${silent.port}/work` },
        {
          says: /did not answer in time/,
          hints: /host, port/,
          hides: 'hidden-word',
        },
      );
    } finally {
      silent.close();
    }
  }, 60_000);
});

describeOnBackend('redis', 'a command whose Redis cannot be had', (backend) => {
  let redis: PrivateServer;
  beforeAll(async () => {
    redis = await newRedis({ password: 'right-word' });
    await redis.start();
  });
  afterAll(() => redis?.remove());
  const withRedis = (url: string) => ({ DATABASE_URL: backend.databaseUrl!, REDIS_URL: url });

  it('says that nothing listens there, hiding the password', async () => {
    const port = await freePort();
    await expectUnreachable(backend, withRedis(`redis://:hidden-word@127.0.0.1:${port}`), {
      says: new RegExp(`redis://:\\*\\*\\*@127.0.0.1:${port}.*nothing listens`),
      hints: /REDIS_URL/,
      hides: 'hidden-word',
    });
  });

  it('says that a password is wanted', async () => {
    const url = new URL(redis.url);
    url.password = '';
    await expectUnreachable(backend, withRedis(url.href), { says: /wants a password/, hints: /REDIS_URL/ });
  });

  it('says that the password is refused', async () => {
    const url = new URL(redis.url);
    url.password = 'hidden-word';
    await expectUnreachable(backend, withRedis(url.href), {
      says: /refuses the password/,
      hints: /password in REDIS_URL/,
      hides: 'hidden-word',
    });
  });

  it('says that there is no such host', async () => {
    await expectUnreachable(backend, withRedis('redis://:hidden-word@nowhere.invalid:6379'), {
      says: /no host named nowhere\.invalid/,
      hints: /REDIS_URL/,
      hides: 'hidden-word',
    });
  });

  it('does not wait for a server that takes the connection and says nothing', async () => {
    const silent = await listenSilently();
    try {
      await expectUnreachable(backend, withRedis(`redis://127.0.0.1:${silent.port}`), {
        says: /no answer within/,
        hints: /REDIS_URL/,
      });
    } finally {
      silent.close();
    }
  }, 60_000);
});

async function listenSilently(): Promise<{ port: number; close(): void }> {
  const server: Server = createServer(() => {});
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { port: (server.address() as { port: number }).port, close: () => server.close() };
}
