import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { configSchema } from '../../src/config/schema.js';
import { InputError, NotFoundError } from '../../src/core/error.js';
import type { ScheduleRun } from '../../src/ledger/schedule-runs.js';
import { openToolkit, type Toolkit } from '../../src/toolkit.js';
import { describeOnBackend, describeOnEachBackend, type TestBackend } from '../helpers/backends.js';
import { newProject } from '../helpers/project.js';

const TASK = `
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'ping', version: 1, title: 'Answers', queue: 'pings',
  input: z.object({ n: z.number().default(0) }),
  run(ctx, { n }) { return { n }; },
});
`;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Schedules whose own times are far off: what is due is moved there in the ledger. */
const OPTIONS = { task: 'ping', cron: '30 3 * * *', overlap: 'allow', missed: 'one' };

let open: Toolkit[] = [];
afterEach(async () => {
  await Promise.all(open.map((toolkit) => toolkit.close()));
  open = [];
});

/** A toolkit whose config has these schedules, and nothing applied of earlier tests. */
async function openWith(
  backend: TestBackend,
  schedules: Record<string, object>,
  { file = 'jobs.config.json', more = {}, troubles = [] as string[], keep = false } = {},
): Promise<Toolkit> {
  const project = newProject(backend, { ping: TASK });
  const path = project.write(
    file,
    JSON.stringify({
      schedules,
      tasks: `${backend.folder}/tasks/*.ts`,
      stateDir: `${backend.folder}/.jobs`,
      ...more,
    }),
  );
  const { config } = await loadConfig({ file: path, cwd: backend.folder, env: backend.env });
  const toolkit = await openToolkit({ config, onTrouble: (message) => troubles.push(message) });
  open.push(toolkit);
  if (!keep) {
    const { rows } = await toolkit.db.query<{ job_id: string }>('select job_id from sluice.schedule_run');
    for (const row of rows) await toolkit.queues.remove('pings', row.job_id);
    await toolkit.db.query('delete from sluice.schedule');
    await toolkit.db.query('delete from sluice.schedule_run');
    await toolkit.db.query('delete from sluice.event');
  }
  return toolkit;
}

/** A full second so long ago, ISO. */
function secondsAgo(agoMs: number): string {
  return new Date(Math.floor((Date.now() - agoMs) / 1000) * 1000).toISOString();
}

/** The schedule was due so long ago. Its nominal time is a full second. */
async function makeDue({ db }: Toolkit, name: string, agoMs = 0): Promise<string> {
  const at = secondsAgo(agoMs);
  await db.query('update sluice.schedule set next_at = $2 where name = $1', [name, at]);
  return at;
}

/** Oldest first. */
async function history({ schedules }: Toolkit, name: string): Promise<ScheduleRun[]> {
  return (await schedules.history(name, 1000)).reverse();
}

async function states(toolkit: Toolkit, name: string): Promise<string[]> {
  return (await history(toolkit, name)).map(({ state }) => state);
}

