/** A worker that is given no jobs though some wait: after outages, over dead lines, with a frozen server. */
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnBackend, type TestBackend } from '../helpers/backends.js';
import { collect, type JobsResult, killStartedJobs, startJobs } from '../helpers/jobs.js';
import { newProject, request, type TestProject } from '../helpers/project.js';
import { journalOf, until } from './journal.js';
import { type LossyProxy, startLossyProxy } from './lossy-proxy.js';
import { newPostgres, newRedis, type PrivateServer } from './private-servers.js';

/** For rows and for jobs of no batch. */
const NOTED = `
import { appendFileSync } from 'node:fs';
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'noted', version: 1, title: 'Writes a line for each run', attempts: 3,
  input: z.object({ n: z.number() }),
  options: z.object({ file: z.string(), ms: z.coerce.number().default(1) }),
  async run(ctx, { n }) {
    appendFileSync(ctx.options.file, n + ' ' + ctx.attempt + '\\n');
    await new Promise((done) => setTimeout(done, ctx.options.ms));
    return { n };
  },
});
`;

/** The real limit is 30 s. */
const WATCHDOG_MS = 3_000;
/** BullMQ waits 5 s for a job, and a second more before it doubts its connection. */
const LONGER_THAN_A_FETCH_MS = 8_000;
const RECOVERY_MS = 60_000;
/** The grace of a second, what stopping adds for backends that do not answer, and as much again for a busy machine. */
const STOP_MS = 50_000;
const TEST_MS = 150_000;

for (const kind of ['redis', 'postgres'] as const) {
  describeOnBackend(kind, 'a worker whose queue', (backend) => {
    let server: PrivateServer;
    let proxy: LossyProxy;
    let run: Run;
    beforeAll(async () => {
      server = kind === 'redis' ? await newRedis() : await newPostgres();
      await server.start();
    });
    afterAll(() => server?.remove());
    beforeEach(async () => {
      proxy = await startLossyProxy(server.url);
      const through = (url: string): Record<string, string> =>
        kind === 'redis' ? { DATABASE_URL: backend.databaseUrl!, REDIS_URL: url } : { DATABASE_URL: url };
      run = await startRun(backend, { own: through(server.url), worker: through(proxy.url) });
    });
    afterEach(async () => {
      await run?.end();
      proxy?.close();
      await killStartedJobs();
    });

    it(
      'is away for longer than a fetch waits goes on when it is back',
      async () => {
        await run.works();
        await server.kill();
        await wait(LONGER_THAN_A_FETCH_MS);
        await server.start();
        await run.works();
        expect((await run.stop()).exitCode).toBe(0);
      },
      TEST_MS,
    );

    it(
      'is frozen goes on when it thaws',
      async () => {
        await run.works();
        server.freeze();
        await wait(LONGER_THAN_A_FETCH_MS);
        server.thaw();
        await run.works();
        expect((await run.stop()).exitCode).toBe(0);
      },
      TEST_MS,
    );

    it(
      'is behind lines that went dead works over new ones, and ends in time',
      async () => {
        await run.works();
        expect(proxy.goDead()).toBeGreaterThan(1);
        await run.works();
        const { exitCode, stderr } = await run.stop();
        // What still waits for the ledger on a dead line when it is told to stop is given back, and that is exit 5.
        expect([0, 5], stderr).toContain(exitCode);
        // PostgreSQL is talked to over many lines: what finds all of them in use opens another, and needs no renewal.
        if (kind === 'redis') expect(stderr).toMatch(/has not answered for 3 s: connecting anew/);
      },
      TEST_MS,
    );

    if (kind === 'redis') return;

    it(
      'wakes it over a line that went dead is told of, and given a new one',
      async () => {
        await run.works();
        // With a job that is due later, BullMQ's next look is when that is due, and not every five seconds.
        await run.toolkit.enqueue({ task: 'noted', ...run.job(900), delayMs: 3_600_000 });
        await wait(LONGER_THAN_A_FETCH_MS);
        expect(proxy.goDead((sent) => /LISTEN bullmq_jobs/.test(sent))).toBeGreaterThan(0);
        await run.works();
        await until('it says so', () => /queue default is worked again/.test(run.stderr()));
        const { exitCode, stderr } = await run.stop();
        expect(exitCode).toBe(0);
        expect(stderr).toMatch(/jobs wait on queue default.*free slots.*for 3 s: connecting anew/);
        const { rows } = await run.toolkit.db.query(
          `select queue from sluice.event where type = 'worker-deaf' and worker = $1`,
          [/Worker (w_\w+)/.exec(stderr)![1]],
        );
        expect(rows).toEqual([{ queue: 'default' }]);
      },
      TEST_MS,
    );

    it(
      'gives it nothing, over new connections too, ends it with exit 4, and what it ran is given back',
      async () => {
        await run.works();
        const { id } = await run.toolkit.enqueue({ task: 'noted', ...run.job(77, 120_000) });
        await until('the long job runs', () => run.rows().length === 4);
        await giveNothing(server.url);
        await run.toolkit.enqueue({ task: 'noted', ...run.job(78) });
        const { exitCode, stderr, stdout } = await run.ended;
        expect(stderr).toMatch(/jobs wait on queue default.*over new connections too/);
        expect(stdout.split('\n')).toContain(id);
        expect(exitCode, stderr).toBe(4);
        expect((await run.toolkit.queues.find('default', id))?.state).toMatch(/waiting|prioritized/);
      },
      TEST_MS,
    );
  });
}

