import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../src/database/database.js';
import { readHolder } from '../../../src/database/embedded/folder-lock.js';
import { queueTables } from '../../../src/queue/queue-tables.js';

describe('the embedded database', () => {
  let root: string;
  let stateDir: string;
  let holder: Database;
  let client: Database;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'sluice-embedded-'));
    stateDir = join(root, '.jobs');
    holder = await openDatabase({ queueTables, stateDir });
    client = await openDatabase({ queueTables, stateDir });
  });

  afterAll(async () => {
    await client?.close();
    await holder?.close();
    rmSync(root, { recursive: true, force: true });
  });

  it('may be opened twice in one process', async () => {
    await holder.query('CREATE TABLE public.note (n int)');
    await client.query('INSERT INTO public.note VALUES (1)');
    expect((await holder.query('SELECT n FROM public.note')).rows).toEqual([{ n: 1 }]);
  });

  it('has a socket that only its owner can connect to', () => {
    const { socket } = readHolder(stateDir)!;
    expect(statSync(join(stateDir, socket)).mode & 0o777).toBe(0o600);
  });

  it('is named for people without its path', () => {
    expect(holder.label).toBe('embedded (.jobs/)');
  });

  it.each([
    'holder',
    'client',
  ])('undoes and refuses a BEGIN outside transaction(), sent by the %s', async (who) => {
    const database = who === 'holder' ? holder : client;
    await expect(database.query('BEGIN')).rejects.toMatchObject({ code: '25001' });
    await database.query('INSERT INTO public.note VALUES (2)');
    expect((await holder.query('SELECT 1 FROM public.note WHERE n = 2')).rowCount).toBeGreaterThan(0);
  });

  it('lets timers run while it is asked without a pause', async () => {
    let isOver = false;
    const timer = new Promise<void>((resolve) => setTimeout(resolve, 50)).then(() => {
      isOver = true;
    });
    let asked = 0;
    while (!isOver && asked < 100_000) {
      await holder.query('SELECT 1');
      asked++;
    }
    await timer;
    expect(asked).toBeLessThan(100_000);
  });

  it('keeps statements of one connection in order', async () => {
    await client.query('CREATE TABLE public.ordered (id serial, n int)');
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    await Promise.all(numbers.map((n) => client.query('INSERT INTO public.ordered (n) VALUES ($1)', [n])));
    const { rows } = await client.query<{ n: number }>('SELECT n FROM public.ordered ORDER BY id');
    expect(rows.map((row) => row.n)).toEqual(numbers);
  });

  it('refuses statements after it was closed', async () => {
    const third = await openDatabase({ queueTables, stateDir });
    await third.close();
    await third.close();
    await expect(third.query('SELECT 1')).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
  });
});
