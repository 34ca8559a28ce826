/**
 * What recording every row costs: no-op jobs on Redis at concurrency 50, against BullMQ with nothing around it. All
 * jobs are queued first; the clock runs from the worker's start to the last job's end.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { loadConfig } from '../src/config/load.js';
import type { BatchRequest, Toolkit } from '../src/index.js';
import { openToolkit } from '../src/index.js';
import type { Bench } from './bench.js';
import { median } from './median.js';

const ROUNDS = 3;
const CONCURRENCY = 50;

type Measured = 'raw' | 'recorded' | 'plain';

const engine: Bench = async ({ redisUrl, postgresUrl, folder, scale }) => {
  const jobs = Math.max(Math.round(40_000 * scale), 500);
  const cwd = path.join(folder, 'engine');
  mkdirSync(cwd, { recursive: true });
  const { config } = await loadConfig({ cwd, env: { DATABASE_URL: postgresUrl, REDIS_URL: redisUrl } });
  const toolkit = await openToolkit({ config });
  const perSecond: Record<Measured, number[]> = { raw: [], recorded: [], plain: [] };
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      const measured = {
        raw: await drainRaw(redisUrl, jobs, `raw-${round}`),
        recorded: await drainRecorded(toolkit, cwd, jobs, round),
        plain: await drainPlain(toolkit, jobs),
      };
      // The first round warms up.
      if (round > 0)
        for (const name of ['raw', 'recorded', 'plain'] as const)
          perSecond[name].push((jobs * 1000) / measured[name]);
    }
  } finally {
    await toolkit.close();
  }
  const ratio = (name: Measured) =>
    median(perSecond[name].map((value, round) => value / perSecond.raw[round]!)).toFixed(2);
  const rate = (name: Measured) => `${Math.round(median(perSecond[name])).toLocaleString('en-US')} jobs/s`;
  return [
    { what: `BullMQ alone, ${jobs} jobs`, value: rate('raw'), ratio: '1' },
    {
      what: 'rows of a batch, each recorded',
      value: rate('recorded'),
      ratio: ratio('recorded'),
      target: '≥ 0.5',
    },
    { what: 'plain jobs, no batch', value: rate('plain'), ratio: ratio('plain'), target: '≥ 0.85' },
  ];
};

export default engine;

async function drainRaw(redisUrl: string, jobs: number, name: string): Promise<number> {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue(name, { connection });
  for (let first = 0; first < jobs; first += 1000) {
    const bulk = Array.from({ length: Math.min(1000, jobs - first) }, (_, i) => ({
      name: 'noop',
      data: { input: { n: first + i } },
      opts: { jobId: `raw-${first + i}`, attempts: 1 },
    }));
    await queue.addBulk(bulk);
  }
  const began = performance.now();
  let left = jobs;
  let ended: () => void = () => {};
  const allEnded = new Promise<void>((done) => {
    ended = done;
  });
  const worker = new Worker(name, async () => ({}), { connection, concurrency: CONCURRENCY });
  worker.on('completed', () => {
    left -= 1;
    if (left === 0) ended();
  });
  await allEnded;
  const tookMs = performance.now() - began;
  await worker.close();
  await queue.close();
  connection.disconnect();
  return tookMs;
}

async function drainRecorded(toolkit: Toolkit, cwd: string, jobs: number, round: number): Promise<number> {
  const file = path.join(cwd, `rows-${round}.ndjson`);
  writeFileSync(file, Array.from({ length: jobs }, (_, n) => `{"round":${round},"n":${n}}\n`).join(''));
  const { batchId } = await toolkit.submit(request(file));
  const began = performance.now();
  const worker = await toolkit.startWorker({ queues: [{ name: 'default', concurrency: CONCURRENCY }] });
  for (;;) {
    const { counts } = await toolkit.batch(batchId);
    if (counts.completed === jobs) break;
    await new Promise((again) => setTimeout(again, 20));
  }
  const tookMs = performance.now() - began;
  await worker.stop(10_000);
  return tookMs;
}

async function drainPlain(toolkit: Toolkit, jobs: number): Promise<number> {
  for (let first = 0; first < jobs; first += 1000) {
    await Promise.all(
      Array.from({ length: Math.min(1000, jobs - first) }, (_, i) =>
        toolkit.enqueue({ task: 'noop', input: { n: first + i } }),
      ),
    );
  }
  const began = performance.now();
  const worker = await toolkit.startWorker({ queues: [{ name: 'default', concurrency: CONCURRENCY }] });
  for (;;) {
    const counts = await toolkit.queues.counts('default');
    if (counts.waiting + counts.active + counts.delayed + counts.prioritized === 0) break;
    await new Promise((again) => setTimeout(again, 20));
  }
  const tookMs = performance.now() - began;
  await worker.stop(10_000);
  return tookMs;
}

function request(file: string): BatchRequest {
  return { task: 'noop', file, options: {}, selection: {}, force: true, mustResume: false };
}
