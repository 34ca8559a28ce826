/** What people and time do while jobs run: schedules on many workers, new code, replays, cancellations, a cut-off finish. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { monotonicMs } from '../accounts.js';
import { BACKENDS, type Fault } from '../fault.js';
import { MENDED, QUEUE, TASKS, writeProject } from '../project.js';
import type { Stage } from '../stage.js';

const SCHEDULES = 25;
const EVERY_MS = 1_000;
const SCHEDULED_N = 2_000_000;
const MOST_WORKERS = 20;
/** A command has started and done its work. */
const START_MS = 6_000;

export const OPERATION_FAULTS: readonly Fault[] = [
  {
    name: 'two-schedulers',
    title: 'many workers drive the same schedules, and some are killed',
    backends: BACKENDS,
    run: runSchedules,
  },
  {
    name: 'old-and-new-code',
    title: 'workers and producers with version 1 and version 2 of a task at once',
    backends: BACKENDS,
    async run(stage) {
      const newer = path.join(stage.place.folder, 'newer');
      writeProject(newer, { stateDir: stage.place.stateDir, version: 2 });
      await stage.begin({ spanMs: stage.sizes.leaseMs, workers: 2 });
      stage.startWorker(8, {}, newer);
      stage.startWorker(8, {}, newer);
      await stage.untilBegun(0.2 + stage.random.next() * 0.2);
      await stage.submitRows(TASKS.inline, Math.ceil(stage.sizes.jobs / 4), newer);
      const worker = await stage.pickWorker();
      await stage.during(() => worker.signal('SIGKILL'));
    },
  },
  {
    name: 'finish-killed',
    title: 'kill -9 of the worker that runs the finish of a batch, half-way',
    backends: BACKENDS,
    async run(stage) {
      await stage.begin({
        spanMs: stage.sizes.leaseMs / 2,
        workerEnv: { CONFORMANCE_POINT: 'finish' },
      });
    },
  },
  {
    name: 'replay-during-load',
    title: 'every dead letter is replayed while other rows run and a worker is killed',
    backends: BACKENDS,
    async run(stage) {
      await stage.begin({ spanMs: stage.sizes.leaseMs, failEvery: 5 });
      await stage.untilBegun(0.6 + stage.random.next() * 0.2);
      writeFileSync(path.join(stage.place.folder, MENDED), '');
      // Whatever is read as a dead letter from now on has failed before.
      await stage.producersDone();
      const replay = stage.operate(['dlq', 'replay', '--all', '--yes', '--json']);
      await stage.submitRows(TASKS.inline, Math.ceil(stage.sizes.jobs / 4));
      const worker = await stage.pickWorker();
      await stage.during(() => worker.signal('SIGKILL'));
      const { replayed } = JSON.parse(await replay);
      stage.operators.push({ kind: 'replay', ids: [], count: replayed, atMs: monotonicMs() });
      await stage.untilQuiet();
      await replayRest(stage);
      stage.expectNoFailures();
    },
  },
  {
    name: 'cancel-during-run',
    title: 'a batch and single jobs are cancelled while they run; then the workers are killed',
    backends: BACKENDS,
    async run(stage) {
      await stage.begin({ spanMs: 3 * stage.sizes.leaseMs + START_MS });
      await stage.untilBegun(0.1 + stage.random.next() * 0.1);
      const doomed = await stage.submitRows(TASKS.inline, Math.ceil(stage.sizes.jobs / 4));
      const { cancelled } = JSON.parse(await stage.operate(['batch', 'cancel', doomed, '--yes', '--json']));
      if (cancelled === 0) stage.notes.push('the batch had ended before it could be cancelled');
      stage.operators.push({ kind: 'cancel-batch', ids: [doomed], count: cancelled, atMs: monotonicMs() });
      const batch = stage.acknowledged.batches.find(({ id }) => id !== doomed)!;
      const ids = stage.random.some(10, 2, batch.rows).map((row) => `${batch.id}-${row}`);
      // Some have ended: those are left as they are.
      const outcomes: { outcome: string }[] = JSON.parse(
        await stage.operate(['job', 'cancel', ...ids, '--yes', '--json']),
      );
      const count = outcomes.filter(
        ({ outcome }) => outcome === 'cancelled' || outcome === 'stopping',
      ).length;
      stage.operators.push({ kind: 'cancel-jobs', ids, count, atMs: monotonicMs() });
      await stage.during(() => {
        for (const worker of stage.workers) worker.signal('SIGKILL');
      });
    },
  },
];

