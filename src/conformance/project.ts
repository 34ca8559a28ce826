/** The project that the suite runs: tasks that keep a journal and strike where they are told, and its sheets. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Isolation } from '../core/task.js';

/** Names of the tasks, by where they run. */
export const TASKS = {
  inline: 'conformance',
  thread: 'conformance-thread',
  process: 'conformance-process',
} as const;
/** All tasks share it. */
export const QUEUE = 'conformance';

/** What a batch's finish writes. */
export const ARTIFACTS = ['first.txt', 'second.txt'];

export const JOURNAL = 'journal.jsonl';
/** When this file is there, rows that fail for good succeed. */
export const MENDED = 'mended';
/** Makes the clock of a process wrong by CONFORMANCE_SHIFT_MS. */
export const SHIFTED_CLOCK = 'shifted-clock.mjs';

/** Where a task kills its worker (or, in a process of its own, itself), once for each row of CONFORMANCE_VICTIMS. */
export type Point = 'after-fetch' | 'mid-run' | 'after-effect' | 'before-ack' | 'finish' | 'block';

export function writeProject(
  folder: string,
  { stateDir, schedules = {}, version = 1 }: { stateDir: string; schedules?: object; version?: number },
): void {
  mkdirSync(path.join(folder, 'tasks'), { recursive: true });
  writeFileSync(path.join(folder, 'jobs.config.json'), JSON.stringify({ stateDir, schedules }));
  for (const [isolation, name] of Object.entries(TASKS)) {
    writeFileSync(
      path.join(folder, 'tasks', `${name}.mjs`),
      taskSource(name, isolation as Isolation, version),
    );
  }
  writeFileSync(path.join(folder, JOURNAL), '', { flag: 'a' });
  writeFileSync(path.join(folder, SHIFTED_CLOCK), SHIFTED_CLOCK_SOURCE);
}

/** One column, n, from `firstN`. */
export function writeSheet(file: string, firstN: number, rows: number): void {
  writeFileSync(file, `n\n${Array.from({ length: rows }, (_, row) => firstN + row).join('\n')}\n`);
}

/** Fails for good on multiples of CONFORMANCE_FAIL_EVERY, once on 1 of 37; a line of the journal is one write of less than a page. */
function taskSource(name: string, isolation: Isolation, version: number): string {
  return `import { appendFileSync, closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { defineTask, FinalError } from 'sluice';
import { z } from 'zod';

const env = process.env;
const dir = env.CONFORMANCE_DIR;
const victims = new Set((env.CONFORMANCE_VICTIMS ?? '').split(',').filter(Boolean).map(Number));
// Of a process that a worker has forked for its jobs; read once, as an orphan gets another parent.
const worker = process.ppid;
let runs = 0;

/** It is a worker of this very run: its environment names this folder, and its command is a worker's. */
function isWorker(pid) {
  try {
    const words = readFileSync('/proc/' + pid + '/cmdline', 'utf8').split('\\0');
    const names = readFileSync('/proc/' + pid + '/environ', 'utf8').split('\\0');
    return words.includes('worker') && names.includes('CONFORMANCE_DIR=' + dir);
  } catch {
    return false;
  }
}

function say(event, job, attempt = 0, run = '') {
  const atMs = Number(process.hrtime.bigint() / 1000n) / 1000;
  appendFileSync(dir + '/${JOURNAL}', JSON.stringify({ atMs, event, job, attempt, run, pid: process.pid }) + '\\n');
}

function isFirst(mark) {
  try {
    closeSync(openSync(dir + '/struck-' + mark, 'wx'));
    return true;
  } catch {
    return false;
  }
}

function strike(point, mark, job) {
  if (env.CONFORMANCE_POINT !== point || !isFirst(mark)) return;
  say('strike', job);
  if (point === 'block') {
    for (const until = performance.now() + Number(env.CONFORMANCE_BLOCK_MS); performance.now() < until; );
    return;
  }
  const isForked = process.send !== undefined;
  if (!isForked || env.CONFORMANCE_WHO === 'isolate') process.kill(process.pid, 'SIGKILL');
  // Whoever has adopted a process whose worker is dead is none of ours: only the worker itself may be killed.
  else if (process.connected && process.ppid === worker && isWorker(worker)) process.kill(worker, 'SIGKILL');
}

const strikeRow = (point, n, job) => victims.has(n) && strike(point, n, job);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

export default defineTask({
  name: '${name}', version: ${version}, title: 'Keeps a journal of its runs', queue: '${QUEUE}', isolation: '${isolation}',
  attempts: 3, backoff: { type: 'fixed', delayMs: 50 },
  input: z.object({ n: z.number().refine((n) => (strikeRow('after-fetch', n, 'n' + n), true)) }),
  results: ['n', 'run', 'attempt', 'once', 'code'],
  async run(ctx, { n }) {
    const run = process.pid + '-' + ++runs + '-' + Math.random().toString(36).slice(2, 8);
    const ms = Number(env.CONFORMANCE_MS ?? 20);
    const failEvery = Number(env.CONFORMANCE_FAIL_EVERY ?? 0);
    const tell = (event) => say(event, ctx.job.id, ctx.attempt, run);
    tell('begin');
    strikeRow('block', n, ctx.job.id);
    await wait(ms / 2);
    strikeRow('mid-run', n, ctx.job.id);
    if (failEvery > 0 && n % failEvery === 0 && !existsSync(dir + '/${MENDED}')) {
      tell('fail');
      throw new FinalError('fails for good');
    }
    if (n % 37 === 1 && ctx.attempt === 1) {
      tell('fail');
      throw new Error('fails the first time');
    }
    const once = await ctx.once('effect', () => {
      tell('effect');
      return run;
    });
    tell('effect-recorded');
    strikeRow('after-effect', n, ctx.job.id);
    await wait(ms / 2);
    tell('end');
    if (victims.has(n) && env.CONFORMANCE_POINT === 'before-ack') {
      setTimeout(() => strikeRow('before-ack', n, ctx.job.id), n % 12);
    }
    return { n, run, attempt: ctx.attempt, once, code: ${version} };
  },
  async finish(ctx, rows) {
    let seen = 0;
    for await (const _row of rows) seen += 1;
    await ctx.artifact({ name: '${ARTIFACTS[0]}', kind: 'csv', content: seen + ' rows' });
    strike('finish', ctx.batch.id, ctx.batch.id);
    await ctx.artifact({ name: '${ARTIFACTS[1]}', kind: 'csv', content: seen + ' rows' });
    say('finish', ctx.batch.id);
  },
});
`;
}

const SHIFTED_CLOCK_SOURCE = `const shiftMs = Number(process.env.CONFORMANCE_SHIFT_MS);
const RealDate = Date;
globalThis.Date = class Date extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + shiftMs);
    else super(...parts);
  }
  static now() {
    return RealDate.now() + shiftMs;
  }
};
`;
