/** What operators do with single jobs, on every backend. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { listAudit } from '../../src/ledger/audit.js';
import { findCancelled } from '../../src/ledger/cancellations.js';
import type { Toolkit } from '../../src/toolkit.js';
import type { Worker } from '../../src/worker/worker.js';
import { until } from '../faults/journal.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { newProject, request, type TestProject } from '../helpers/project.js';
import { GATE, newGate, untilState } from './gate-task.js';

const NOT_THERE = { name: 'NotFoundError', code: 'JOB_NOT_FOUND' };

describeOnEachBackend('an operator', (backend) => {
  let project: TestProject;
  let toolkit: Toolkit;
  const workers: Worker[] = [];

  beforeAll(async () => {
    project = newProject(backend, { gate: GATE });
    toolkit = await project.open();
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop(0)));
  });
  afterAll(() => toolkit?.close());

  async function work(queue: string, concurrency = 4): Promise<void> {
    workers.push(await toolkit.startWorker({ queues: [{ name: queue, concurrency }], concurrency }));
  }
  /** `n` of each row; rows are numbered from 2. */
  async function submit(queue: string, numbers: number[], gate = ''): Promise<string> {
    const sheet = project.write(`${queue}.csv`, `n,gate\n${numbers.map((n) => `${n},${gate}`).join('\n')}\n`);
    return (await toolkit.submit(request('gate', sheet, { queue }))).batchId;
  }
  async function add(
    queue: string,
    n: number,
    more: { gate?: string; delayMs?: number } = {},
  ): Promise<string> {
    const { gate, delayMs } = more;
    const input = gate === undefined ? { n } : { n, gate };
    return (await toolkit.enqueue({ task: 'gate', input, queue, delayMs })).id;
  }

  it('lists waiting jobs in the order in which they will run, page by page', async () => {
    const ids: string[] = [];
    for (let n = 1; n <= 5; n++) ids.push(await add('paged', n));
    const page = (offset: number) =>
      toolkit.jobs.list({ queue: 'paged', state: 'waiting', offset, limit: 2 });
    const first = await page(0);
    expect(first.total).toBe(5);
    expect(first.jobs).toMatchObject([
      { id: ids[0], queue: 'paged', task: 'gate', state: 'waiting', priority: 'normal', attemptsMade: 0 },
      { id: ids[1] },
    ]);
    expect((await page(2)).jobs.map(({ id }) => id)).toEqual(ids.slice(2, 4));
    expect((await page(4)).jobs.map(({ id }) => id)).toEqual(ids.slice(4));
    expect(await page(6)).toEqual({ jobs: [], total: 5 });
  });

  it('lists delayed jobs by their time, failed ones newest first', async () => {
    const later = await add('listed', 1, { delayMs: 7_200_000 });
    const sooner = await add('listed', 2, { delayMs: 3_600_000 });
    const all = { queue: 'listed', offset: 0, limit: 10 };
    const delayed = await toolkit.jobs.list({ ...all, state: 'delayed' });
    expect(delayed.jobs.map(({ id }) => id)).toEqual([sooner, later]);
    const dueInMs = delayed.jobs[0]!.delayedUntilMs! - Date.now();
    expect(dueInMs).toBeGreaterThan(3_500_000);
    expect(dueInMs).toBeLessThanOrEqual(3_600_000);
    await work('listed');
    const failed = [await add('listed', 13)];
    await untilState(toolkit, failed[0]!, 'failed');
    failed.unshift(await add('listed', 13));
    await untilState(toolkit, failed[0]!, 'failed');
    const listed = await toolkit.jobs.list({ ...all, state: 'failed' });
    expect(listed.jobs.map(({ id }) => id)).toEqual(failed);
    expect(listed.jobs[0]).toMatchObject({ failedReason: 'thirteen', attemptsMade: 1, maxAttempts: 3 });
  });

  it('is told the nearest queue instead of one that is not there', async () => {
    const list = toolkit.jobs.list({ queue: 'gatse', state: 'waiting', offset: 0, limit: 1 });
    await expect(list).rejects.toMatchObject({ code: 'QUEUE_NOT_FOUND', hint: 'did you mean gates?' });
    await expect(
      toolkit.jobs.list({ queue: 'gates', state: 'waiting', offset: 0, limit: 1 }),
    ).resolves.toEqual({ jobs: [], total: 0 });
  });

  it('is shown a waiting row: where it is from, and when its retries would be', async () => {
    const batch = await submit('shown', [1, 2]);
    const facts = await toolkit.jobs.show(`${batch}-3`);
    expect(facts).toMatchObject({
      job: `${batch}-3`,
      task: 'gate',
      queue: 'shown',
      state: 'waiting',
      batch,
      file: 'shown.csv',
      row: 3,
      cells: { n: '2' },
      input: { n: 2 },
      priority: 'normal',
      attemptsMade: 0,
      maxAttempts: 3,
      attempts: [],
      requestId: (await toolkit.batch(batch)).requestId,
      result: null,
      error: null,
    });
    expect(facts.retries).toMatchObject([
      { attempt: 2, leastWaitMs: 1_800_000, mostWaitMs: 3_600_000 },
      { attempt: 3, leastWaitMs: 3_600_000, mostWaitMs: 7_200_000 },
    ]);
  });

  it('is shown how a row ended: its attempts, their errors, the cell to blame, its result', async () => {
    await work('ended');
    const batch = await submit('ended', [7, 13]);
    await toolkit.jobs.wait(`${batch}-3`, { deadlineMs: Date.now() + 20_000 });
    expect(await toolkit.jobs.show(`${batch}-3`)).toMatchObject({
      state: 'failed',
      reason: 'thirteen',
      row: 3,
      cell: 'A3',
      attemptsMade: 1,
      attempts: [{ number: 1, outcome: 'failed', error: { code: 'UNLUCKY' }, worker: workers[0]!.id }],
      retries: null,
      error: { code: 'UNLUCKY', message: 'thirteen' },
    });
    await toolkit.jobs.wait(`${batch}-2`, { deadlineMs: Date.now() + 20_000 });
    expect(await toolkit.jobs.show(`${batch}-2`)).toMatchObject({
      state: 'completed',
      result: { double: 14 },
      reason: null,
      error: null,
      retries: null,
    });
  });

  it('is told that a job is not there, and what to look at', async () => {
    const batch = await submit('unknown', [1]);
    for (const look of ['show', 'why', 'cancel', 'retry', 'promote', 'remove', 'wait', 'logs'] as const) {
      await expect(toolkit.jobs[look]('j_nothing'), look).rejects.toMatchObject(NOT_THERE);
    }
    await expect(toolkit.jobs.show(`${batch}-99`)).rejects.toMatchObject({
      ...NOT_THERE,
      hint: `jobs batch log ${batch}`,
    });
    await expect(toolkit.jobs.show('b_0000000000000000-2')).rejects.toMatchObject({
      ...NOT_THERE,
      hint: 'jobs batch list',
    });
  });

  it('cancels a waiting job: nobody runs it, and it stays cancelled', async () => {
    const id = await add('cancelled', 1);
    expect(await toolkit.jobs.cancel(id, { dryRun: true })).toMatchObject({
      outcome: 'cancelled',
      was: 'waiting',
    });
    expect((await toolkit.jobs.why(id)).state).toBe('waiting');
    expect(await toolkit.jobs.cancel(id, { reason: 'not wanted' })).toEqual({
      job: id,
      outcome: 'cancelled',
      was: 'waiting',
      dependents: [],
    });
    expect(await toolkit.jobs.wait(id)).toMatchObject({ state: 'cancelled', reason: 'not wanted' });
    expect(await toolkit.jobs.cancel(id)).toMatchObject({ outcome: 'ended', was: 'cancelled' });
    expect(await toolkit.queues.inspector.job('cancelled', id)).toBeUndefined();
    expect((await listAudit(toolkit.db, 1))[0]).toMatchObject({
      action: 'job cancel',
      target: { job: id },
      count: 1,
    });
  });

  it('cancels rows: they are counted, and the last one ends its batch', async () => {
    const batch = await submit('rows', [1, 2, 3]);
    expect(await toolkit.jobs.cancel(`${batch}-2`)).toMatchObject({ outcome: 'cancelled' });
    expect((await toolkit.batch(batch)).counts).toMatchObject({ total: 3, cancelled: 1, pending: 2 });
    await toolkit.jobs.cancel(`${batch}-3`);
    await toolkit.jobs.cancel(`${batch}-4`);
    await work('rows');
    expect(await toolkit.watch(batch, { deadlineMs: Date.now() + 20_000 })).toBe('ended');
    expect(await toolkit.batch(batch)).toMatchObject({
      state: 'finished',
      counts: { total: 3, completed: 0, cancelled: 3 },
    });
    expect(await toolkit.jobs.show(`${batch}-2`)).toMatchObject({
      state: 'cancelled',
      reason: 'cancelled by hand',
    });
  });

  it('neither cancels nor removes the job that ends a batch', async () => {
    const batch = await submit('finish', [1]);
    await toolkit.jobs.cancel(`${batch}-2`);
    const id = `${batch}-finish-1`;
    await expect(toolkit.jobs.cancel(id)).rejects.toMatchObject({ code: 'JOB_NOT_CANCELLABLE' });
    await expect(toolkit.jobs.remove(id)).rejects.toMatchObject({ code: 'JOB_NOT_REMOVABLE' });
    expect(await toolkit.jobs.show(id)).toMatchObject({ state: 'waiting', batch, row: null });
    await work('finish');
    expect(await toolkit.watch(batch, { deadlineMs: Date.now() + 20_000 })).toBe('ended');
  });

  it('stops a running job within two seconds, of a batch or not', async () => {
    const gate = newGate(project.folder, 'cancelled');
    const batch = await submit('stopped', [1], gate.path);
    const plain = await add('stopped', 2, { gate: gate.path });
    await work('stopped');
    for (const id of [`${batch}-2`, plain]) {
      await untilState(toolkit, id, 'active');
      const askedAt = Date.now();
      expect(await toolkit.jobs.cancel(id)).toMatchObject({ outcome: 'stopping', was: 'active' });
      const stopped = async () => (await findCancelled(toolkit.db, [id])).get(id)?.endedAt != null;
      await until(`${id} has stopped`, stopped, 5_000);
      expect(Date.now() - askedAt).toBeLessThan(2_500);
      await until('the queue has let it go', async () => {
        const job = await toolkit.queues.inspector.job('stopped', id);
        return job === undefined || job.endedAtMs !== null;
      });
      expect((await toolkit.jobs.why(id)).state).toBe('cancelled');
    }
    expect((await toolkit.batch(batch)).counts).toMatchObject({ total: 1, cancelled: 1, completed: 0 });
  });

  it('cancels what waits for a cancelled job, and not what it waits for', async () => {
    const job = (id: string) => ({
      id,
      task: 'gate',
      attempts: 1,
      priority: 1,
      data: { kind: 'job' as const, input: { n: 1 }, options: {}, prepared: null, requestId: id },
    });
    await toolkit.queues.addFlow({
      queue: 'flows',
      job: job('last'),
      after: [
        { queue: 'flows', job: job('middle'), after: [{ queue: 'flows', job: job('first') }] },
        { queue: 'flows', job: job('beside') },
      ],
    });
    expect(await toolkit.jobs.cancel('middle')).toMatchObject({
      outcome: 'cancelled',
      was: 'waiting-children',
      dependents: ['last'],
    });
    const states = async (id: string) => (await toolkit.jobs.why(id)).state;
    expect(await Promise.all(['first', 'middle', 'beside', 'last'].map(states))).toEqual([
      'waiting',
      'cancelled',
      'waiting',
      'cancelled',
    ]);
    await work('flows');
    await untilState(toolkit, 'first', 'completed');
    await untilState(toolkit, 'beside', 'completed');
    expect(await states('last')).toBe('cancelled');
  });

  it('promotes a delayed job, and no other', async () => {
    const id = await add('promoted', 5, { delayMs: 3_600_000 });
    expect(await toolkit.jobs.promote(id)).toEqual({
      job: id,
      outcome: 'promoted',
      queue: 'promoted',
      was: 'delayed',
    });
    await expect(toolkit.jobs.promote(id)).rejects.toMatchObject({
      name: 'UsageError',
      code: 'JOB_NOT_DELAYED',
      details: { state: 'waiting' },
    });
    await work('promoted');
    expect(await toolkit.jobs.wait(id, { deadlineMs: Date.now() + 20_000 })).toMatchObject({
      state: 'completed',
      result: { double: 10 },
    });
  });

  it('removes an ended or a waiting job with all that is known of it, and no row', async () => {
    const batch = await submit('removed', [1]);
    await expect(toolkit.jobs.remove(`${batch}-2`)).rejects.toMatchObject({
      code: 'JOB_NOT_REMOVABLE',
      hint: `jobs job cancel ${batch}-2 ends the row`,
    });
    const waiting = await add('removed', 2);
    expect(await toolkit.jobs.remove(waiting, { dryRun: true })).toMatchObject({ was: 'waiting' });
    expect(await toolkit.jobs.remove(waiting)).toMatchObject({ outcome: 'removed', was: 'waiting' });
    await work('removed');
    const failed = await add('removed', 13);
    await untilState(toolkit, failed, 'failed');
    expect(await toolkit.jobs.remove(failed)).toMatchObject({ was: 'failed' });
    for (const id of [waiting, failed]) await expect(toolkit.jobs.show(id)).rejects.toMatchObject(NOT_THERE);
    const { rows } = await toolkit.db.query('select id from sluice.dead_letter where id = $1', [failed]);
    expect(rows).toEqual([]);
  });

  it('removes no job that runs', async () => {
    const gate = newGate(project.folder, 'removed');
    const id = await add('busy', 1, { gate: gate.path });
    await work('busy');
    await untilState(toolkit, id, 'active');
    await expect(toolkit.jobs.remove(id)).rejects.toMatchObject({
      code: 'JOB_NOT_REMOVABLE',
      hint: `jobs job cancel ${id}`,
    });
    gate.open();
    await untilState(toolkit, id, 'completed');
    await toolkit.jobs.remove(id);
    await expect(toolkit.jobs.show(id)).rejects.toMatchObject(NOT_THERE);
  });

  it('retries a failed job or row with all its attempts, and no other', async () => {
    await work('retried');
    const batch = await submit('retried', [13]);
    const plain = await add('retried', 13);
    for (const id of [`${batch}-2`, plain]) {
      await until(`${id} is in the dead letters`, async () => {
        const [job, why] = [await toolkit.queues.inspector.job('retried', id), await toolkit.jobs.why(id)];
        return job?.state === 'failed' && why.state === 'failed';
      });
      expect(await toolkit.jobs.retry(id)).toMatchObject({ job: id, outcome: 'retried', was: 'failed' });
      await until(`${id} ran again`, async () => (await toolkit.jobs.show(id)).attempts.length === 2);
    }
    const waiting = await add('gates', 1);
    await expect(toolkit.jobs.retry(waiting)).rejects.toMatchObject({
      code: 'JOB_NOT_FAILED',
      hint: `jobs job why ${waiting}`,
    });
  });

  it('waits for a job until it has ended, or the time is over', async () => {
    const id = await add('awaited', 4);
    expect(await toolkit.jobs.wait(id, { deadlineMs: Date.now() + 300 })).toMatchObject({
      task: 'gate',
      queue: 'awaited',
      state: 'waiting',
      result: null,
    });
    const failing = await add('awaited', 13);
    await work('awaited');
    const deadlineMs = Date.now() + 20_000;
    expect(await toolkit.jobs.wait(id, { deadlineMs })).toMatchObject({
      state: 'completed',
      result: { double: 8 },
    });
    expect(await toolkit.jobs.wait(failing, { deadlineMs })).toMatchObject({
      state: 'failed',
      reason: 'thirteen',
    });
  });

  it('reads what a job has said, and goes on until it has ended', async () => {
    const gate = newGate(project.folder, 'followed');
    const id = await add('followed', 3, { gate: gate.path });
    await work('followed');
    const lines: string[] = [];
    for await (const { level, message } of toolkit.jobs.followLogs(id)) {
      lines.push(`${level} ${message}`);
      if (message === 'began 3') gate.open();
    }
    expect(lines).toEqual(['info began 3', 'warn ended 3']);
    expect((await toolkit.jobs.logs(id)).map(({ message }) => message)).toEqual(['began 3', 'ended 3']);
  });
});
