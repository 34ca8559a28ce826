/** How a worker process ends: letters, signals, its own limits; what it says of itself while it runs. */
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import { journalOf, sheetOf, until } from '../faults/journal.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { collect, type JobsResult, killStartedJobs, runJobs, startJobs } from '../helpers/jobs.js';
import { newProject, request, type TestProject } from '../helpers/project.js';
import { shapeOf } from '../helpers/shape.js';

/** Several processes are started one after another. */
const TEST_MS = 90_000;

const slow = (name: string, isolation: string, body: string) => `
import { appendFileSync, existsSync } from 'node:fs';
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: '${name}', version: 1, title: 'Takes its time', queue: '${name}', attempts: 1, isolation: '${isolation}',
  input: z.object({ n: z.number() }),
  options: z.object({ file: z.string(), ms: z.coerce.number() }),
  async run(ctx, { n }) {
    appendFileSync(ctx.options.file, ctx.row.number + ' ' + ctx.attempt + '\\n');
    ${body}
    return { n };
  },
});
`;
const WAITS = `
    const end = Date.now() + ctx.options.ms;
    while (Date.now() < end && !existsSync(ctx.options.file + '.go')) await new Promise((done) => setTimeout(done, 20));`;
const COMPUTES = 'const end = Date.now() + ctx.options.ms; while (Date.now() < end);';

