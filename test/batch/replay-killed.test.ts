/** Replays that are killed: between the ledger and the queue, and at any moment. Afterwards counts and letters must agree. */

import { once } from 'node:events';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { listAttempts } from '../../src/ledger/attempts.js';
import type { Toolkit } from '../../src/toolkit.js';
import { until } from '../faults/journal.js';
import { newRedis, type PrivateServer } from '../faults/private-servers.js';
import { describeOnBackend, describeOnEachBackend, type TestBackend } from '../helpers/backends.js';
import { killStartedJobs, startJobs } from '../helpers/jobs.js';
import { collect, newProject, request, runToEnd, type TestProject } from '../helpers/project.js';
import { FRAGILE, numberSheet, setSwitch } from './fragile-task.js';

const KILLS = Number(process.env.KILLS ?? 5);
const ROWS = 300;
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const DEADLINE_MS = 60_000;

afterEach(killStartedJobs);

/** A batch of `rows` rows that all failed. */
async function failedBatch(project: TestProject, toolkit: Toolkit, rows: number): Promise<string> {
  setSwitch(project, 'down');
  const numbers = Array.from({ length: rows }, (_, i) => 10 + i);
  const sheet = numberSheet(project, 'failing.csv', numbers);
  const id = await runToEnd(toolkit, request('fragile', sheet, { options: { folder: project.folder } }));
  setSwitch(project, 'ok');
  return id;
}

async function workToEnd(toolkit: Toolkit, batchId: string): Promise<void> {
  const worker = await toolkit.startWorker({ queues: [{ name: 'fragile' }] });
  const end = await toolkit.watch(batchId, { deadlineMs: Date.now() + DEADLINE_MS });
  await worker.stop(5_000);
  if (end !== 'ended') throw new Error(`it did not end: ${JSON.stringify(await toolkit.batch(batchId))}`);
}

describeOnEachBackend('a replay that is killed', (backend) => {
  it(
    `leaves each letter open or its row waiting to run, ${KILLS} times (SEED=${SEED})`,
    async () => {
      const project = newProject(backend, { fragile: FRAGILE });
      project.write('journal.txt', '');
      let toolkit = await project.open();
      const batch = await failedBatch(project, toolkit, ROWS);
      // The command's own process holds the embedded database, so that the kill takes it down too.
      await toolkit.close();
      const random = randomOf(SEED);
      for (let kill = 0; kill < KILLS; kill++) {
        const args = ['dlq', 'replay', '--batch', batch, '--rate', '60/s', '--yes'];
        const child = startJobs(args, { cwd: backend.folder, env: backend.env });
        const ended = new Promise((end) => child.once('exit', end));
        // It says so when the first have been replayed.
        await Promise.race([once(child.stderr!, 'data'), ended]);
        setTimeout(() => child.kill('SIGKILL'), random() * 800);
        await ended;
      }
      toolkit = await project.open();
      try {
        const open = await toolkit.deadLetters.count({ batch });
        const { counts } = await toolkit.batch(batch);
        expect(counts).toMatchObject({ total: ROWS, failed: open, completed: 0 });
        expect(open, 'some were replayed before the kills').toBeLessThan(ROWS);
        await workToEnd(toolkit, batch);
        expect((await toolkit.batch(batch)).counts).toMatchObject({
          total: ROWS,
          failed: open,
          completed: ROWS - open,
        });
        expect((await toolkit.deadLetters.replay({ batch })).replayed).toBe(open);
        await workToEnd(toolkit, batch);
        expect((await toolkit.batch(batch)).counts).toMatchObject({
          total: ROWS,
          failed: 0,
          completed: ROWS,
        });
        const rows = await collect(toolkit.rows(batch));
        expect(
          rows.every(({ attempts, result, number }) => attempts >= 1 && result?.twice === 2 * (number + 8)),
        ).toBe(true);
      } finally {
        await toolkit.close();
      }
    },
    (KILLS * 10 + 180) * 1000,
  );
});

describe('a replay that is killed between the ledger and Redis', () => {
  let redis: PrivateServer;
  beforeAll(async () => {
    if (inject('redisUrl') === null) return;
    redis = await newRedis();
    await redis.start();
  });
  afterAll(() => redis?.remove());

  describeOnBackend('redis', 'a replay', (backend) => {
    it('is told to the queue by the sweep of the next worker', async () => {
      const mine: TestBackend = {
        ...backend,
        redisUrl: redis.url,
        env: { ...backend.env, REDIS_URL: redis.url },
      };
      const project = newProject(mine, { fragile: FRAGILE });
      project.write('journal.txt', '');
      const toolkit = await project.open();
      const client = new Redis(redis.url);
      try {
        const batch = await failedBatch(project, toolkit, 20);
        const args = ['dlq', 'replay', '--batch', batch, '--rate', '5/s', '--yes'];
        const child = startJobs(args, { cwd: mine.folder, env: mine.env });
        const died = new Promise((ended) => child.once('exit', (_code, signal) => ended(signal)));
        await until('one is replayed', async () => ((await toolkit.batch(batch)).counts.pending ?? 0) > 0);
        // From now on the ledger hears of each replay, and Redis answers nobody.
        await client.call('CLIENT', 'PAUSE', '60000', 'ALL');
        const unheard = await stuck(toolkit);
        child.kill('SIGKILL');
        expect(await died).toBe('SIGKILL');
        await redis.kill();
        await redis.start();
        expect(await toolkit.queues.find('fragile', unheard)).toMatchObject({ state: 'failed' });
        const open = await toolkit.deadLetters.count({ batch });
        expect((await toolkit.batch(batch)).counts).toMatchObject({
          total: 20,
          failed: open,
          pending: 20 - open,
        });
        await workToEnd(toolkit, batch);
        expect(await toolkit.batch(batch)).toMatchObject({
          finishRuns: 2,
          counts: { total: 20, completed: 20 - open, failed: open },
        });
        const attempts = await listAttempts(toolkit.db, batch, Number(unheard.split('-')[1]));
        expect(attempts.map(({ number, outcome }) => [number, outcome])).toEqual([
          [1, 'failed'],
          [2, 'completed'],
        ]);
      } finally {
        client.disconnect();
        await toolkit.close();
      }
    }, 120_000);
  });
});

/** Id of a replay that the queue does not hear of: it was not told within half a second. */
async function stuck(toolkit: Toolkit): Promise<string> {
  const unheard = async () => {
    const { rows } = await toolkit.db.query<{ id: string }>(
      "select id from sluice.dead_letter where state = 'replayed' and requeued_at is null",
    );
    return rows[0]?.id;
  };
  let id: string | undefined;
  await until('a replay is stuck', async () => {
    id = await unheard();
    await new Promise((later) => setTimeout(later, 500));
    return id !== undefined && (await unheard()) === id;
  });
  return id!;
}

function randomOf(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
