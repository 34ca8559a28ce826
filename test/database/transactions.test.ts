import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/database/database.js';
import { queueTables } from '../../src/queue/queue-tables.js';
import { BACKENDS, describeOnBackend } from '../helpers/backends.js';

for (const name of BACKENDS.filter((each) => each !== 'redis')) {
  describeOnBackend(name, 'transactions', (backend) => {
    let database: Database;

    beforeAll(async () => {
      database = await openDatabase({ queueTables, url: backend.databaseUrl, stateDir: backend.folder });
      await database.query('CREATE TABLE public.note (key text)');
    });
    afterAll(() => database?.close());

    async function count(key: string): Promise<number> {
      return (await database.query('SELECT 1 FROM public.note WHERE key = $1', [key])).rowCount;
    }

    it('keep what was done when they end', async () => {
      const answer = await database.transaction(async (tx) => {
        await tx.query("INSERT INTO public.note VALUES ('kept')");
        return 42;
      });
      expect(answer).toBe(42);
      expect(await count('kept')).toBe(1);
    });

    it('undo everything when the work throws, and throw that on', async () => {
      const failed = database.transaction(async (tx) => {
        await tx.query("INSERT INTO public.note VALUES ('undone')");
        throw new RangeError('no');
      });
      await expect(failed).rejects.toThrow(RangeError);
      expect(await count('undone')).toBe(0);
    });

    it('go on after one that failed', async () => {
      await expect(database.transaction((tx) => tx.query('SELECT 1/0'))).rejects.toMatchObject({
        code: '22012',
      });
      expect(await database.transaction((tx) => tx.query('SELECT 1 AS one'))).toMatchObject({ rowCount: 1 });
    });

    it('count right when twenty run at the same time', async () => {
      await database.query("INSERT INTO public.note VALUES ('0')");
      await database.query('CREATE TABLE public.counter (n int); INSERT INTO public.counter VALUES (0)');
      await Promise.all(
        Array.from({ length: 20 }, () =>
          database.transaction(async (tx) => {
            const { rows } = await tx.query<{ n: number }>('SELECT n FROM public.counter FOR UPDATE');
            await tx.query('UPDATE public.counter SET n = $1', [rows[0]!.n + 1]);
          }),
        ),
      );
      expect((await database.query('SELECT n FROM public.counter')).rows).toEqual([{ n: 20 }]);
    });

    it('do not hold up other statements for longer than they last', async () => {
      const order: string[] = [];
      await Promise.all([
        database.transaction(async (tx) => {
          await tx.query('SELECT 1');
          await tx.query('SELECT 2');
          order.push('transaction');
        }),
        database.query('SELECT 3').then(() => order.push('statement')),
      ]);
      expect(order.sort()).toEqual(['statement', 'transaction']);
    });
  });
}