async function only(toolkit: Toolkit, name: string) {
  const found = (await toolkit.schedules.list()).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no schedule ${name}`);
  return found;
}

async function events({ db }: Toolkit): Promise<string[]> {
  const { rows } = await db.query<{ type: string; message: string }>(
    'select type, message from sluice.event order by id',
  );
  return rows.map(({ type, message }) => `${type} ${message}`);
}

describeOnEachBackend('schedules', (backend) => {
  it('add their job when they are due, once, whoever looks', async () => {
    const toolkit = await openWith(backend, { nightly: { ...OPTIONS, input: { n: 7 }, priority: 'high' } });
    await toolkit.schedules.apply({ prune: false });
    const other = await openWith(backend, { nightly: { ...OPTIONS } }, { keep: true });
    const at = await makeDue(toolkit, 'nightly');
    await Promise.all([toolkit, other, toolkit, other].map(({ schedules }) => schedules.tick()));
    const runs = await history(toolkit, 'nightly');
    expect(runs).toMatchObject([{ at, kind: 'due', state: 'added', queue: 'pings' }]);
    expect(runs[0]!.jobId).toBe(`nightly@${at.replaceAll(/[-:]/g, '').replace('.000', '')}`);
    expect(runs[0]!.lagMs).toBeLessThan(30_000);
    const job = await toolkit.queues.find('pings', runs[0]!.jobId);
    expect(job).toMatchObject({ data: { kind: 'job', input: { n: 7 } } });
    expect((await toolkit.queues.counts('pings')).prioritized).toBe(1);
    const { nextAt, lastAt, lastJob, runs: count } = await only(toolkit, 'nightly');
    expect({ lastAt, lastJob, count }).toEqual({ lastAt: at, lastJob: runs[0]!.jobId, count: 1 });
    expect(Date.parse(nextAt!)).toBeGreaterThan(Date.now());
    expect(nextAt).toMatch(/T03:30:00.000Z$/);
  });

  it('are not run when nothing is applied, before their time, or by a worker that does not know the task', async () => {
    const toolkit = await openWith(backend, { nightly: { ...OPTIONS } });
    await toolkit.schedules.tick();
    expect(await toolkit.schedules.list()).toMatchObject([{ name: 'nightly', state: 'not-applied' }]);
    await toolkit.schedules.apply({ prune: false });
    await toolkit.schedules.tick();
    expect(await states(toolkit, 'nightly')).toEqual([]);
    await toolkit.db.query(`update sluice.schedule set task = 'of-another-project'`);
    await makeDue(toolkit, 'nightly');
    await toolkit.schedules.tick();
    expect(await states(toolkit, 'nightly')).toEqual([]);
  });

  it('lose no time to a worker that dies between the claim and the job', async () => {
    const toolkit = await openWith(backend, { nightly: { ...OPTIONS } });
    await toolkit.schedules.apply({ prune: false });
    await makeDue(toolkit, 'nightly');
    await toolkit.schedules.tick();
    const [run] = await history(toolkit, 'nightly');
    // As that worker left it: claimed, its lease over, its job not there.
    await toolkit.queues.remove('pings', run!.jobId);
    await toolkit.db.query(
      `update sluice.schedule_run set state = 'adding', lease_until = clock_timestamp() - interval '1 s'`,
    );
    await toolkit.schedules.tick();
    expect(await history(toolkit, 'nightly')).toMatchObject([
      { at: run!.at, state: 'added', jobId: run!.jobId },
    ]);
    expect((await toolkit.queues.find('pings', run!.jobId))?.state).toBeDefined();
    // While the lease goes on nobody else touches it.
    await toolkit.db.query(
      `update sluice.schedule_run set state = 'adding', lease_until = clock_timestamp() + interval '30 s'`,
    );
    await toolkit.schedules.tick();
    expect(await states(toolkit, 'nightly')).toEqual(['adding']);
  });

  it('run missed times by their policy', async () => {
    const start = secondsAgo(4 * HOUR_MS + 2 * MINUTE_MS);
    const every = { task: 'ping', every: '1h', start, overlap: 'allow' };
    const toolkit = await openWith(backend, {
      none: { ...every, missed: 'none' },
      one: { ...every, missed: 'one' },
      all: { ...every, missed: 'all', missedWindow: '150m' },
    });
    await toolkit.schedules.apply({ prune: false });
    await toolkit.db.query('update sluice.schedule set next_at = $1', [start]);
    await toolkit.schedules.tick();
    expect(await states(toolkit, 'none')).toEqual(['missed', 'missed', 'missed', 'missed', 'missed']);
    expect(await states(toolkit, 'one')).toEqual(['missed', 'missed', 'missed', 'missed', 'added']);
    expect(await states(toolkit, 'all')).toEqual(['missed', 'missed', 'added', 'added', 'added']);
    for (const name of ['none', 'one', 'all']) {
      expect((await only(toolkit, name)).nextAt).toBe(
        new Date(Date.parse(start) + 5 * HOUR_MS).toISOString(),
      );
    }
    const said = (await events(toolkit)).filter((event) =>
      event.startsWith('schedule-skipped schedule none missed'),
    );
    expect(said).toEqual([expect.stringContaining(`missed 5 times from ${start} to`)]);
  });

  it('skip a time while the run before has not ended, and go on after it', async () => {
    const toolkit = await openWith(backend, { nightly: { ...OPTIONS, overlap: 'skip' } });
    await toolkit.schedules.apply({ prune: false });
    await makeDue(toolkit, 'nightly', 5_000);
    await toolkit.schedules.tick();
    await makeDue(toolkit, 'nightly', 3_000);
    await toolkit.schedules.tick();
    expect(await states(toolkit, 'nightly')).toEqual(['added', 'skipped']);
    const [first, second] = await history(toolkit, 'nightly');
    expect(second!.note).toBe(`${first!.jobId} had not ended`);
    expect((await only(toolkit, 'nightly')).runs).toBe(1);
    await toolkit.queues.remove('pings', first!.jobId);
    await makeDue(toolkit, 'nightly', 1_000);
    await toolkit.schedules.tick();
    expect(await states(toolkit, 'nightly')).toEqual(['added', 'skipped', 'added']);
  });

  it('queue one time behind the run before, and add it when that has ended', async () => {
    const toolkit = await openWith(backend, { nightly: { ...OPTIONS, overlap: 'queue' } });
    await toolkit.schedules.apply({ prune: false });
    for (const agoMs of [6_000, 4_000, 2_000]) {
      await makeDue(toolkit, 'nightly', agoMs);
      await toolkit.schedules.tick();
    }
    expect(await states(toolkit, 'nightly')).toEqual(['added', 'waiting', 'skipped']);
    const [first, second] = await history(toolkit, 'nightly');
    expect(await toolkit.queues.find('pings', second!.jobId)).toBeUndefined();
    await toolkit.queues.remove('pings', first!.jobId);
    await toolkit.schedules.tick();
    expect(await states(toolkit, 'nightly')).toEqual(['added', 'added', 'skipped']);
    expect(await toolkit.queues.find('pings', second!.jobId)).toBeDefined();
  });

  it('cancel the run before, and begin when it has ended', async () => {
    const toolkit = await openWith(backend, { nightly: { ...OPTIONS, overlap: 'cancel' } });
    await toolkit.schedules.apply({ prune: false });
    await makeDue(toolkit, 'nightly', 4_000);
    await toolkit.schedules.tick();
    const [first] = await history(toolkit, 'nightly');
    await makeDue(toolkit, 'nightly', 2_000);
    await toolkit.schedules.tick();
    // It had not begun, so it left the queue at once; the next look sees that.
    expect(await toolkit.queues.find('pings', first!.jobId)).toBeUndefined();
    await toolkit.schedules.tick();
    expect(await states(toolkit, 'nightly')).toEqual(['added', 'added']);
    const { rows } = await toolkit.db.query<{ reason: string }>(
      'select reason from sluice.cancellation where job_id = $1',
      [first!.jobId],
    );
    expect(rows).toEqual([{ reason: 'the next run of schedule nightly is due' }]);
  });

  it('pause with a reason and resume with the next time from now', async () => {
    const toolkit = await openWith(backend, { nightly: { ...OPTIONS } });
    await toolkit.schedules.apply({ prune: false });
    expect(await toolkit.schedules.pause('nightly', 'disk is being moved')).toMatchObject({
      pausedAt: expect.any(String),
      pauseReason: 'disk is being moved',
    });
    await makeDue(toolkit, 'nightly', 3 * DAY_MS);
    await toolkit.schedules.tick();
    expect(await states(toolkit, 'nightly')).toEqual([]);
    expect((await toolkit.schedules.apply({ prune: false })).paused).toMatchObject([{ name: 'nightly' }]);
    const resumed = await toolkit.schedules.resume('nightly');
    expect(resumed).toMatchObject({ pausedAt: null, pauseReason: null });
    expect(Date.parse(resumed.nextAt!)).toBeGreaterThan(Date.now());
    await toolkit.schedules.tick();
    expect(await states(toolkit, 'nightly')).toEqual([]);
    const { rows } = await toolkit.db.query<{ action: string }>(
      'select action from sluice.audit order by id desc limit 2',
    );
    expect(rows.map(({ action }) => action)).toEqual(['schedule resume', 'schedule pause']);
  });

  it('run now, beside their times', async () => {
    const toolkit = await openWith(backend, { nightly: { ...OPTIONS, overlap: 'skip', maxRuns: 1 } });
    await toolkit.schedules.apply({ prune: false });
    const [one, two] = [await toolkit.schedules.runNow('nightly'), await toolkit.schedules.runNow('nightly')];
    expect(one.jobId).toMatch(/^nightly@now-\d{8}T\d{6}(\.\d{3})?Z$/);
    expect(two.jobId).not.toBe(one.jobId);
    expect(await toolkit.queues.find('pings', one.jobId)).toBeDefined();
    expect(await only(toolkit, 'nightly')).toMatchObject({ runs: 0, state: 'active', lastJob: two.jobId });
  });

  it('end after maxRuns and start again when it is raised', async () => {
    const toolkit = await openWith(backend, { nightly: { ...OPTIONS, maxRuns: 1 } });
    await toolkit.schedules.apply({ prune: false });
    await makeDue(toolkit, 'nightly');
    await toolkit.schedules.tick();
    expect(await only(toolkit, 'nightly')).toMatchObject({ state: 'ended', nextAt: null, runs: 1 });
    expect((await toolkit.schedules.next({ name: 'nightly', count: 5 })).times).toEqual([]);
    const raised = await openWith(backend, { nightly: { ...OPTIONS, maxRuns: 2 } }, { keep: true });
    await raised.schedules.apply({ prune: false });
    expect(await only(raised, 'nightly')).toMatchObject({ state: 'active' });
  });

  it('make up for past times that had no job, one after another', async () => {
    const toolkit = await openWith(backend, { nightly: { ...OPTIONS, overlap: 'skip' } });
    await toolkit.schedules.apply({ prune: false });
    const todayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    const window = { fromMs: todayMs - 3 * DAY_MS, toMs: todayMs - 1 };
    const planned = await toolkit.schedules.backfill('nightly', { ...window, dryRun: true });
    expect(planned.times).toHaveLength(3);
    expect(await states(toolkit, 'nightly')).toEqual([]);
    await toolkit.schedules.backfill('nightly', { ...window, dryRun: false });
    await toolkit.schedules.tick();
    await toolkit.schedules.tick();
    expect(await states(toolkit, 'nightly')).toEqual(['added', 'waiting', 'waiting']);
    for (const expected of [
      ['added', 'added', 'waiting'],
      ['added', 'added', 'added'],
    ]) {
      const running = (await history(toolkit, 'nightly')).findLast(({ state }) => state === 'added');
      await toolkit.queues.remove('pings', running!.jobId);
      await toolkit.schedules.tick();
      expect(await states(toolkit, 'nightly')).toEqual(expected);
    }
    expect(await toolkit.schedules.backfill('nightly', { ...window, dryRun: false })).toMatchObject({
      times: [],
      hasRun: 3,
    });
    const future = { fromMs: Date.now(), toMs: Date.now() + DAY_MS, dryRun: true };
    await expect(toolkit.schedules.backfill('nightly', future)).rejects.toThrow(InputError);
  });

  it('give a missed time another chance in a backfill', async () => {
    const start = secondsAgo(10 * MINUTE_MS);
    const hourly = { task: 'ping', every: '1h', start, missed: 'none', overlap: 'allow' };
    const toolkit = await openWith(backend, { hourly });
    await toolkit.schedules.apply({ prune: false });
    await toolkit.db.query('update sluice.schedule set next_at = $1', [start]);
    await toolkit.schedules.tick();
    expect(await states(toolkit, 'hourly')).toEqual(['missed']);
    const atMs = Date.parse(start);
    await toolkit.schedules.backfill('hourly', { fromMs: atMs, toMs: atMs, dryRun: false });
    await toolkit.schedules.tick();
    expect((await history(toolkit, 'hourly'))[0]).toMatchObject({ state: 'added', kind: 'made-up' });
  });
});

describeOnBackend('pglite', 'what is applied of schedules', (backend) => {
  it('is what the plan showed: what is new, changed from old to new, and unchanged', async () => {
    const first = await openWith(backend, {
      a: { ...OPTIONS },
      b: { ...OPTIONS, input: { token: 'old-key', n: 1 } },
    });
    expect(await first.schedules.plan()).toMatchObject({
      add: [{ name: 'a', task: 'ping' }, { name: 'b' }],
      change: [],
      prune: [],
    });
    await first.schedules.apply({ prune: false });
    const second = await openWith(
      backend,
      { a: { ...OPTIONS }, b: { ...OPTIONS, cron: '0 4 * * *', input: { token: 'new-key', n: 2 } } },
      { keep: true },
    );
    const plan = await second.schedules.plan();
    expect(plan).toMatchObject({ add: [], prune: [], unchanged: ['a'] });
    expect(plan.change).toEqual([
      {
        name: 'b',
        fields: [
          { field: 'input', from: { token: '[secret]', n: 1 }, to: { token: '[secret]', n: 2 } },
          { field: 'cron', from: '30 3 * * *', to: '0 4 * * *' },
        ],
        nextAt: expect.stringMatching(/T04:00:00.000Z$/),
        takenFrom: null,
      },
    ]);
    await second.schedules.apply({ prune: false });
    expect((await second.schedules.plan()).unchanged).toEqual(['a', 'b']);
  });

  it('keeps its place among its times when only the input changes', async () => {
    const first = await openWith(backend, { a: { ...OPTIONS } });
    await first.schedules.apply({ prune: false });
    const at = await makeDue(first, 'a', 20_000);
    const second = await openWith(backend, { a: { ...OPTIONS, input: { n: 2 } } }, { keep: true });
    await second.schedules.apply({ prune: false });
    expect((await only(second, 'a')).nextAt).toBe(at);
  });

  it('is pruned only by the config that applied it, and only when asked', async () => {
    const ours = await openWith(backend, { a: { ...OPTIONS }, b: { ...OPTIONS, overlap: 'queue' } });
    await ours.schedules.apply({ prune: false });
    const theirs = await openWith(
      backend,
      { c: { ...OPTIONS } },
      { file: 'other/jobs.config.json', keep: true },
    );
    expect((await theirs.schedules.plan()).foreign.map(({ name }) => name)).toEqual(['a', 'b']);
    await theirs.schedules.apply({ prune: true });
    const fewer = await openWith(backend, { a: { ...OPTIONS } }, { keep: true });
    for (const agoMs of [2_000, 1_000]) {
      await makeDue(fewer, 'b', agoMs);
      await fewer.schedules.tick();
    }
    expect((await fewer.schedules.apply({ prune: false })).prune).toEqual([{ name: 'b', task: 'ping' }]);
    const names = async () => (await fewer.schedules.list()).map(({ name, config }) => `${name} ${config}`);
    expect(await names()).toEqual(['a same', 'b absent', 'c foreign']);
    await fewer.schedules.apply({ prune: true });
    expect(await names()).toEqual(['a same', 'c foreign']);
    const { rows } = await fewer.db.query(
      `select state, note from sluice.schedule_run where schedule = 'b' order by at`,
    );
    expect(rows).toEqual([
      { state: 'added', note: null },
      { state: 'skipped', note: 'the schedule was removed' },
    ]);
  });

  it('can be taken over from another config, and says so', async () => {
    const before = await openWith(backend, { a: { ...OPTIONS } }, { file: 'release-1/jobs.config.json' });
    await before.schedules.apply({ prune: false });
    const after = await openWith(
      backend,
      { a: { ...OPTIONS } },
      { file: 'release-2/jobs.config.json', keep: true },
    );
    const { change } = await after.schedules.plan();
    expect(change).toMatchObject([
      { name: 'a', fields: [], takenFrom: expect.stringContaining('release-1/jobs.config.json') },
    ]);
    await after.schedules.apply({ prune: false });
    expect((await after.schedules.plan()).change).toEqual([]);
  });

  it('is refused when the task or the input cannot be used, before anything changes', async () => {
    for (const [schedule, says] of [
      [{ ...OPTIONS, task: 'pong' }, /schedules\.a: There is no task "pong"/],
      [{ ...OPTIONS, input: { n: 'many' } }, /schedules\.a: n of task ping cannot be used/],
      [{ ...OPTIONS, cron: '61 * * * *' }, /schedules\.a in .*the minute is "61"/],
    ] as const) {
      const toolkit = await openWith(backend, { a: schedule, b: { ...OPTIONS } });
      await expect(toolkit.schedules.apply({ prune: false })).rejects.toThrow(says);
      const { rows } = await toolkit.db.query('select name from sluice.schedule');
      expect(rows).toEqual([]);
      await toolkit.close();
    }
  });

  it('warns of the changes of the clocks, and so does the list of coming times', async () => {
    const toolkit = await openWith(backend, { a: { ...OPTIONS, cron: '30 2 * * *', tz: 'Europe/Berlin' } });
    const { warnings } = await toolkit.schedules.plan();
    expect(warnings.map(({ message }) => message.replace(/^\S+ /, '')).sort()).toEqual([
      '02:30 comes twice by a change of the clocks in Europe/Berlin; runs the first time only',
      '02:30 is skipped by a change of the clocks in Europe/Berlin; runs at 03:30 +02:00',
    ]);
    const coming = await toolkit.schedules.next({ name: 'a', count: 370 });
    expect(coming.times).toHaveLength(370);
    expect(coming.times.filter(({ warning }) => warning !== null)).toHaveLength(2);
    expect(coming.notes).toEqual([{ name: 'a', message: 'is in the config, but was not applied' }]);
  });

  it('lists the coming times of all schedules together, in order', async () => {
    const toolkit = await openWith(backend, {
      a: { task: 'ping', every: '2h' },
      b: { task: 'ping', every: '3h', maxRuns: 1 },
    });
    await toolkit.schedules.apply({ prune: false });
    const { times } = await toolkit.schedules.next({ count: 4 });
    expect(times.map(({ at }) => at)).toEqual([...times.map(({ at }) => at)].sort());
    expect(times.filter(({ name }) => name === 'b').length).toBeLessThanOrEqual(1);
    expect(times).toHaveLength(4);
  });

  it('names the nearest when there is no such schedule', async () => {
    const toolkit = await openWith(backend, { nightly: { ...OPTIONS } });
    await expect(toolkit.schedules.pause('nightly', null)).rejects.toThrow(
      /in the config, but was not applied/,
    );
    await toolkit.schedules.apply({ prune: false });
    for (const verb of [
      () => toolkit.schedules.pause('nigthly', null),
      () => toolkit.schedules.resume('nigthly'),
      () => toolkit.schedules.runNow('nigthly'),
      () => toolkit.schedules.next({ name: 'nigthly', count: 1 }),
      () => toolkit.schedules.backfill('nigthly', { fromMs: 0, toMs: 1, dryRun: true }),
    ]) {
      const thrown = await verb().catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(NotFoundError);
      expect((thrown as Error).message).toContain('did you mean "nightly"?');
    }
  });
});

describeOnBackend('pglite', 'a schedule that is late', (backend) => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  it('is told of once: an event, a trouble, the webhook', async () => {
    const posted: { type: string; message: string; details: unknown }[] = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => {
        body += part;
      });
      request.on('end', () => {
        posted.push(JSON.parse(body));
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await new Promise((listening) => server!.once('listening', listening));
    const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    const troubles: string[] = [];
    const late = { task: 'ping', every: '40m', start: secondsAgo(5 * MINUTE_MS), overlap: 'allow' };
    const toolkit = await openWith(backend, { late }, { more: { notify: { webhook } }, troubles });
    await toolkit.schedules.apply({ prune: false });
    const at = await makeDue(toolkit, 'late', 5 * MINUTE_MS);
    // A worker that does not know the task sees it too; then one that knows it takes it.
    await toolkit.db.query(`update sluice.schedule set task = 'elsewhere'`);
    await toolkit.schedules.tick();
    await toolkit.schedules.tick();
    await toolkit.db.query(`update sluice.schedule set task = 'ping'`);
    await toolkit.schedules.tick();
    expect((await events(toolkit)).filter((event) => event.startsWith('schedule-late'))).toHaveLength(1);
    expect(troubles.filter((trouble) => trouble.includes(`late: it was due ${at}`))).toHaveLength(1);
    expect(posted).toMatchObject([
      { type: 'schedule-late', details: { schedule: 'late', task: 'elsewhere', at } },
    ]);
    expect(await history(toolkit, 'late')).toMatchObject([{ at, state: 'added' }]);
    expect((await only(toolkit, 'late')).lastLagMs).toBeGreaterThan(5 * MINUTE_MS - 2_000);
  });

  it('is not, within a tenth of its interval', async () => {
    const troubles: string[] = [];
    const toolkit = await openWith(backend, { daily: { ...OPTIONS } }, { troubles });
    await toolkit.schedules.apply({ prune: false });
    await makeDue(toolkit, 'daily', 5 * MINUTE_MS);
    await toolkit.schedules.tick();
    expect(troubles).toEqual([]);
    expect(await states(toolkit, 'daily')).toEqual(['added']);
  });

  it('says why its job cannot be added, tries again, and gives up after ten minutes', async () => {
    const troubles: string[] = [];
    const toolkit = await openWith(backend, { daily: { ...OPTIONS } }, { troubles });
    await toolkit.schedules.apply({ prune: false });
    // As if the task had changed after the apply.
    await toolkit.db.query(`update sluice.schedule set input = '{"n": "many"}'`);
    await makeDue(toolkit, 'daily');
    await toolkit.schedules.tick();
    expect(await history(toolkit, 'daily')).toMatchObject([
      { state: 'adding', note: expect.stringContaining('n of task ping') },
    ]);
    expect(troubles[0]).toMatch(/the job of .* cannot be added yet: n of task ping/);
    await toolkit.db.query(
      `update sluice.schedule_run set claimed_at = claimed_at - interval '11 min', lease_until = clock_timestamp() - interval '1 s'`,
    );
    await toolkit.schedules.tick();
    expect(await states(toolkit, 'daily')).toEqual(['failed']);
    expect((await events(toolkit)).some((event) => /^schedule-late .*was not added/.test(event))).toBe(true);
  });
});

describe('a schedule of a config', () => {
  const check = (schedule: object): string => {
    const result = configSchema.safeParse({ schedules: { a: { task: 'ping', ...schedule } } });
    return result.success
      ? 'fine'
      : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join();
  };

  it('has either cron or every, a known zone, an interval from a second, an end after its start', () => {
    expect(check({ cron: '0 2 * * *' })).toBe('fine');
    expect(check({ every: '15m', tz: 'Asia/Kolkata' })).toBe('fine');
    expect(check({})).toBe('schedules.a: either cron or every, and not both');
    expect(check({ cron: '0 2 * * *', every: '1h' })).toBe('schedules.a: either cron or every, and not both');
    expect(check({ every: '500ms' })).toBe('schedules.a.every: a duration from 1s');
    expect(check({ every: '1h', tz: 'Mars/Olympus' })).toBe(
      'schedules.a.tz: a time zone such as Asia/Kolkata',
    );
    expect(check({ every: '1h', start: '2027-01-01T00:00:00Z', end: '2026-01-01T00:00:00Z' })).toBe(
      'schedules.a.end: a time that is not before start',
    );
  });
});