describeOnEachBackend('a worker process', (backend) => {
  let project: TestProject;
  let toolkit: Toolkit;
  let files = 0;
  beforeAll(async () => {
    project = newProject(backend, {
      inline: slow('inline', 'inline', WAITS),
      threaded: slow('threaded', 'thread', COMPUTES),
      forked: slow('forked', 'process', COMPUTES),
      blocking: slow('blocking', 'inline', COMPUTES),
    });
    toolkit = await project.open();
  });
  afterAll(() => toolkit?.close());
  afterEach(killStartedJobs);
  const options = { cwd: backend.folder, env: { ...backend.env, JOBS_LEASE_MS: '2000' } };

  const submit = async (task: string, rows: number, ms: number) => {
    files += 1;
    const journal = project.write(`journal-${files}.txt`, '');
    const sheet = project.write(`rows-${files}.csv`, sheetOf(rows));
    const { batchId } = await toolkit.submit(request(task, sheet, { options: { file: journal, ms } }));
    return { batchId, journal };
  };
  const worker = async (...args: string[]) => {
    const child = startJobs(['worker', ...args], options);
    const ended = collect(child);
    const stderr = gather(child);
    await until('it serves', () => stderr().includes('serves'), 30_000);
    const id = /Worker (w_\w+)/.exec(stderr())![1]!;
    return { child, ended, stderr, id };
  };
  const jobs = (...args: string[]) => runJobs(args, options);

  it(
    'is shown by worker list, replies to a ping, and ends by a letter as by one TERM',
    async () => {
      const { batchId, journal } = await submit('inline', 1, 30_000);
      const { ended, stderr, id } = await worker('--queue', 'inline:3');
      await until('a row runs', () => journalOf(journal).length === 1);
      await until('it has said so', async () => {
        const [line] = await toolkit.workerControl.list();
        return line?.jobs.length === 1;
      });
      const list = await jobs('worker', 'list', '--json');
      const [listed] = JSON.parse(list.stdout);
      expect(listed).toMatchObject({
        id,
        state: 'running',
        queues: [{ queue: 'inline', slots: 3 }],
        slots: 3,
      });
      expect(listed.jobs).toEqual([
        { job: `${batchId}-2`, queue: 'inline', task: 'inline', startedAt: expect.stringMatching(/Z$/) },
      ]);
      const { tasks, versions, ...rest } = listed;
      expect(Object.keys(versions)).toEqual(['node', 'sluice']);
      expect(Object.keys(tasks)).toEqual(
        expect.arrayContaining(['blocking', 'forked', 'inline', 'threaded']),
      );
      expect(shapeOf({ ...rest, task: tasks.inline })).toMatchSnapshot('worker list');
      const text = await jobs('worker', 'list');
      expect(text.stdout).toMatch(new RegExp(`${id} .* running +inline:3 +1/3 .* MB .* ago`));

      const ping = await jobs('worker', 'ping', '--json');
      expect(ping.exitCode, ping.stderr).toBe(0);
      expect(shapeOf(JSON.parse(ping.stdout))).toMatchSnapshot('worker ping');

      const stopping = jobs('worker', 'stop', id, '--wait', '--json');
      await until('it has read the letter', () => /Told to stop by .*@/.test(stderr()));
      project.write(`${path.basename(journal)}.go`, '');
      const stop = await stopping;
      expect(stop.exitCode, stop.stderr).toBe(0);
      expect(shapeOf(JSON.parse(stop.stdout))).toMatchSnapshot('worker stop');
      const result = await ended;
      expect(result.exitCode, stderr()).toBe(0);
      expect((await toolkit.batch(batchId)).counts.completed).toBe(1);
      const gone = await jobs('worker', 'ping', id);
      expect(gone.exitCode).toBe(6);
    },
    TEST_MS,
  );

  it(
    'that was killed is silent to a ping: exit 5, with its last heartbeat',
    async () => {
      const { child, ended, id } = await worker('--queue', 'inline');
      child.kill('SIGKILL');
      await ended;
      const ping = await jobs('worker', 'ping', id, '--timeout', '1500ms');
      expect(ping.exitCode).toBe(5);
      expect(ping.stdout).toMatch(/0 of 1 replied\n.*silent, last heartbeat \d.* ago/);
      const wrong = await jobs('worker', 'pause', 'w_nobody!', '--json');
      expect(wrong.exitCode).toBe(6);
      await toolkit.db.query('delete from sluice.worker where id = $1', [id]);
    },
    TEST_MS,
  );

  it(
    'prints at USR2 what runs and for how long, and answers probes',
    async () => {
      const { journal } = await submit('inline', 1, 1_500);
      const { child, ended, stderr } = await worker('--queue', 'inline:2', '--probe', '0', '--drain');
      await until('a row runs', () => journalOf(journal).length === 1);
      await until('it says where', () => stderr().includes('Probes at'));
      const url = /Probes at (\S+):/.exec(stderr())![1]!;
      for (const [page, key] of [
        ['live', 'state'],
        ['ready', 'ready'],
        ['consuming', 'consuming'],
      ]) {
        const response = await fetch(`${url}/${page}`);
        expect(response.status).toBe(200);
        expect(await response.json()).toHaveProperty(key!);
      }
      expect((await fetch(`${url}/other`)).status).toBe(404);
      child.kill('SIGUSR2');
      await until('it tells', () =>
        /running: 1 of 2 slots used; last heartbeat .*\n {2}b_\w+-2 {2}inline {2}on inline, for /.test(
          stderr(),
        ),
      );
      expect((await ended).exitCode).toBe(0);
    },
    TEST_MS,
  );

  it.each(['threaded', 'forked'])(
    'gives back at TERM what computes in its own place (%s): no attempt is burned',
    async (task) => {
      const { batchId, journal } = await submit(task, 2, 6_000);
      const { child, ended } = await worker('--queue', `${task}:2`, '--grace', '200ms');
      await until('the rows run', () => journalOf(journal).length === 2);
      child.kill('SIGTERM');
      const result: JobsResult = await ended;
      expect(result.exitCode, result.stderr).toBe(5);
      expect(result.stdout.match(new RegExp(`${batchId}-\\d`, 'g'))).toHaveLength(2);
      const { rows } = await toolkit.db.query(
        'select state, attempts, fence from sluice.row where batch_id = $1 order by number',
        [batchId],
      );
      expect(rows).toEqual([
        { state: 'pending', attempts: 0, fence: 1 },
        { state: 'pending', attempts: 0, fence: 1 },
      ]);
      // With one attempt allowed, a burned one would have been the last.
      expect(await toolkit.queues.counts(task)).toMatchObject({ active: 0, failed: 0 });
      await toolkit.cancel(batchId, 'the test is over');
    },
    TEST_MS,
  );

  it(
    'says, when a task blocked it for longer than a lease, that leases may have been lost',
    async () => {
      const { journal } = await submit('blocking', 1, 4_000);
      const { child, ended, stderr } = await worker('--queue', 'blocking:1');
      await until('it says so', () => /this process did not run for \d+ s/.test(stderr()), 20_000);
      expect(stderr()).toMatch(/blocked by a task that runs inline|it was stopped by the system/);
      expect(journalOf(journal).length).toBeGreaterThan(0);
      child.kill('SIGTERM');
      await ended;
    },
    TEST_MS,
  );
});

function gather(child: ChildProcess): () => string {
  let text = '';
  child.stderr!.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return () => text;
}
