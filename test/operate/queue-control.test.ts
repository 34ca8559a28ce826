import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { listAudit } from '../../src/ledger/audit.js';
import { findQueueSetting } from '../../src/ledger/queue-settings.js';
import type { QueueLine } from '../../src/operate/queue-control.js';
import type { Toolkit } from '../../src/toolkit.js';
import type { Worker } from '../../src/worker/worker.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { newProject, request, type TestProject } from '../helpers/project.js';

/** Rows are noted when they begin; those marked `hold` end when the test opens the gate. */
const NOTED = `
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'noted', version: 1, title: 'Notes its start', queue: 'notes', attempts: 1,
  input: z.object({ n: z.coerce.number(), mood: z.string().optional() }),
  results: ['n'],
  async run(ctx, { n, mood }) {
    globalThis.notes.started.push({ n, at: Date.now() });
    globalThis.notes.running += 1;
    globalThis.notes.most = Math.max(globalThis.notes.most, globalThis.notes.running);
    if (mood === 'hold') await globalThis.notes.gate;
    if (mood === 'slow') await new Promise((done) => setTimeout(done, 60));
    globalThis.notes.running -= 1;
    if (mood === 'fail') throw new Error('it fails');
    return { n };
  },
  async finish(ctx, rows) {
    for await (const row of rows) globalThis.notes.finished.push(row.state);
  },
});
`;

interface Notes {
  started: { n: number; at: number }[];
  finished: string[];
  running: number;
  most: number;
  gate: Promise<void>;
  open: () => void;
}

const DEADLINE_MS = 20_000;

