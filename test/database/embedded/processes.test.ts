import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../src/database/database.js';
import { DatabaseLostError } from '../../../src/database/database-lost-error.js';
import { queueTables } from '../../../src/queue/queue-tables.js';
import { type SessionProcess, startSession } from '../session-process.js';

let root: string;
let stateDir: string;
let processes: SessionProcess[];
let databases: Database[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-db-'));
  stateDir = join(root, '.jobs');
  processes = [];
  databases = [];
});

afterEach(async () => {
  await Promise.all(processes.map((each) => each.kill()));
  await Promise.all(databases.map((each) => each.close()));
  rmSync(root, { recursive: true, force: true });
});

async function start(): Promise<SessionProcess> {
  const session = await startSession(stateDir);
  processes.push(session);
  return session;
}

async function open(): Promise<Database> {
  const database = await openDatabase({ queueTables, stateDir });
  databases.push(database);
  return database;
}

const NOTE_TABLE = 'CREATE TABLE IF NOT EXISTS public.note (key text PRIMARY KEY)';

async function keys(database: Pick<SessionProcess, 'query'>): Promise<Set<unknown>> {
  const { rows } = await database.query('SELECT key FROM public.note');
  return new Set(rows.map((row) => row.key));
}

describe('several processes on one embedded database', { timeout: 120_000 }, () => {
  it('lose nothing when two of them write at the same time', async () => {
    const first = await start();
    await first.query(NOTE_TABLE);
    const second = await start();
    await Promise.all([first.write('a', 300), second.write('b', 300)]);
    expect((await keys(await open())).size).toBe(600);
  });

  it('may start five at a time on an empty folder', async () => {
    const sessions = await Promise.all([start(), start(), start(), start(), start()]);
    await sessions[0]!.query(NOTE_TABLE);
    await Promise.all(sessions.map((session, i) => session.write(`p${i}`, 20)));
    expect((await keys(await open())).size).toBe(100);
    expect(readdirSync(stateDir).filter((name) => name.endsWith('.sock'))).toHaveLength(1);
  });

  it('find every acknowledged insert after kill -9 of the holder, and one of them takes over', async () => {
    const holder = await start();
    await holder.query(NOTE_TABLE);
    const [second, third] = await Promise.all([start(), start()]);
    const writing = Promise.all([second!.write('b', 400), third!.write('c', 400)]);
    await second!.acknowledges(50);
    await holder.kill();
    await writing;
    const found = await keys(second!);
    expect([...second!.acknowledged, ...third!.acknowledged].filter((key) => !found.has(key))).toEqual([]);
    expect(found.size).toBe(800);
    expect(second!.states.map((state) => state.up)).toEqual([false, true]);
  });

  it('hand over without an error when the holder closes', async () => {
    const holder = await start();
    await holder.query(NOTE_TABLE);
    const second = await start();
    const writing = second.write('b', 400);
    await second.acknowledges(50);
    await holder.close();
    expect(await writing).toEqual({ lost: 0 });
    expect((await keys(second)).size).toBe(400);
  });

  it('leave no lock, no socket and no half-made folder when they close', async () => {
    const holder = await start();
    const second = await start();
    await second.close();
    await holder.close();
    expect(readdirSync(stateDir)).toEqual(['db']);
  });

  it('do not see what another has not committed', async () => {
    const holder = await start();
    const second = await start();
    await holder.query(NOTE_TABLE);
    await second.begin();
    await second.tx("INSERT INTO public.note VALUES ('x')");
    const seen = keys(holder);
    await second.tx("INSERT INTO public.note VALUES ('y')");
    await second.commit();
    expect(await seen).toEqual(new Set(['x', 'y']));
  });

  it('see nothing of a transaction that was rolled back', async () => {
    const holder = await start();
    const second = await start();
    await holder.query(NOTE_TABLE);
    await second.begin();
    await second.tx("INSERT INTO public.note VALUES ('x')");
    await second.rollback();
    expect((await keys(holder)).size).toBe(0);
  });

  it('see nothing of the transaction of a client that was killed, and need not wait for it', async () => {
    const holder = await start();
    const second = await start();
    await holder.query(NOTE_TABLE);
    await second.begin();
    await second.tx("INSERT INTO public.note VALUES ('x')");
    const seen = keys(holder);
    await second.kill();
    expect((await seen).size).toBe(0);
  });

  it('reject a transaction whose holder was killed, and begin the next one elsewhere', async () => {
    const holder = await start();
    await holder.query(NOTE_TABLE);
    const database = await open();
    const lost = database.transaction(async (tx) => {
      await tx.query("INSERT INTO public.note VALUES ('x')");
      await holder.kill();
      await tx.query("INSERT INTO public.note VALUES ('y')");
    });
    await expect(lost).rejects.toThrow(DatabaseLostError);
    await database.transaction(async (tx) => void (await tx.query("INSERT INTO public.note VALUES ('z')")));
    expect(await keys(database)).toEqual(new Set(['z']));
  });

  it('get notifications of what another process did', async () => {
    const holder = await start();
    const database = await open();
    const client = await database.poolForQueue.connect();
    const heard = new Promise((resolve) => client.on('notification', resolve));
    await client.query('LISTEN word');
    await holder.query("SELECT pg_notify('word', 'hello')");
    expect(await heard).toMatchObject({ channel: 'word', payload: 'hello' });
    client.release();
  });

  it('give listeners an error when the holder goes, so that they listen anew', async () => {
    const holder = await start();
    const database = await open();
    const client = await database.poolForQueue.connect();
    await client.query('LISTEN word');
    const failed = new Promise<Error>((resolve) => client.on('error', resolve));
    await holder.kill();
    expect(await failed).toMatchObject({ code: 'DATABASE_LOST' });
    await expect(client.query('SELECT 1')).rejects.toThrow(DatabaseLostError);
    const next = await database.poolForQueue.connect();
    const heard = new Promise((resolve) => next.on('notification', resolve));
    await next.query('LISTEN word');
    await database.query("SELECT pg_notify('word', 'again')");
    expect(await heard).toMatchObject({ payload: 'again' });
    next.release();
  });

  it('carry large values both ways', async () => {
    await start();
    const database = await open();
    const text = 'å'.repeat(5_000_000);
    const { rows } = await database.query<{ text: string }>('SELECT $1::text AS text', [text]);
    expect(rows[0]!.text === text).toBe(true);
  });

  it('work where the path of the state folder is too long for a socket', async () => {
    stateDir = join(stateDir, 'x'.repeat(60), 'y'.repeat(60));
    const first = await start();
    await first.query(NOTE_TABLE);
    const second = await start();
    await second.write('b', 5);
    expect((await keys(first)).size).toBe(5);
  });
});
