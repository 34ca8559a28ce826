import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createPostgresBackend, Queue, Worker } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ConnectionState, type Database, openDatabase } from '../../../src/database/database.js';
import { DatabaseLostError } from '../../../src/database/database-lost-error.js';
import { readDatabaseUrl } from '../../../src/database/postgres/database-url.js';
import { queueTables } from '../../../src/queue/queue-tables.js';
import { describeOnBackend } from '../../helpers/backends.js';
import { type ServerProxy, startProxy } from './proxy.js';

const NO_FOLDER = { stateDir: '/nonexistent' };

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

/** Asks for a password and refuses it, as PostgreSQL does. */
async function startRefusingServer(): Promise<{ port: number; close(): void }> {
  const refusal = 'SFATAL\0C28P01\0Mpassword authentication failed for user "ann"\0\0';
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(message('R', Buffer.from([0, 0, 0, 3])));
      socket.once('data', () => socket.end(message('E', Buffer.from(refusal))));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as { port: number }).port, close: () => server.close() };
}

describe('a PostgreSQL that cannot be used', () => {
  it('because nothing listens there is named, without its password', async () => {
    const opening = openDatabase({
      queueTables,
      url: 'postgres://ann:s3cret@127.0.0.1:1/jobs',
      ...NO_FOLDER,
    });
    await expect(opening).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message:
        'the database postgres://ann@127.0.0.1:1/jobs cannot be reached: nothing listens at 127.0.0.1:1',
      details: { reason: 'refused' },
    });
  });

  it('because the host is unknown is told apart', async () => {
    const opening = openDatabase({ queueTables, url: 'postgres://ann@nowhere.invalid/jobs', ...NO_FOLDER });
    await expect(opening).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      details: { reason: 'host' },
    });
  });

  it('because the password is wrong is told apart', async () => {
    const server = await startRefusingServer();
    try {
      const url = `postgres://ann:s3cret@127.0.0.1:${server.port}/jobs`;
      const error = await openDatabase({ queueTables, url, ...NO_FOLDER }).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE', details: { reason: 'password' } });
      expect(`${error.message} ${error.hint} ${JSON.stringify(error.details)}`).not.toContain('s3cret');
    } finally {
      server.close();
    }
  });

  it('because it takes connections and never answers is told apart', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as { port: number };
      const opening = openDatabase({
        queueTables,
        url: `postgres://ann@127.0.0.1:${port}/jobs`,
        ...NO_FOLDER,
      });
      await expect(opening).rejects.toMatchObject({
        code: 'DATABASE_UNREACHABLE',
        details: { reason: 'timeout' },
      });
    } finally {
      server.close();
    }
  });

  it.each([
    'mysql://ann@host/jobs',
    'not a url',
    'postgres://',
  ])('because of its url is refused: %s', async (url) => {
    await expect(openDatabase({ queueTables, url, ...NO_FOLDER })).rejects.toMatchObject({
      code: expect.stringMatching(/^DATABASE_(URL_INVALID|UNREACHABLE)$/),
    });
  });
});

describe('a database url for people', () => {
  it.each([
    ['postgres://ann:s3cret@db.example:6543/jobs?sslmode=require', 'postgres://ann@db.example:6543/jobs'],
    ['postgresql://ann:a%2Fb%40c@db.example/jobs', 'postgres://ann@db.example:5432/jobs'],
    ['postgres://ann@db.example/jobs?password=s3cret', 'postgres://ann@db.example:5432/jobs'],
    [
      'postgres:///jobs?host=/var/run/postgresql&user=ann',
      expect.stringContaining('@/var/run/postgresql:5432/jobs'),
    ],
  ])('has no secret in it: %s', (url, label) => {
    expect(readDatabaseUrl(url).label).toEqual(label);
  });
});

