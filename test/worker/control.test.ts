/** What operators ask of workers through the ledger, while jobs run. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { WorkerWish } from '../../src/operate/worker-control.js';
import type { Toolkit, WorkerRequest } from '../../src/toolkit.js';
import type { Worker } from '../../src/worker/worker.js';
import { journalOf, sheetOf, until } from '../faults/journal.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { newProject, request, type TestProject } from '../helpers/project.js';

/** Writes `begin row` and `end row`; holds its place until the file `gate` exists. */
const GATED = `
import { appendFileSync, existsSync } from 'node:fs';
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'gated', version: 1, title: 'Waits for a gate', queue: 'gated', attempts: 2,
  input: z.object({ n: z.number() }),
  options: z.object({ file: z.string(), gate: z.string(), ms: z.coerce.number().default(0) }),
  async run(ctx, { n }) {
    appendFileSync(ctx.options.file, ctx.row.number + ' ' + ctx.attempt + '\\n');
    await new Promise((done) => setTimeout(done, ctx.options.ms));
    while (!existsSync(ctx.options.gate)) await new Promise((done) => setTimeout(done, 10));
    return { n };
  },
});
`;

const ANSWER_MS = 10_000;

describeOnEachBackend('a worker that gets letters', (backend) => {
  let project: TestProject;
  let toolkit: Toolkit;
  const workers: Worker[] = [];
  let files = 0;
  beforeAll(async () => {
    project = newProject(backend, { gated: GATED });
    toolkit = await project.open();
  });
  afterAll(() => toolkit?.close());
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop(0)));
  });

  const start = async (more: WorkerRequest = {}): Promise<Worker> => {
    const worker = await toolkit.startWorker({ queues: [{ name: 'gated', concurrency: 1 }], ...more });
    workers.push(worker);
    return worker;
  };
  const tell = async (worker: Worker, wish: WorkerWish) => {
    const control = toolkit.workerControl;
    const deadlineMs = Date.now() + ANSWER_MS;
    const [reply] = await control.ask(await control.find([worker.id]), wish, { deadlineMs });
    return reply!.answer;
  };
  /** A batch whose rows stay until `open()`. */
  const submit = async (rows: number, { ms = 0, isOpen = false } = {}) => {
    files += 1;
    const journal = project.write(`journal-${files}.txt`, '');
    const gate = `${backend.folder}/gate-${files}`;
    const sheet = project.write(`rows-${files}.csv`, sheetOf(rows));
    const options = { file: journal, gate, ms };
    if (isOpen) project.write(`gate-${files}`, '');
    const { batchId } = await toolkit.submit(request('gated', sheet, { options }));
    return { batchId, journal, open: () => project.write(gate.slice(backend.folder.length + 1), '') };
  };
  const ended = async (batchId: string): Promise<void> => {
    const end = await toolkit.watch(batchId, { deadlineMs: Date.now() + 30_000 });
    expect(end).toBe('ended');
  };
  const expectOnce = async (batchId: string, journal: string, rows: number): Promise<void> => {
    expect((await toolkit.batch(batchId)).counts).toMatchObject({ total: rows, completed: rows });
    expect(journalOf(journal).sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i + 2));
    const attempts = readFileSync(journal, 'utf8').trim().split('\n');
    expect(attempts.every((line) => line.endsWith(' 1'))).toBe(true);
  };

  it('is listed with what it runs, how long, and its memory', async () => {
    const worker = await start({ queues: [{ name: 'gated', concurrency: 2 }] });
    const { batchId, journal, open } = await submit(3);
    await until('two rows run', () => journalOf(journal).length === 2);
    await worker.beat();
    const listed = (await toolkit.workerControl.list()).find(({ id }) => id === worker.id)!;
    expect(listed).toMatchObject({
      pid: process.pid,
      state: 'running',
      slots: { gated: 2 },
      running: 2,
      isLost: false,
      otherTasks: [],
    });
    expect(listed.jobs.map(({ queue, task }) => `${queue} ${task}`)).toEqual(['gated gated', 'gated gated']);
    expect(listed.jobs.every(({ job }) => job.startsWith(batchId))).toBe(true);
    expect(listed.rssBytes).toBeGreaterThan(10e6);
    expect(listed.tasks.gated).toEqual({ version: 1, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    open();
    await ended(batchId);
    await expectOnce(batchId, journal, 3);
  });

  it('begins nothing while it is paused, finishes what ran, and goes on when it is resumed', async () => {
    const worker = await start();
    const { batchId, journal, open } = await submit(3);
    await until('a row runs', () => journalOf(journal).length === 1);
    expect(await tell(worker, { verb: 'pause' })).toMatchObject({ state: 'paused', running: 1 });
    open();
    await until('the row has ended', async () => (await toolkit.batch(batchId)).counts.completed === 1);
    // A worker that took jobs would have taken one by now: an idle one hears of work at once.
    await tell(worker, { verb: 'ping' });
    await tell(worker, { verb: 'ping' });
    expect(journalOf(journal)).toHaveLength(1);
    expect(await tell(worker, { verb: 'resume' })).toMatchObject({ state: 'running' });
    await ended(batchId);
    await expectOnce(batchId, journal, 3);
  });

  it('uses new slots at once, though its old ones are still in use, and gives up slots as they come free', async () => {
    const worker = await start();
    const { batchId, journal, open } = await submit(5);
    await until('a row runs', () => journalOf(journal).length === 1);
    expect(await tell(worker, { verb: 'scale', slots: 3 })).toMatchObject({ slots: { gated: 3 } });
    await until('three rows run', () => journalOf(journal).length === 3);
    expect(await tell(worker, { verb: 'scale', slots: 1, queue: 'gated' })).toMatchObject({
      slots: { gated: 1 },
      running: 3,
    });
    open();
    await ended(batchId);
    await expectOnce(batchId, journal, 5);
  });

  it('serves a queue that is added, and one that is dropped no more', async () => {
    const worker = await start({ queues: [{ name: 'other', concurrency: 1 }] });
    const { batchId, journal, open } = await submit(3);
    expect(await tell(worker, { verb: 'add-queue', queue: 'gated', slots: 2 })).toMatchObject({
      slots: { other: 1, gated: 2 },
    });
    await until('two rows run', () => journalOf(journal).length === 2);
    expect(await tell(worker, { verb: 'drop-queue', queue: 'gated' })).toMatchObject({
      slots: { other: 1 },
      running: 2,
    });
    open();
    await until('they have ended', async () => (await toolkit.batch(batchId)).counts.completed === 2);
    await tell(worker, { verb: 'ping' });
    expect(journalOf(journal)).toHaveLength(2);
    await tell(worker, { verb: 'add-queue', queue: 'gated' });
    await ended(batchId);
    await expectOnce(batchId, journal, 3);
  });

  it('loses and repeats no job while it is paused, resized, dropped and added again and again', async () => {
    const rows = 300;
    const worker = await start();
    const { batchId, journal } = await submit(rows, { ms: 5, isOpen: true });
    const wishes: (() => unknown)[] = [
      () => worker.scale(8),
      () => worker.pause(),
      () => worker.resume(),
      () => worker.scale(2),
      () => worker.dropQueue('gated'),
      () => worker.addQueue('gated', 4),
      () => worker.pause(),
      () => worker.scale(1),
      () => worker.resume(),
    ];
    let turns = 0;
    const end = toolkit.watch(batchId, { deadlineMs: Date.now() + 60_000 });
    let isOver = false;
    end.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      expect(await wishes[turns % wishes.length]!()).toBeUndefined();
      turns += 1;
      await until('some rows ran', waitFor(journal, isOver), 100).catch(() => {});
    }
    expect(await end).toBe('ended');
    expect(turns).toBeGreaterThan(20);
    await expectOnce(batchId, journal, rows);
    const { rows: odd } = await toolkit.db.query(
      `select r.number, a.number as attempt, a.outcome from sluice.row r join sluice.attempt a on a.row_id = r.id
       where r.batch_id = $1 and a.outcome <> 'completed'`,
      [batchId],
    );
    expect(odd).toEqual([]);
  }, 90_000);

  it('asks to be stopped when it is told to, and who told it is in the audit', async () => {
    const worker = await start();
    await tell(worker, { verb: 'stop' });
    expect(await worker.stopAsked).toEqual({ kind: 'told', by: expect.stringContaining('@') });
    const { rows } = await toolkit.db.query(
      `select action, target, count from sluice.audit where target->'workers' ? $1`,
      [worker.id],
    );
    expect(rows).toEqual([{ action: 'worker stop', target: { workers: [worker.id] }, count: 1 }]);
  });

  it('begins exactly so many jobs as --max-jobs allows, then asks to be stopped', async () => {
    const worker = await start({ queues: [{ name: 'gated', concurrency: 4 }], maxJobs: 6 });
    const { batchId, journal } = await submit(20, { isOpen: true });
    expect(await worker.stopAsked).toEqual({ kind: 'max-jobs', jobs: 6 });
    await worker.stop(5_000);
    expect(journalOf(journal)).toHaveLength(6);
    expect((await toolkit.batch(batchId)).counts.completed).toBe(6);
    await start({ queues: [{ name: 'gated', concurrency: 4 }] });
    await ended(batchId);
    await expectOnce(batchId, journal, 20);
  });

  it('asks to be stopped when nothing has run for so long, and not while something runs', async () => {
    const worker = await start({ idleExitMs: 300 });
    const { batchId } = await submit(1, { ms: 900, isOpen: true });
    expect(await worker.stopAsked).toMatchObject({ kind: 'idle' });
    expect((await toolkit.batch(batchId)).counts.completed).toBe(1);
  });

  it('does late what was asked while it could not read, and is silent until then', async () => {
    const control = toolkit.workerControl;
    await toolkit.db.query(
      `insert into sluice.worker (id, host, pid, queues, concurrency, slots, versions, heartbeat_at)
       values ('w_frozen', 'far', 7, '["gated"]', 1, '{"gated": 1}', '{}', now() - interval '41 s')`,
    );
    const worker = await start();
    const found = await control.find(['all']);
    const replies = await control.ask(found, { verb: 'ping' }, { deadlineMs: Date.now() + 3_000 });
    const answered = new Map(replies.map((reply) => [reply.worker.id, reply.answer !== undefined]));
    expect(answered.get(worker.id)).toBe(true);
    expect(answered.get('w_frozen')).toBe(false);
    const frozen = replies.find((reply) => reply.worker.id === 'w_frozen')!.worker;
    expect(frozen.isLost).toBe(true);
    expect(frozen.heartbeatAgeMs).toBeGreaterThan(40_000);
    const { rows } = await toolkit.db.query(
      `select verb from sluice.worker_command where worker = 'w_frozen' and answered_at is null`,
    );
    expect(rows).toEqual([{ verb: 'ping' }]);
    await toolkit.db.query(`delete from sluice.worker where id = 'w_frozen'`);
  });

  it('is found by the beginning of its id and by host:pid; a wrong name gets the nearest one', async () => {
    const worker = await start();
    const { workerControl } = toolkit;
    const [one] = await workerControl.find([worker.id.slice(0, 6)]);
    expect(one?.id).toBe(worker.id);
    expect((await workerControl.find([`${one!.host}:${one!.pid}`]))[0]?.id).toBe(worker.id);
    const wrong = `${worker.id.slice(0, -1)}!`;
    await expect(workerControl.find([wrong])).rejects.toMatchObject({
      code: 'WORKER_NOT_FOUND',
      hint: expect.stringContaining(worker.id),
    });
    await expect(workerControl.ask([one!], { verb: 'drop-queue', queue: 'gate' })).rejects.toMatchObject({
      code: 'QUEUE_NOT_SERVED',
      hint: expect.stringContaining('gated'),
    });
  });

  it('is marked when its task is not the one that the producer of a batch had', async () => {
    const worker = await start({ queues: [{ name: 'gated', concurrency: 1 }] });
    const { batchId, open } = await submit(1);
    await toolkit.db.query(`update sluice.batch set task_version = 2, task_hash = 'other' where id = $1`, [
      batchId,
    ]);
    await worker.beat();
    const listed = (await toolkit.workerControl.list()).find(({ id }) => id === worker.id)!;
    expect(listed.otherTasks).toEqual([
      {
        task: 'gated',
        batch: batchId,
        wanted: { version: 2, hash: 'other' },
        has: { version: 1, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      },
    ]);
    open();
    await ended(batchId);
  });
});

/** True when ten more rows have begun than now. */
function waitFor(journal: string, isOver: boolean): () => boolean {
  const before = journalOf(journal).length;
  return () => isOver || journalOf(journal).length >= before + 10;
}