/** Rows that failed after the first replay had read its list: an operator looks again. */
async function replayRest(stage: Stage): Promise<void> {
  for (;;) {
    const left = JSON.parse(await stage.operate(['dlq', 'list', '--json']));
    if (left.length === 0) return;
    const { replayed } = JSON.parse(await stage.operate(['dlq', 'replay', '--all', '--yes', '--json']));
    stage.operators.push({ kind: 'replay', ids: [], count: replayed, atMs: monotonicMs() });
    await stage.untilQuiet();
  }
}

/** Each nominal time of each schedule is one job that runs once, whoever looks and whoever dies. */
async function runSchedules(stage: Stage): Promise<void> {
  const workers = Math.max(3, Math.min(MOST_WORKERS, Math.round(stage.sizes.jobs / 50)));
  const count = Math.max(2, Math.min(SCHEDULES, Math.round(stage.sizes.jobs / 10)));
  const schedules = Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `every-second-${at}`,
      {
        task: TASKS.inline,
        queue: QUEUE,
        every: '1s',
        input: { n: SCHEDULED_N },
        overlap: 'allow',
        missed: 'all',
      },
    ]),
  );
  writeProject(stage.place.folder, { stateDir: stage.place.stateDir, schedules });
  stage.expectNoFailures();
  stage.env.CONFORMANCE_MS = '200';
  await stage.operate(['schedule', 'apply']);
  for (let worker = 0; worker < workers; worker++) stage.startWorker(4);
  const wanted = stage.sizes.jobs;
  await stage.untilBegun(0.2);
  for (const share of [0.3, 0.5, 0.7]) {
    await stage.untilBegun(share);
    const worker = await stage.pickWorker();
    await stage.during(() => worker.signal('SIGKILL'));
  }
  await stage.until(`${wanted} runs`, () => stage.journal.count('end') >= wanted);
  await stage.withToolkit(async ({ schedules: all }) => {
    for (const name of Object.keys(schedules)) await all.pause(name, 'enough');
  });
  const runs = await scheduleRuns(stage);
  for (const { schedule, at, state, job } of runs) {
    if (state === 'added') stage.promise(job, SCHEDULED_N);
    else stage.complaints.push(`${schedule} at ${at} was ${state}`);
  }
  stage.complaints.push(...gaps(runs));
}

interface ScheduleRun {
  schedule: string;
  at: string;
  state: string;
  job: string;
}

/** When none is being added any more. */
async function scheduleRuns(stage: Stage): Promise<ScheduleRun[]> {
  let runs: ScheduleRun[] = [];
  await stage.withToolkit(({ db }) =>
    stage.until('every claimed run was added', async () => {
      const { rows } = await db.query<Omit<ScheduleRun, 'at'> & { at: Date }>(
        'select schedule, at, state, job_id as job from sluice.schedule_run order by schedule, at',
      );
      runs = rows.map((run) => ({ ...run, at: run.at.toISOString() }));
      return runs.every(({ state }) => state !== 'adding' && state !== 'waiting');
    }),
  );
  return runs;
}

/** Every nominal time between the first and the last is there. */
function gaps(runs: readonly { schedule: string; at: string }[]): string[] {
  const last = new Map<string, number>();
  const found: string[] = [];
  for (const { schedule, at } of runs) {
    const atMs = Date.parse(at);
    const before = last.get(schedule);
    if (before !== undefined && atMs !== before + EVERY_MS) {
      found.push(`${schedule} has no run between ${new Date(before).toISOString()} and ${at}`);
    }
    last.set(schedule, atMs);
  }
  return found;
}