interface Run {
  toolkit: Toolkit;
  ended: Promise<JobsResult>;
  /** A batch is submitted and every row of it runs. */
  works(): Promise<void>;
  /** What the journal has. */
  rows(): number[];
  /** What the worker has said. */
  stderr(): string;
  job(n: number, ms?: number): { input: Record<string, unknown>; options: Record<string, unknown> };
  /** One TERM. */
  stop(): Promise<JobsResult>;
  end(): Promise<void>;
}

let runs = 0;

async function startRun(
  backend: TestBackend,
  env: { own: Record<string, string>; worker: Record<string, string> },
): Promise<Run> {
  runs += 1;
  const project: TestProject = newProject({ ...backend, env: env.own }, { noted: NOTED });
  const journal = project.write(`journal-${runs}.txt`, '');
  const worker = startJobs(['worker', '--queue', 'default:4', '--grace', '1s'], {
    cwd: backend.folder,
    env: { ...env.worker, JOBS_LEASE_MS: '2000', JOBS_WATCHDOG_MS: String(WATCHDOG_MS) },
  });
  let stderr = '';
  worker.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = collect(worker);
  await until('the worker serves', () => stderr.includes('serves'), 30_000);
  const toolkit = await project.open();
  let batches = 0;
  return {
    toolkit,
    ended,
    async works() {
      batches += 1;
      const before = journalOf(journal).length;
      const first = runs * 1_000 + batches * 10;
      const sheet = project.write(
        `rows-${runs}-${batches}.csv`,
        `n\n${first + 1}\n${first + 2}\n${first + 3}\n`,
      );
      await toolkit.submit(request('noted', sheet, { options: { file: journal, ms: 1 } }));
      await until('rows run', () => journalOf(journal).length >= before + 3, RECOVERY_MS).catch((error) => {
        throw new Error(`${(error as Error).message}\n${stderr}`);
      });
    },
    rows: () => journalOf(journal),
    stderr: () => stderr,
    job: (n, ms = 1) => ({ input: { n }, options: { file: journal, ms } }),
    stop() {
      worker.kill('SIGTERM');
      // A worker that does not end in time is killed, and then has no exit code.
      const timer = setTimeout(() => worker.kill('SIGKILL'), STOP_MS);
      return ended.finally(() => clearTimeout(timer));
    },
    end: () => toolkit.close(),
  };
}

/** The server answers every question, but no job is given out any more. */
async function giveNothing(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ definition: string }>(
      `select pg_get_functiondef(oid) as definition from pg_proc
       where proname = 'move_to_active' and pronamespace = 'bullmq'::regnamespace`,
    );
    const head = rows[0]!.definition.split(/\bAS \$/)[0]!;
    await client.query(`${head} AS $$ begin return; end $$`);
  } finally {
    await client.end();
  }
}
