/** `jobs schedule …`: shapes of `--json`, exit codes, what is asked, what is said. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnBackend } from '../helpers/backends.js';
import { type JobsResult, runJobs } from '../helpers/jobs.js';
import { newProject, type TestProject } from '../helpers/project.js';
import { shapeOf } from '../helpers/shape.js';

const PING = `
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'ping', version: 1, title: 'Answers', input: z.object({ n: z.number().default(0) }), run(ctx, { n }) { return { n }; },
});
`;

const NIGHTLY = { task: 'ping', cron: '30 2 * * *', tz: 'Europe/Berlin' };

describeOnBackend('pglite', 'jobs schedule', (backend) => {
  let project: TestProject;
  let holder: Toolkit | undefined;
  const jobs = (...args: string[]): Promise<JobsResult> =>
    runJobs(['schedule', ...args], { cwd: backend.folder, env: backend.env, timeoutMs: 30_000 });
  const json = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await jobs(...args, '--json')).stdout);
  const configure = (schedules: Record<string, object>) =>
    project.write('jobs.config.json', JSON.stringify({ schedules }));

  beforeAll(async () => {
    project = newProject(backend, { ping: PING });
    // Held here, so that not every command has to open the database anew.
    holder = await project.open();
  });
  afterAll(() => holder?.close());

  it('prints results of these shapes with --json', async () => {
    configure({ nightly: { ...NIGHTLY, input: { n: 1 } }, old: { task: 'ping', every: '1h' } });
    const shapes: Record<string, unknown> = { 'schedule plan, new': await json('plan') };
    shapes['schedule apply'] = await json('apply');
    shapes['schedule run'] = await json('run', 'nightly');
    shapes['schedule pause'] = await json('pause', 'nightly', '--reason', 'disk is being moved');
    configure({ nightly: { ...NIGHTLY, input: { n: 2 } } });
    shapes['schedule plan, changed'] = await json('plan');
    shapes['schedule apply --prune --dry-run'] = await json('apply', '--prune', '--dry-run');
    shapes['schedule next'] = await json('next', 'nightly', '-n', '370');
    shapes['schedule list'] = await json('list');
    shapes['schedule resume'] = await json('resume', 'nightly');
    const window = ['nightly', '--from', '2026-11-01', '--to', '2026-11-04'];
    shapes['schedule backfill --dry-run'] = await json('backfill', ...window, '--dry-run');
    shapes['schedule backfill'] = await json('backfill', ...window, '--yes');
    expect(
      Object.fromEntries(Object.entries(shapes).map(([name, value]) => [name, shapeOf(value)])),
    ).toMatchSnapshot();
  }, 60_000);

  it('says what it is about to do, and what it did', async () => {
    configure({ nightly: { ...NIGHTLY, cron: '0 4 * * *' }, extra: { task: 'ping', every: '90m' } });
    const plan = (await jobs('plan')).stdout;
    expect(plan).toMatch(/^\+ extra: task ping; next \S+$/m);
    expect(plan).toMatch(/^~ nightly: next \S+$/m);
    expect(plan).toMatch(/^ {4}cron: 30 2 \* \* \* → 0 4 \* \* \*$/m);
    expect(plan).toMatch(/old is not in this config any more, and stays: jobs schedule apply --prune/);
    expect(plan).toMatch(/^1 to add, 1 to change, 0 unchanged$/m);
    expect((await jobs('apply')).stdout).toMatch(/^1 added, 1 changed, 0 unchanged$/m);
    const list = (await jobs('list')).stdout;
    expect(list).toMatch(/nightly +ping +At 04:00 \(Europe\/Berlin\) +\d{4}-\d{2}-\d{2} 04:00 \+0[12]:00/);
    expect(list).toMatch(/extra +ping +every 90m/);
    expect(list).toMatch(/old .* active, not in the config/);
  }, 60_000);

  it('removes nothing off a terminal without --yes', async () => {
    const refused = await jobs('apply', '--prune');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/remove 1 schedule\. Go on\? There is no terminal to ask on/);
    expect((await jobs('list')).stdout).toMatch(/^old /m);
    expect((await jobs('apply', '--prune', '--yes')).stdout).toMatch(/^1 removed, 2 unchanged$/m);
    expect((await jobs('list')).stdout).not.toMatch(/^old /m);
    const backfill = await jobs('backfill', 'extra', '--from', '2026-11-01', '--to', '2026-11-02');
    expect(backfill).toMatchObject({ exitCode: 2 });
    expect(backfill.stderr).toMatch(/Add 17 jobs of extra/);
  }, 60_000);

  it('warns of what changes of the clocks do', async () => {
    configure({ nightly: NIGHTLY });
    expect((await jobs('next')).stdout).toMatch(
      /^nightly is as it was applied; the config has changed since$/m,
    );
    expect((await jobs('plan')).stdout).toMatch(
      /^nightly: \S+ 02:30 comes twice by a change of the clocks in Europe\/Berlin; runs the first time only$/m,
    );
    await jobs('apply');
    const { stdout } = await jobs('next', 'nightly', '-n', '370');
    expect(stdout).toMatch(/02:30 is skipped by a change of the clocks; it runs at 03:30 \+02:00$/m);
  }, 60_000);

  it('are not applied by a worker, which says that the config has others', async () => {
    const worker = () =>
      runJobs(['worker', '--drain'], { cwd: backend.folder, env: backend.env, timeoutMs: 30_000 });
    configure({ nightly: { ...NIGHTLY, cron: '0 5 * * *' }, more: { task: 'ping', every: '1h' } });
    expect((await worker()).stderr).toMatch(
      /Note: the schedules of this config are not those that are applied \(1 to add, 1 changed, 1 not in it any more\): jobs schedule plan/,
    );
    expect((await jobs('list')).stdout).toMatch(/^more .* not applied/m);
    await jobs('apply', '--prune', '--yes');
    expect((await worker()).stderr).not.toContain('schedule');
  }, 60_000);

  it('exits 2 for a time that is none, 3 for a schedule that cannot be used, 6 for one that is not there', async () => {
    const time = await jobs('backfill', 'nightly', '--from', 'yesterday', '--to', '2026-11-02');
    expect(time).toMatchObject({ exitCode: 2 });
    expect(time.stderr).toMatch(/"yesterday" is not a time/);
    expect((await jobs('pause', 'nigtly')).exitCode).toBe(6);
    expect((await jobs('pause', 'nigtly')).stderr).toMatch(/did you mean "nightly"/);
    configure({ nightly: { ...NIGHTLY, cron: '30 2 * * fryday' } });
    const wrong = await jobs('plan');
    expect(wrong.exitCode).toBe(3);
    expect(wrong.stderr).toMatch(
      /schedules\.nightly in .*jobs\.config\.json: .*the day of the week is "fryday"/,
    );
    const check = await runJobs(['config', 'check'], { cwd: backend.folder, env: backend.env });
    expect(check.exitCode).toBe(3);
  }, 60_000);
});