describeOnBackend('postgres', 'a PostgreSQL', (backend) => {
  let proxy: ServerProxy;
  let database: Database;
  let states: ConnectionState[];

  beforeAll(async () => {
    const direct = await openDatabase({ queueTables, url: backend.databaseUrl, ...NO_FOLDER });
    await direct.query('CREATE TABLE public.note (key text PRIMARY KEY)');
    await direct.close();
  });

  beforeEach(async () => {
    proxy = await startProxy(backend.databaseUrl!);
    database = await openDatabase({ queueTables, url: proxy.url, ...NO_FOLDER });
    states = [];
    database.onState((state) => states.push(state));
  });

  afterEach(async () => {
    await database.close();
    await proxy.close();
  });

  afterAll(async () => {
    await database?.close();
  });

  function becomes(up: boolean): Promise<ConnectionState> {
    return new Promise((resolve) => database.onState((state) => state.up === up && resolve(state)));
  }

  it('that has no such database is told apart', async () => {
    const url = new URL(backend.databaseUrl!);
    url.pathname = '/no_such_database';
    await expect(openDatabase({ queueTables, url: url.href, ...NO_FOLDER })).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      details: { reason: 'database' },
      hint: expect.stringContaining('createdb'),
    });
  });

  it('that is away is waited for, and said to be down once and back once', async () => {
    const down = becomes(false);
    await proxy.takeAway();
    await down;
    const answers = Promise.all([1, 2, 3].map((n) => database.query('SELECT $1::int AS n', [n])));
    await proxy.bringBack();
    expect((await answers).map(({ rows }) => rows)).toEqual([[{ n: 1 }], [{ n: 2 }], [{ n: 3 }]]);
    expect(states.map((state) => state.up)).toEqual([false, true]);
    expect(states[0]!.message).toContain('cannot be reached');
  });

  it('is said to be back though nobody asked for anything', async () => {
    const down = becomes(false);
    await database.query('SELECT 1');
    await proxy.takeAway();
    await down;
    const up = becomes(true);
    await proxy.bringBack();
    expect((await up).message).toContain('is back');
  });

  it('that goes away under a statement rejects it, and does not run it twice', async () => {
    const sleeping = database.query("INSERT INTO public.note SELECT 'asleep' FROM pg_sleep(30)");
    const outcome = sleeping.catch((error) => error);
    await untilRunning(backend.databaseUrl!, 'asleep');
    await proxy.takeAway();
    expect(await outcome).toBeInstanceOf(DatabaseLostError);
    await proxy.bringBack();
    expect((await database.query("SELECT 1 FROM public.note WHERE key = 'asleep'")).rowCount).toBe(0);
  });

  it('that goes away in a transaction undoes it', async () => {
    const lost = database.transaction(async (tx) => {
      await tx.query("INSERT INTO public.note VALUES ('undone')");
      await proxy.takeAway();
      await tx.query("INSERT INTO public.note VALUES ('never')");
    });
    await expect(lost).rejects.toThrow(DatabaseLostError);
    await proxy.bringBack();
    expect((await database.query("SELECT 1 FROM public.note WHERE key = 'undone'")).rowCount).toBe(0);
  });

  it('that was away does not stop a BullMQ worker', async () => {
    const queue = new Queue('away', { connection: database.poolForQueue }, createPostgresBackend);
    let ran!: (n: number) => void;
    const worker = new Worker(
      'away',
      async (job) => ran(job.data.n),
      { connection: database.poolForQueue },
      createPostgresBackend,
    );
    const failures: Error[] = [];
    queue.on('error', (error) => failures.push(error));
    worker.on('error', (error) => failures.push(error));
    await once(worker, 'drained');
    const down = becomes(false);
    await proxy.takeAway();
    await down;
    const up = becomes(true);
    await proxy.bringBack();
    await up;
    const hasRun = new Promise<number>((resolve) => {
      ran = resolve;
    });
    await queue.add('job', { n: 7 });
    expect(await hasRun).toBe(7);
    await worker.close();
    await queue.close();
    expect(failures.length).toBeGreaterThan(0);
  });

  it('gives up the connections of listeners that nobody closed when it is closed', async () => {
    const client = await database.poolForQueue.connect();
    client.on('error', () => undefined);
    await client.query('LISTEN word');
    const startedAt = Date.now();
    await database.close();
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });
});

/** Resolves when a statement with this text is running on the server; at most ten seconds. */
async function untilRunning(url: string, text: string): Promise<void> {
  const watcher = await openDatabase({ queueTables, url, ...NO_FOLDER });
  try {
    for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
      const { rowCount } = await watcher.query(
        "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()",
        [`%${text}%`],
      );
      if (rowCount > 0) return;
    }
    throw new Error('the statement did not start in time');
  } finally {
    await watcher.close();
  }
}
