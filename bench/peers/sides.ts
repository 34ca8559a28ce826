/** What each tool runs to add jobs and to work them, and how it shows what is left. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';

/** `burn` computes for about 5 ms. */
export type Work = 'noop' | 'burn';

export interface Side {
  name: string;
  /** What the bench cannot run it without. */
  needs?: 'celery' | 'rq';
  /** Jobs at full size: added, and worked. */
  jobs: Record<Work | 'added', number>;
  /** How jobs are added; undefined when another side adds them in the same way, so that one measurement is enough. */
  addedBy?: string;
  /** How they are worked. */
  workedBy: Record<Work, string>;
  usesDatabase?: true;
  env(urls: Urls): Record<string, string>;
  producer(work: Work, count: number, loops: number): string[];
  /** The commands of its worker processes. */
  workers(work: Work): string[][];
  /** Called when all jobs have been added. */
  watch(redis: Redis): Promise<Look>;
}

interface Urls {
  redisUrl: string;
  postgresUrl: string;
}

/** Counts jobs that have not ended, and those that failed (which must be none). */
export type Look = () => Promise<{ left: number; failed: number }>;

export const PEERS = fileURLToPath(new URL('.', import.meta.url));
export const PYTHON = '/usr/bin/python3';
const JOBS = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

const here = (file: string): string => path.join(PEERS, file);
const node = (file: string, ...args: (string | number)[]): string[] => [
  process.execPath,
  here(file),
  ...args.map(String),
];
const python = (...args: (string | number)[]): string[] => [PYTHON, ...args.map(String)];

const bullmq: Side = {
  name: 'BullMQ alone',
  jobs: { added: 60_000, noop: 60_000, burn: 2_000 },
  addedBy: 'Queue.addBulk, 1,000 a call',
  workedBy: { noop: '1 process, concurrency 50', burn: '2 worker threads' },
  env: ({ redisUrl }) => ({ REDIS_URL: redisUrl }),
  producer: (work, count, loops) => node('bullmq-produce.mjs', work, count, loops),
  workers: (work) => [node('bullmq-work.mjs', work)],
  watch: watchBullMq,
};

const plain: Side = {
  ...bullmq,
  name: 'jobs, single jobs',
  jobs: { added: 40_000, noop: 40_000, burn: 2_000 },
  addedBy: 'toolkit.enqueue, 1,000 calls at once',
  workedBy: { noop: 'jobs worker --concurrency 50', burn: 'jobs worker --concurrency 2, isolation thread' },
  usesDatabase: true,
  env: ({ redisUrl, postgresUrl }) => ({ REDIS_URL: redisUrl, DATABASE_URL: postgresUrl }),
  producer: (work, count, loops) => node('jobs-produce.mjs', 'plain', work, count, loops),
  workers: (work) => [
    [process.execPath, JOBS, 'worker', '--queue', 'default', '--concurrency', work === 'noop' ? '50' : '2'],
  ],
};

const rows: Side = {
  ...plain,
  name: 'jobs, rows of a batch',
  addedBy: 'toolkit.submit of an NDJSON file',
  producer: (work, count, loops) => node('jobs-produce.mjs', 'rows', work, count, loops),
};

const PREFORK = 'prefork, 2 processes';
/** What Celery's workers tell each other is left out: there is one of them. */
const ALONE = ['--without-gossip', '--without-mingle', '--without-heartbeat'];

export const celery: Side = {
  name: 'Celery',
  needs: 'celery',
  jobs: { added: 10_000, noop: 10_000, burn: 2_000 },
  addedBy: 'apply_async, one by one: it has no bulk call',
  workedBy: { noop: PREFORK, burn: PREFORK },
  env: ({ redisUrl }) => ({ REDIS_URL: redisUrl }),
  producer: (work, count, loops) => python(here('celery_produce.py'), work, count, loops),
  workers: () => [
    python('-m', 'celery', '-A', 'celery_app', 'worker', '-P', 'prefork', '-c', 2, '-l', 'ERROR', ...ALONE),
  ],
  watch: async (redis) => async () => ({
    left: (await redis.llen('celery')) + (await redis.hlen('unacked')),
    // It keeps no list of them; the bench reads its log.
    failed: 0,
  }),
};

const { addedBy: _sameCall, ...celeryWorkers } = celery;
const celeryLate: Side = {
  ...celeryWorkers,
  name: 'Celery, late acknowledgement',
  env: (urls) => ({ ...celery.env(urls), ACKS_LATE: '1' }),
};

const rqSimple: Side = {
  name: 'RQ',
  needs: 'rq',
  jobs: { added: 10_000, noop: 6_000, burn: 2_000 },
  addedBy: 'Queue.enqueue_many, 1,000 a call',
  workedBy: { noop: '2 processes of its SimpleWorker', burn: '2 processes of its SimpleWorker' },
  env: ({ redisUrl }) => ({ REDIS_URL: redisUrl, RQ_REDIS_URL: redisUrl }),
  producer: (work, count, loops) => python(here('rq_produce.py'), work, count, loops),
  workers: () => twice(rqWorker('rq.SimpleWorker')),
  watch: async (redis) => async () => ({
    left: (await redis.llen('rq:queue:default')) + (await redis.zcard('rq:wip:default')),
    failed: await redis.zcard('rq:failed:default'),
  }),
};

const { addedBy: _sameBulkCall, ...rqWorkers } = rqSimple;
const rqFork: Side = {
  ...rqWorkers,
  name: 'RQ, its default worker',
  jobs: { added: 10_000, noop: 600, burn: 600 },
  workedBy: { noop: '2 processes, a fork for each job', burn: '2 processes, a fork for each job' },
  workers: () => twice(rqWorker('rq.Worker')),
};

export const SIDES: readonly Side[] = [bullmq, plain, rows, celery, celeryLate, rqSimple, rqFork];

/** The folder its programs run in: a project of `jobs`, or where Python finds the modules. */
export function folderOf(side: Side, folder: string): string {
  if (side.usesDatabase === undefined) return PEERS;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'jobs.config.json'), JSON.stringify({ tasks: [here('burn-task.mjs')] }));
  return folder;
}

function rqWorker(workerClass: string): string[] {
  return python('-m', 'rq.cli', 'worker', 'default', '-w', workerClass, '-q', '--disable-job-desc-logging');
}

function twice(command: string[]): string[][] {
  return [command, command];
}

/** Also of `jobs`, whose queues have a prefix of their own. */
async function watchBullMq(redis: Redis): Promise<Look> {
  const [meta] = await redis.keys('*:default:meta');
  if (meta === undefined) throw new Error('BullMQ has no queue "default" in Redis: nothing was added to it');
  const key = (part: string): string => meta.replace(/meta$/, part);
  return async () => {
    const [waiting, prioritized, active, delayed, failed] = await Promise.all([
      redis.llen(key('wait')),
      redis.zcard(key('prioritized')),
      redis.llen(key('active')),
      redis.zcard(key('delayed')),
      redis.zcard(key('failed')),
    ]);
    return { left: waiting + prioritized + active + delayed, failed };
  };
}