describeOnEachBackend('the control of a queue', (backend) => {
  let project: TestProject;
  let toolkit: Toolkit;
  let notes: Notes;
  const workers: Worker[] = [];

  beforeAll(async () => {
    project = newProject(backend, { noted: NOTED });
    project.write(
      'jobs.config.json',
      JSON.stringify({ queues: { notes: {}, paced: { limit: '600/m' }, other: { concurrency: 2 } } }),
    );
    toolkit = await project.open();
    notes = resetNotes();
  });
  afterEach(async () => {
    notes.open();
    for (const worker of workers.splice(0)) await worker.stop(5_000);
    for (const { name } of await toolkit.queueControl.list()) {
      await toolkit.queueControl.resume(name);
      await toolkit.queueControl.drain(name, { dryRun: false });
    }
    notes = resetNotes();
  });
  afterAll(() => toolkit?.close());

  const control = () => toolkit.queueControl;
  const startWorker = async (queue: string, concurrency = 4): Promise<Worker> => {
    const worker = await toolkit.startWorker({ queues: [{ name: queue, concurrency }] });
    workers.push(worker);
    return worker;
  };
  const enqueue = (n: number, more: { queue?: string; mood?: string; delayMs?: number } = {}) =>
    toolkit.enqueue({
      task: 'noted',
      input: { n, ...(more.mood === undefined ? {} : { mood: more.mood }) },
      queue: more.queue,
      delayMs: more.delayMs,
    });
  const enqueueMany = async (count: number, more: Parameters<typeof enqueue>[1] = {}): Promise<void> => {
    for (let n = 1; n <= count; n++) await enqueue(n, more);
  };
  const line = async (name: string): Promise<QueueLine> =>
    (await control().list()).find((one) => one.name === name)!;
  const csv = (name: string, rows: readonly string[]): string =>
    project.write(name, `n,mood\n${rows.join('\n')}\n`);

  it('lists the queues of tasks and config, and others once they hold jobs', async () => {
    const names = async (): Promise<string[]> => (await control().list()).map(({ name }) => name);
    expect(await names()).toEqual(['default', 'notes', 'other', 'paced', 'waterbody']);
    await enqueue(1, { queue: 'elsewhere' });
    expect(await names()).toContain('elsewhere');
  });

  it('tells what waits, since when, who serves it and how fast it goes', async () => {
    const before = Date.now();
    await enqueueMany(3);
    await enqueue(4, { delayMs: 60_000 });
    const waiting = await line('notes');
    expect(waiting).toMatchObject({
      prioritized: 3,
      waiting: 0,
      delayed: 1,
      active: 0,
      workers: 0,
      paused: false,
    });
    expect(waiting.oldestWaitingMs).toBeGreaterThanOrEqual(0);
    expect(waiting.oldestWaitingMs).toBeLessThanOrEqual(Date.now() - before);
    await startWorker('notes');
    await until(async () => (await line('notes')).completed >= 3);
    const done = await line('notes');
    expect(done).toMatchObject({ prioritized: 0, workers: 1, oldestWaitingMs: null });
    expect(done.ratePerMin).toBeGreaterThanOrEqual(3);
  });

  it('finds the oldest job whatever its priority, and counts its wait from when its delay was over', async () => {
    await toolkit.enqueue({ task: 'noted', input: { n: 1 }, priority: 'low', delayMs: 400 });
    const readyAt = Date.now() + 400;
    await control().pause('notes', { forMs: undefined, reason: null });
    await toolkit.enqueue({ task: 'noted', input: { n: 2 }, priority: 'urgent' });
    const urgentAt = Date.now();
    expect((await line('notes')).oldestWaitingMs).toBeLessThan(400);
    // A worker puts a delayed job among the waiting ones when it is due, in a paused queue too.
    await startWorker('notes');
    await until(async () => (await line('notes')).prioritized === 2);
    await until(async () => Date.now() > readyAt + 900);
    const { oldestWaitingMs } = await line('notes');
    expect(oldestWaitingMs).toBeGreaterThanOrEqual(Math.max(readyAt, urgentAt) - urgentAt + 900);
    await control().drain('notes', { dryRun: false });
    const secondReadyAt = Date.now() + 400;
    await toolkit.enqueue({ task: 'noted', input: { n: 3 }, priority: 'low', delayMs: 400 });
    await until(async () => (await line('notes')).prioritized === 1);
    const age = (await line('notes')).oldestWaitingMs!;
    expect(age).toBeLessThanOrEqual(Date.now() - secondReadyAt);
  });

  it('pauses: nothing more begins, it says by whom and why, and resumes', async () => {
    await control().pause('notes', { forMs: undefined, reason: 'the provider is down' });
    await startWorker('notes');
    await enqueueMany(2);
    const { pause, paused } = await control().show('notes');
    expect(paused).toBe(true);
    expect(pause).toMatchObject({ reason: 'the provider is down', until: null });
    expect(pause?.by).toMatch(/@/);
    // Workers poll: a job of another queue that was added later runs first.
    await startWorker('other');
    await enqueue(9, { queue: 'other' });
    await until(async () => notes.started.length === 1);
    expect(notes.started[0]!.n).toBe(9);
    expect(await control().resume('notes')).toBe(true);
    await until(async () => notes.started.length === 3);
    expect(await control().resume('notes')).toBe(false);
    const audit = await listAudit(toolkit.db, 10);
    expect(audit.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['queue pause', 'queue resume']),
    );
  });

  it('goes on by itself after a pause for a time, with a worker and without', async () => {
    await control().pause('notes', { forMs: 200, reason: null });
    expect((await control().show('notes')).pause?.until).not.toBeNull();
    await until(async () => !(await control().show('notes')).paused);
    expect((await findQueueSetting(toolkit.db, 'notes'))?.pausedAt).toBeNull();

    await control().pause('notes', { forMs: 1_000, reason: null });
    await startWorker('notes');
    await enqueue(1);
    await until(async () => notes.started.length === 1);
  });

  it('keeps a pause that somebody made anew while the one before ended', async () => {
    await control().pause('notes', { forMs: 100, reason: 'short' });
    await control().pause('notes', { forMs: undefined, reason: 'long' });
    const at = Date.now();
    await until(async () => Date.now() > at + 300);
    expect(await control().show('notes')).toMatchObject({
      paused: true,
      pause: { reason: 'long', until: null },
    });
  });

  it('limits how many begin in a time, from now on: no window holds more than two windows may', async () => {
    await control().limit('notes', { count: 5, perMs: 400 });
    expect(await control().show('notes')).toMatchObject({
      limit: { count: 5, perMs: 400 },
      limitSource: 'operator',
    });
    await enqueueMany(20);
    await startWorker('notes', 20);
    await until(async () => notes.started.length === 20);
    const times = notes.started.map(({ at }) => at).sort((a, b) => a - b);
    expect(mostWithin(times, 400)).toBeLessThanOrEqual(10);
    expect(times.at(-1)! - times[0]!).toBeGreaterThanOrEqual(2 * 400);
    await control().limit('notes', undefined);
    expect(await control().show('notes')).toMatchObject({ limit: null, limitSource: 'config' });
  });

  it('gives a queue the limit of the config when a worker starts, unless an operator set another', async () => {
    expect((await control().show('paced')).limit).toBeNull();
    const first = await startWorker('paced');
    expect(await control().show('paced')).toMatchObject({
      limit: { count: 600, perMs: 60_000 },
      limitSource: 'config',
    });
    await first.stop(0);
    await control().limit('paced', { count: 7, perMs: 1_000 });
    await startWorker('paced');
    expect(await control().show('paced')).toMatchObject({
      limit: { count: 7, perMs: 1_000 },
      limitSource: 'operator',
    });
    await control().limit('paced', undefined);
    await startWorker('paced');
    expect(await control().show('paced')).toMatchObject({ limit: null, limitSource: 'operator' });
    await control().limit('paced', { count: 600, perMs: 60_000 });
    expect((await control().show('paced')).limitSource).toBe('config');
  });

  it('bounds how many run at once over all workers, and lets go of the bound', async () => {
    await control().concurrency('notes', 2);
    expect((await control().show('notes')).concurrency).toBe(2);
    await startWorker('notes', 4);
    await startWorker('notes', 4);
    await enqueueMany(10, { mood: 'slow' });
    await until(async () => notes.started.length === 10 && notes.running === 0);
    expect(notes.most).toBeLessThanOrEqual(2);
    await control().concurrency('notes', undefined);
    expect((await control().show('notes')).concurrency).toBeNull();
  });

  it('drains what has not begun: rows end as cancelled, what runs goes on, and the batch adds up and ends', async () => {
    await startWorker('notes', 1);
    const file = csv('drain.csv', ['1,hold', ...Array.from({ length: 30 }, (_, n) => `${n + 2},`)]);
    const { batchId } = await toolkit.submit(request('noted', file));
    await until(async () => notes.started.length === 1);
    await enqueue(100);
    await enqueue(101, { delayMs: 60_000 });
    expect(await control().drain('notes', { dryRun: true })).toEqual({ jobs: 32, rows: null });
    expect(await control().drain('notes', { dryRun: false })).toEqual({ jobs: 32, rows: 30 });
    expect(await control().show('notes')).toMatchObject({
      prioritized: 0,
      delayed: 0,
      active: 1,
      paused: false,
    });
    notes.open();
    expect(await toolkit.watch(batchId, { deadlineMs: Date.now() + DEADLINE_MS })).toBe('ended');
    const { counts, state } = await toolkit.batch(batchId);
    expect(state).toBe('finished');
    expect(counts).toMatchObject({ total: 31, completed: 1, cancelled: 30, failed: 0 });
    expect(notes.started).toHaveLength(1);
    expect(notes.finished.filter((one) => one === 'cancelled')).toHaveLength(30);
  });

  it('drains a batch that nothing has begun of, and the batch ends by itself', async () => {
    const file = csv('drain-all.csv', ['1,', '2,', '3,']);
    const { batchId } = await toolkit.submit(request('noted', file));
    await control().pause('notes', { forMs: undefined, reason: 'by hand' });
    expect(await control().drain('notes', { dryRun: false })).toEqual({ jobs: 3, rows: 3 });
    expect(await control().show('notes')).toMatchObject({ paused: true, pause: { reason: 'by hand' } });
    expect((await toolkit.batch(batchId)).state).toBe('finishing');
    await control().resume('notes');
    await startWorker('notes');
    expect(await toolkit.watch(batchId, { deadlineMs: Date.now() + DEADLINE_MS })).toBe('ended');
    expect((await toolkit.batch(batchId)).counts).toMatchObject({ total: 3, cancelled: 3 });
  });

  it('forgets failed jobs with their dead letters, and completed ones, when they are old enough', async () => {
    await startWorker('notes');
    await enqueueMany(2, { mood: 'fail' });
    await enqueueMany(3);
    await until(async () => (await line('notes')).failed === 2 && (await line('notes')).completed >= 3);
    const all = { olderMs: 0, dryRun: false };
    expect(await control().clean('notes', { state: 'failed', olderMs: 3_600_000, dryRun: false })).toEqual({
      jobs: 0,
      deadLetters: 0,
    });
    expect(await control().clean('notes', { state: 'failed', olderMs: 0, dryRun: true })).toEqual({
      jobs: 2,
      deadLetters: null,
    });
    expect(await control().clean('notes', { state: 'failed', ...all })).toEqual({ jobs: 2, deadLetters: 2 });
    const { rows } = await toolkit.db.query("select id from sluice.dead_letter where queue = 'notes'");
    expect(rows).toEqual([]);
    const completed = (await line('notes')).completed;
    expect(await control().clean('notes', { state: 'completed', ...all })).toEqual({
      jobs: completed,
      deadLetters: 0,
    });
    expect(await line('notes')).toMatchObject({ failed: 0, completed: 0 });
  });

  it('knows no queue of another name, and names the nearest', async () => {
    await expect(control().pause('nots', { forMs: undefined, reason: null })).rejects.toMatchObject({
      code: 'QUEUE_NOT_FOUND',
      hint: 'did you mean notes?',
    });
    expect((await control().list()).map(({ name }) => name)).not.toContain('nots');
  });
});

function resetNotes(): Notes {
  let open!: () => void;
  const gate = new Promise<void>((opened) => {
    open = opened;
  });
  const notes: Notes = { started: [], finished: [], running: 0, most: 0, gate, open };
  (globalThis as unknown as { notes: Notes }).notes = notes;
  return notes;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`it was not so within ${DEADLINE_MS} ms`);
    await new Promise((look) => setTimeout(look, 25));
  }
}

function mostWithin(times: readonly number[], windowMs: number): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length));
}
