/** Real workers in processes of their own. Time is only as compressed as the schedules' own interval of a second. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { ScheduleRun } from '../../src/ledger/schedule-runs.js';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { killStartedJobs, startJobs } from '../helpers/jobs.js';
import { newProject } from '../helpers/project.js';

const WORKERS = Number(process.env.SCHEDULE_WORKERS ?? (process.env.CI ? 6 : 20));
/** Nominal times of each schedule that must have come and gone. */
const TIMES = 15;
const DEADLINE_MS = 180_000;

const TICK = `
import { appendFileSync } from 'node:fs';
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'tick', version: 1, title: 'Writes its job down',
  input: z.object({ file: z.string() }),
  run(ctx, { file }) { appendFileSync(file, ctx.job.id + '\\n'); },
});
`;

/** Its job is prepared when it is added: there the first worker that adds one stays, and says so. */
const STUCK = `
import { existsSync, writeFileSync } from 'node:fs';
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'stuck', version: 1, title: 'Is added by the second worker',
  input: z.object({ marker: z.string() }),
  options: z.object({ marker: z.string() }),
  async prepare(ctx) {
    if (existsSync(ctx.options.marker)) return null;
    writeFileSync(ctx.options.marker, String(process.pid));
    await new Promise(() => setInterval(() => {}, 1000));
  },
  run() {},
});
`;

afterEach(killStartedJobs);

async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${DEADLINE_MS} ms`);
    await new Promise((again) => setTimeout(again, 200));
  }
}

const runsOf = async ({ schedules }: Toolkit, name: string): Promise<ScheduleRun[]> =>
  (await schedules.history(name, 100_000)).reverse();

describeOnEachBackend('workers with schedules', (backend) => {
  it(
    `fire each time once when ${WORKERS} of them start at once`,
    async () => {
      const project = newProject(backend, { tick: TICK });
      const files = ['a', 'b'].map((name) => project.write(`${name}.txt`, ''));
      const names = ['a', 'b'] as const;
      const every = (index: number) => ({
        task: 'tick',
        every: '1s',
        overlap: 'allow',
        input: { file: files[index] },
      });
      project.write('jobs.config.json', JSON.stringify({ schedules: { a: every(0), b: every(1) } }));
      const toolkit = await project.open();
      try {
        const options = { cwd: backend.folder, env: backend.env };
        const children = Array.from({ length: WORKERS }, () => startJobs(['worker', '--quiet'], options));
        await until('all workers are up', async () =>
          (await toolkit.workers()).length >= WORKERS ? true : undefined,
        );
        await toolkit.schedules.apply({ prune: false });
        await until(`${TIMES} times of both`, async () => {
          const counts = await Promise.all(names.map(async (name) => (await runsOf(toolkit, name)).length));
          return Math.min(...counts) >= TIMES ? true : undefined;
        });
        for (const name of names) await toolkit.schedules.pause(name, null);
        const expected = await until('every claimed time is a job', async () => {
          const runs = await Promise.all(names.map((name) => runsOf(toolkit, name)));
          return runs.flat().every(({ state }) => state === 'added') ? runs : undefined;
        });
        for (const [index, runs] of expected.entries()) {
          const times = runs.map(({ at }) => Date.parse(at));
          // No time is missing, and none is there twice.
          expect(times).toEqual(Array.from({ length: times.length }, (_, n) => times[0]! + n * 1000));
          const ids = runs.map(({ jobId }) => jobId).sort();
          const ran = await until(`the jobs of ${names[index]} have run`, () => {
            const lines = readFileSync(files[index]!, 'utf8').trim().split('\n');
            return lines.length >= ids.length ? lines.sort() : undefined;
          });
          expect(ran).toEqual(ids);
        }
        const lags = expected
          .flat()
          .map(({ lagMs }) => lagMs!)
          .sort((x, y) => x - y);
        console.log(
          `${backend.name}: ${WORKERS} workers, ${lags.length} times, each once; lag p50 ${lags[lags.length >> 1]} ms, most ${lags.at(-1)} ms`,
        );
        expect(children.every(({ exitCode }) => exitCode === null)).toBe(true);
      } finally {
        await killStartedJobs();
        await toolkit.close();
      }
    },
    2 * DEADLINE_MS,
  );

  it(
    'add the job of a worker that was killed between claiming its time and adding it',
    async () => {
      const project = newProject(backend, { stuck: STUCK });
      const marker = path.join(backend.folder, 'stuck.pid');
      const schedule = { task: 'stuck', cron: '0 3 1 1 *', input: { marker }, options: { marker } };
      project.write('jobs.config.json', JSON.stringify({ schedules: { stuck: schedule } }));
      const toolkit = await project.open();
      try {
        await toolkit.schedules.apply({ prune: false });
        const at = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
        await toolkit.db.query(`update sluice.schedule set next_at = $1 where name = 'stuck'`, [at]);
        const options = { cwd: backend.folder, env: backend.env };
        const first = startJobs(['worker', '--quiet'], options);
        await until('the first worker adds the job', () => (existsSync(marker) ? true : undefined));
        expect(await runsOf(toolkit, 'stuck')).toMatchObject([{ at, state: 'adding' }]);
        const ended = new Promise((exit) => first.once('exit', exit));
        first.kill('SIGKILL');
        await ended;
        // What half a minute would do.
        await toolkit.db.query(`update sluice.schedule_run set lease_until = clock_timestamp()`);
        const second = startJobs(['worker', '--quiet'], options);
        const [run] = await until('the second worker adds it', async () => {
          const runs = await runsOf(toolkit, 'stuck');
          return runs[0]?.state === 'added' ? runs : undefined;
        });
        expect(run).toMatchObject({ at, jobId: `stuck@${at.replaceAll(/[-:]/g, '').replace('.000', '')}` });
        await until('its job has run', async () =>
          (await toolkit.queues.find('default', run!.jobId))?.state === 'completed' ? true : undefined,
        );
        expect(await runsOf(toolkit, 'stuck')).toHaveLength(1);
        expect(second.exitCode).toBeNull();
      } finally {
        await killStartedJobs();
        await toolkit.close();
      }
    },
    2 * DEADLINE_MS,
  );
});
