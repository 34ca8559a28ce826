/**
 * What operators wait for when there is much: a page of a million waiting jobs on Redis, a hundred thousand dead letters
 * in PostgreSQL. Time is that of the call in a process that is open already, and that of the whole command less
 * `jobs --version`; memory is that of the command less the same command before there was anything.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { loadConfig } from '../src/config/load.js';
import { openToolkit, type Toolkit } from '../src/index.js';
import type { Bench, BenchRow } from './bench.js';
import { median } from './median.js';
import { measure } from './peak.js';

const JOBS = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const WAITING = 1_000_000;
const LETTERS = 100_000;
const GROUPS = 50;
const ROUNDS = 7;
const QUEUE = 'crowded';
const ADDED_AT_ONCE = 10_000;
const ANSWER_MS = 200;

const COMMANDS = {
  'queue list': ['queue', 'list', '--json'],
  'dlq list': ['dlq', 'list', '--json'],
  'job list': ['job', 'list', '--queue', QUEUE, '--json'],
} as const;
type Asked = keyof typeof COMMANDS;
const ASKED = Object.keys(COMMANDS) as Asked[];

const scale: Bench = async ({ redisUrl, postgresUrl, folder, scale: size }) => {
  const cwd = path.join(folder, 'scale');
  mkdirSync(cwd, { recursive: true });
  writeFileSync(path.join(cwd, 'jobs.config.json'), '{}');
  const env = { DATABASE_URL: await newDatabase(postgresUrl), REDIS_URL: redisUrl };
  const { config } = await loadConfig({ cwd, env });
  const toolkit = await openToolkit({ config });
  try {
    const waiting = Math.round(WAITING * size);
    const letters = Math.round(LETTERS * size);
    await addJobs(toolkit, 0, 1);
    const before = await peaks(cwd, env);
    await addJobs(toolkit, 1, waiting);
    await addLetters(toolkit, letters);
    const after = await peaks(cwd, env);
    const versionMs = median(commandTimes(['--version'], cwd, env));
    const rows: BenchRow[] = [];
    for (const asked of ASKED) {
      const callMs = median(await callTimes(toolkit, asked));
      const commandMs = median(commandTimes(COMMANDS[asked], cwd, env)) - versionMs;
      const where = `${waiting.toLocaleString('en-US')} waiting, ${letters.toLocaleString('en-US')} dead letters`;
      rows.push(
        timeRow(`${asked}, the call, ${where}`, callMs),
        timeRow(`${asked}, the command less --version`, commandMs),
        {
          what: `${asked}, memory more than with one job`,
          value: `${Math.round(after[asked] - before[asked])} MB`,
        },
      );
    }
    const groupedMs = median(await times(() => toolkit.deadLetters.groups({})));
    rows.push({
      what: `${letters.toLocaleString('en-US')} dead letters grouped`,
      value: `${Math.round(groupedMs)} ms`,
      target: '< 2000 ms',
    });
    return rows;
  } finally {
    await toolkit.close();
  }
};

export default scale;

function timeRow(what: string, ms: number): BenchRow {
  return { what, value: `${Math.round(ms)} ms`, target: `< ${ANSWER_MS} ms` };
}

async function newDatabase(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('create database scale');
  await client.end();
  const own = new URL(url);
  own.pathname = '/scale';
  return own.href;
}

/** Jobs `from` up to `to`, as `enqueue` would add them. */
async function addJobs({ queues }: Toolkit, from: number, to: number): Promise<void> {
  for (let first = from; first < to; first += ADDED_AT_ONCE) {
    const jobs = Array.from({ length: Math.min(ADDED_AT_ONCE, to - first) }, (_, index) => ({
      id: `crowd-${first + index}`,
      task: 'noop',
      attempts: 3,
      priority: 1_000,
      data: {
        kind: 'job' as const,
        input: { n: first + index },
        options: {},
        prepared: null,
        requestId: 'scale',
      },
    }));
    await queues.add(QUEUE, jobs);
  }
}

async function addLetters({ db }: Toolkit, count: number): Promise<void> {
  await db.query(
    `insert into sluice.dead_letter (id, job_id, kind, task, queue, payload, attempts, fingerprint, error, failed_at)
     select 'l-' || n, 'l-' || n, 'job', 'noop', '${QUEUE}', jsonb_build_object('kind', 'job', 'input', jsonb_build_object('n', n)),
       3, md5((n % ${GROUPS})::text), jsonb_build_object('code', 'E' || n % ${GROUPS}, 'message', 'it broke at ' || n,
       'stack', repeat('at somewhere in the code ', 12)), now() - n * interval '1 second'
     from generate_series(1, $1::int) n`,
    [count],
  );
  await db.query('analyze sluice.dead_letter');
}

function callTimes(toolkit: Toolkit, asked: Asked): Promise<number[]> {
  const calls: Record<Asked, () => Promise<unknown>> = {
    'queue list': () => toolkit.queueControl.list(),
    'dlq list': async () => {
      const pages: unknown[] = [];
      for await (const page of toolkit.deadLetters.select({ limit: 100 })) pages.push(page);
    },
    'job list': () => toolkit.jobs.list({ queue: QUEUE, state: 'waiting', offset: 0, limit: 20 }),
  };
  return times(calls[asked]);
}

async function times(call: () => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const began = performance.now();
    await call();
    // The first opens what is opened once.
    if (round > 0) taken.push(performance.now() - began);
  }
  return taken;
}

function commandTimes(words: readonly string[], cwd: string, env: Record<string, string>): number[] {
  return Array.from({ length: ROUNDS }, () => {
    const began = performance.now();
    const { status } = spawnSync(process.execPath, [JOBS, ...words], {
      cwd,
      env: { ...process.env, ...env },
      stdio: 'ignore',
    });
    if (status !== 0) throw new Error(`jobs ${words.join(' ')} ended with ${status}`);
    return performance.now() - began;
  });
}

/** Peak memory of each command, MB. */
async function peaks(cwd: string, env: Record<string, string>): Promise<Record<Asked, number>> {
  const found = { 'queue list': 0, 'dlq list': 0, 'job list': 0 };
  for (const asked of ASKED) {
    const runs: number[] = [];
    for (let round = 0; round < 3; round++) {
      runs.push((await measure([JOBS, ...COMMANDS[asked]], { cwd, env })).peakMb);
    }
    found[asked] = median(runs);
  }
  return found;
}
