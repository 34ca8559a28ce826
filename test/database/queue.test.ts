import { once } from 'node:events';
import { createPostgresBackend, Queue, QueueEvents, Worker } from 'bullmq';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase, type PoolLike } from '../../src/database/database.js';
import { queueTables } from '../../src/queue/queue-tables.js';
import { describeOnBackend } from '../helpers/backends.js';
import { type SessionProcess, startSession } from './session-process.js';

/** `served`: the embedded database is held by another process. */
const WAYS = [
  ['pglite', 'held by this process'],
  ['pglite', 'served by another process'],
  ['postgres', 'a server'],
] as const;

for (const [name, way] of WAYS) {
  describeOnBackend(name, `BullMQ over the database, ${way},`, (backend) => {
    let database: Database;
    let holder: SessionProcess | undefined;
    const closers: (() => Promise<void>)[] = [];

    beforeAll(async () => {
      if (way === 'served by another process') holder = await startSession(backend.folder);
      database = await openDatabase({ queueTables, url: backend.databaseUrl, stateDir: backend.folder });
      await database.query('CREATE TABLE public.record (n int)');
    });
    afterAll(async () => {
      for (const close of closers.reverse()) await close();
      await database?.close();
      await holder?.close();
    });

    function queue(title: string, connection: PoolLike = database.poolForQueue) {
      const made = new Queue(title, { connection }, createPostgresBackend);
      made.on('error', () => undefined);
      closers.push(() => made.close());
      return made;
    }

    function worker(title: string, run: (n: number) => unknown) {
      const made = new Worker(
        title,
        async (job) => run(job.data.n),
        { connection: database.poolForQueue, concurrency: 5 },
        createPostgresBackend,
      );
      made.on('error', () => undefined);
      closers.push(() => made.close());
      return made;
    }

    it('runs jobs, and tells who waits that they are completed', async () => {
      const events = new QueueEvents('plain', { connection: database.poolForQueue }, createPostgresBackend);
      closers.push(() => events.close());
      await events.waitUntilReady();
      worker('plain', (n) => n * 2);
      const jobs = await queue('plain').addBulk([1, 2, 3].map((n) => ({ name: 'double', data: { n } })));
      const values = await Promise.all(jobs.map((job) => job.waitUntilFinished(events, 20_000)));
      expect(values).toEqual([2, 4, 6]);
    });

    it('wakes a worker that was idle within a second', async () => {
      let ran!: () => void;
      const hasRun = new Promise<void>((resolve) => {
        ran = resolve;
      });
      const idle = worker('idle', () => ran());
      await once(idle, 'drained');
      const addedAt = Date.now();
      await queue('idle').add('wake', { n: 1 });
      await hasRun;
      expect(Date.now() - addedAt).toBeLessThan(1_000);
    });

    it('keeps a global concurrency without stopping the process', async () => {
      const limited = queue('limited');
      await limited.setGlobalConcurrency(2);
      let running = 0;
      let most = 0;
      let done = 0;
      const allDone = new Promise<void>((resolve) => {
        worker('limited', async () => {
          most = Math.max(most, ++running);
          await new Promise((next) => setTimeout(next, 20));
          running--;
          if (++done === 8) resolve();
        });
      });
      await limited.addBulk(Array.from({ length: 8 }, (_, n) => ({ name: 'slow', data: { n } })));
      await allDone;
      expect(most).toBeLessThanOrEqual(2);
    });

    it('shows the jobs of a transaction after it ends, not before, and never when it is undone', async () => {
      const seen: number[] = [];
      let heard!: () => void;
      const heardAll = new Promise<void>((resolve) => {
        heard = resolve;
      });
      const live = worker('outbox', (n) => {
        seen.push(n);
        if ([1, 2, 3, 99].every((expected) => seen.includes(expected))) heard();
      });
      await live.waitUntilReady();
      const addWithRecords = (from: number, end: 'commit' | 'undo') =>
        database.transaction(async (tx) => {
          const joined = new Queue('outbox', { connection: tx.poolForQueue }, createPostgresBackend);
          const numbers = [from, from + 1, from + 2];
          for (const n of numbers) await tx.query('INSERT INTO public.record VALUES ($1)', [n]);
          const jobs = numbers.map((n) => ({ name: 'row', data: { n }, opts: { jobId: `row-${n}` } }));
          await joined.addBulk(jobs);
          await joined.close();
          expect(seen.filter((n) => numbers.includes(n))).toEqual([]);
          if (end === 'undo') throw new RangeError('undone');
        });
      await addWithRecords(1, 'commit');
      await expect(addWithRecords(11, 'undo')).rejects.toThrow(RangeError);
      await queue('outbox').add('last', { n: 99 });
      await heardAll;
      expect(seen.sort((a, b) => a - b)).toEqual([1, 2, 3, 99]);
      const { rows } = await database.query('SELECT n FROM public.record ORDER BY n');
      expect(rows).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    });
  });
}
