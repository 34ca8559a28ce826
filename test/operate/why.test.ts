/** `jobs job why` tells the truth in each of its cases. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { recordWorkerStart } from '../../src/ledger/workers.js';
import type { Why } from '../../src/operate/why.js';
import type { Toolkit } from '../../src/toolkit.js';
import type { Worker } from '../../src/worker/worker.js';
import { until } from '../faults/journal.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { newProject, request, type TestProject } from '../helpers/project.js';
import { GATE, newGate, RATED, UNIQUE, untilState } from './gate-task.js';

describeOnEachBackend('why a job is where it is', (backend) => {
  let project: TestProject;
  let toolkit: Toolkit;
  const workers: Worker[] = [];

  beforeAll(async () => {
    project = newProject(backend, { gate: GATE, rated: RATED, only: UNIQUE });
    toolkit = await project.open();
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop(0)));
  });
  afterAll(() => toolkit?.close());

  async function work(queue: string, concurrency = 4): Promise<Worker> {
    const worker = await toolkit.startWorker({ queues: [{ name: queue, concurrency }], concurrency });
    workers.push(worker);
    return worker;
  }
  async function add(
    queue: string,
    n: number,
    {
      task = 'gate',
      gate,
      ...more
    }: { task?: string; gate?: string; delayMs?: number; expiresAtMs?: number } = {},
  ): Promise<string> {
    const input = gate === undefined ? { n } : { n, gate };
    return (await toolkit.enqueue({ task, input, queue, ...more })).id;
  }
  /** Alive in the ledger, but fetching nothing: what is between two heartbeats of a worker that has not looked yet. */
  async function pretendWorker(queue: string, slots: number): Promise<string> {
    const id = `w_${queue}`;
    await recordWorkerStart(toolkit.db, {
      id,
      host: 'here',
      pid: 1,
      versions: {},
      slots: { [queue]: slots },
    });
    return id;
  }
  const kinds = ({ reasons }: Why) => reasons.map(({ kind }) => kind);
  /** The only reason, and never that it could run. */
  async function onlyReason(id: string): Promise<Why['reasons'][number]> {
    const why = await toolkit.jobs.why(id);
    expect(why.couldRunNow).toBe(false);
    expect(why.reasons).toHaveLength(1);
    return why.reasons[0]!;
  }

  it('could run now: a worker has room and nothing is before it', async () => {
    await pretendWorker('ready', 2);
    const first = await add('ready', 1);
    const second = await add('ready', 2);
    for (const id of [first, second]) {
      expect(await toolkit.jobs.why(id)).toEqual({
        job: id,
        state: 'waiting',
        reasons: [],
        couldRunNow: true,
      });
    }
  });

  it('is behind other jobs, more than there is room for', async () => {
    await pretendWorker('behind', 1);
    await add('behind', 1);
    await add('behind', 2);
    const reason = await onlyReason(await add('behind', 3));
    expect(reason).toEqual({ kind: 'behind', message: '2 jobs of its queue come before it', ahead: 2 });
  });

  it('has no worker on its queue, or one that is paused', async () => {
    const id = await add('nobody', 1);
    expect(await onlyReason(id)).toMatchObject({
      kind: 'no-worker',
      queue: 'nobody',
      workers: [],
      message: expect.stringContaining('jobs worker'),
    });
    const worker = await pretendWorker('nobody', 4);
    await toolkit.db.query("update sluice.worker set state = 'paused' where id = $1", [worker]);
    expect(await onlyReason(id)).toMatchObject({ kind: 'no-worker', workers: [{ worker, state: 'paused' }] });
    await toolkit.db.query(
      "update sluice.worker set state = 'running', heartbeat_at = now() - interval '1 minute' where id = $1",
      [worker],
    );
    expect(await onlyReason(id)).toMatchObject({ kind: 'no-worker', workers: [] });
  });

  it('was added with a delay', async () => {
    const id = await add('delayed', 1, { delayMs: 3_600_000 });
    const reason = await onlyReason(id);
    expect(reason).toMatchObject({ kind: 'delay', why: 'asked' });
    expect(Math.abs(Date.parse(String(reason.until)) - Date.now() - 3_600_000)).toBeLessThan(60_000);
    expect(reason.message).toContain(String(reason.until));
  });

  it('waits after a failed attempt, of a batch or not', async () => {
    await work('backoff');
    const sheet = project.write('backoff.csv', 'n\n14\n');
    const { batchId } = await toolkit.submit(request('gate', sheet, { queue: 'backoff' }));
    for (const id of [await add('backoff', 14), `${batchId}-2`]) {
      await untilState(toolkit, id, 'delayed');
      const reason = await onlyReason(id);
      expect(reason).toMatchObject({ kind: 'delay', why: 'backoff' });
      expect(reason.message).toMatch(
        /^attempt 1 of 3 failed \(fourteen\); it is tried again at .*, in (?:\d+ min|1 h)/,
      );
      const facts = await toolkit.jobs.show(id);
      expect(facts.delayedUntil).toBe(reason.until);
      expect(facts.retries).toMatchObject([{ attempt: 3, leastWaitMs: 3_600_000, mostWaitMs: 7_200_000 }]);
      const thirdAt = Date.parse(facts.delayedUntil!) + 3_600_000;
      expect(facts.retries![0]!.earliestAt).toBe(new Date(thirdAt).toISOString());
    }
  });

  it('was asked to come again later', async () => {
    await work('retry-after');
    const sheet = project.write('later.csv', 'n\n15\n');
    const { batchId } = await toolkit.submit(request('gate', sheet, { queue: 'retry-after' }));
    for (const id of [await add('retry-after', 15), `${batchId}-2`]) {
      await untilState(toolkit, id, 'delayed');
      const reason = await onlyReason(id);
      expect(reason).toMatchObject({ kind: 'delay', why: 'retry-after' });
      expect(reason.message).toMatch(/^the server asked for a minute; it comes again at/);
      expect(Date.parse(String(reason.until)) - Date.now()).toBeLessThanOrEqual(60_000);
    }
  });

  it('waits for the rate limit of its task, before and after a worker has looked at it', async () => {
    await pretendWorker('rated', 4);
    const passed = await add('rated', 1, { task: 'rated' });
    expect((await toolkit.jobs.why(passed)).couldRunNow).toBe(true);
    await work('rated');
    await untilState(toolkit, passed, 'completed');
    const second = await add('rated', 2, { task: 'rated' });
    await untilState(toolkit, second, 'delayed');
    const put = await onlyReason(second);
    expect(put).toMatchObject({ kind: 'rate-limit' });
    expect(Date.parse(String(put.until))).toBeGreaterThan(Date.now());
    await workers.pop()!.stop(0);
    await pretendWorker('rated-too', 4);
    const waiting = await onlyReason(await add('rated-too', 3, { task: 'rated' }));
    expect(waiting).toMatchObject({ kind: 'rate-limit', limit: 'of task rated' });
    expect(waiting.message).toContain('(1/h)');
    expect(Date.parse(String(waiting.until))).toBeGreaterThan(Date.now() + 60_000);
  });

  it('waits for the rate limit of its queue', async () => {
    await toolkit.queues.controls.setRate('limited', { count: 1, perMs: 3_600_000 });
    await work('limited');
    await untilState(toolkit, await add('limited', 1), 'completed');
    const id = await add('limited', 2);
    await until('the limit is seen', async () => kinds(await toolkit.jobs.why(id)).includes('rate-limit'));
    const reason = await onlyReason(id);
    expect(reason).toMatchObject({ kind: 'rate-limit', limit: 'of queue limited' });
    const leftMs = Date.parse(String(reason.until)) - Date.now();
    expect(leftMs).toBeGreaterThan(3_000_000);
    expect(leftMs).toBeLessThanOrEqual(3_600_000);
  });

  it('is in a paused queue: by whom, since when, why', async () => {
    await pretendWorker('paused', 4);
    const id = await add('paused', 1);
    const delayed = await add('paused', 2, { delayMs: 3_600_000 });
    await toolkit.queueControl.pause('paused', { reason: 'the server is being mended', forMs: undefined });
    const reason = await onlyReason(id);
    expect(reason).toMatchObject({
      kind: 'paused',
      queue: 'paused',
      by: expect.stringContaining('@'),
      reason: 'the server is being mended',
      until: null,
    });
    expect(Math.abs(Date.parse(String(reason.since)) - Date.now())).toBeLessThan(60_000);
    expect(reason.message).toContain('jobs queue resume paused');
    expect(kinds(await toolkit.jobs.why(delayed))).toEqual(['delay', 'paused']);
    await toolkit.queueControl.resume('paused');
    expect((await toolkit.jobs.why(id)).couldRunNow).toBe(true);
  });

  it('waits for a slot, while all of them are busy; and runs, since when and where', async () => {
    const gate = newGate(project.folder, 'busy');
    const worker = await work('busy', 1);
    const running = await add('busy', 1, { gate: gate.path });
    await untilState(toolkit, running, 'active');
    const id = await add('busy', 2);
    expect(await onlyReason(id)).toMatchObject({
      kind: 'slots-busy',
      workers: [worker.id],
      slots: 1,
      active: 1,
    });
    const reason = await onlyReason(running);
    expect(reason).toMatchObject({
      kind: 'running',
      worker: worker.id,
      pid: process.pid,
      isWorkerAlive: true,
    });
    expect(Math.abs(Date.parse(String(reason.since)) - Date.now())).toBeLessThan(20_000);
    expect(Date.parse(String(reason.leaseEndsAt))).toBeGreaterThan(Date.now());
    await toolkit.db.query(
      "update sluice.worker set heartbeat_at = now() - interval '1 minute' where id = $1",
      [worker.id],
    );
    const silent = await onlyReason(running);
    expect(silent).toMatchObject({ kind: 'running', isWorkerAlive: false });
    expect(silent.message).toContain('runs again when its lease has ended');
    gate.open();
    await untilState(toolkit, id, 'completed');
  });

  it('waits while the queue runs as many as it may at once', async () => {
    const gate = newGate(project.folder, 'narrow');
    await toolkit.queues.controls.setConcurrency('narrow', 1);
    await work('narrow', 4);
    await untilState(toolkit, await add('narrow', 1, { gate: gate.path }), 'active');
    const id = await add('narrow', 2);
    expect(await onlyReason(id)).toMatchObject({ kind: 'concurrency', limit: 1, active: 1, queue: 'narrow' });
    gate.open();
    await untilState(toolkit, id, 'completed');
  });

  it('waits for the jobs before it, and names the one that has failed', async () => {
    const node = (id: string, n: number) => ({
      id,
      task: 'gate',
      attempts: 1,
      priority: 1,
      data: { kind: 'job' as const, input: { n }, options: {}, prepared: null, requestId: id },
    });
    await toolkit.queues.addFlow({
      queue: 'chords',
      job: node('then', 1),
      after: [13, 2, 3].map((n) => ({
        queue: n === 3 ? 'elsewhere' : 'chords',
        job: node(`member-${n}`, n),
      })),
    });
    expect(await onlyReason('then')).toMatchObject({ kind: 'children', completed: 0, open: 3, failed: [] });
    await work('chords');
    await untilState(toolkit, 'member-2', 'completed');
    await untilState(toolkit, 'member-13', 'failed');
    const reason = await onlyReason('then');
    expect(reason).toMatchObject({ kind: 'children', completed: 1, open: 2, failed: ['member-13'] });
    expect(reason.children).toEqual(
      expect.arrayContaining([
        { job: 'member-13', state: 'failed' },
        { job: 'member-3', state: 'waiting' },
      ]),
    );
    expect(reason.message).toContain('jobs job retry member-13');
  });

  it('does not run because an equal job has its place', async () => {
    const first = await toolkit.enqueue({ task: 'only', input: { n: 1 }, id: 'first' });
    const second = await toolkit.enqueue({ task: 'only', input: { n: 1 }, id: 'second' });
    expect(second.id).toBe(first.id);
    expect((await toolkit.jobs.why('second')).state).toBe('duplicate');
    expect(await onlyReason('second')).toMatchObject({ kind: 'duplicate', of: 'first', ofState: 'waiting' });
  });

  it('is being cancelled, and was cancelled by whom', async () => {
    const gate = newGate(project.folder, 'cancelled');
    await work('cancelled');
    const id = await add('cancelled', 1, { gate: gate.path });
    await untilState(toolkit, id, 'active');
    await toolkit.jobs.cancel(id, { reason: 'wrong year' });
    const why = await toolkit.jobs.why(id);
    expect(kinds(why)).toEqual(['cancelling', 'running']);
    expect(why.reasons[0]).toMatchObject({ by: expect.stringContaining('@') });
    await untilState(toolkit, id, 'cancelled');
    expect(await onlyReason(id)).toMatchObject({
      kind: 'ended',
      by: expect.stringContaining('@'),
      reason: 'wrong year',
      endedAt: expect.any(String),
    });
  });

  it('has ended: completed, or failed and why', async () => {
    await work('ended');
    const sheet = project.write('ended.csv', 'n\n1\n13\n');
    const { batchId } = await toolkit.submit(request('gate', sheet, { queue: 'ended' }));
    const [good, bad] = [await add('ended', 1), await add('ended', 13)];
    for (const id of [good, `${batchId}-2`]) {
      await untilState(toolkit, id, 'completed');
      expect(await onlyReason(id)).toMatchObject({
        kind: 'ended',
        reason: null,
        endedAt: expect.any(String),
      });
    }
    for (const id of [bad, `${batchId}-3`]) {
      await untilState(toolkit, id, 'failed');
      const reason = await onlyReason(id);
      expect(reason).toMatchObject({ kind: 'ended', reason: 'thirteen', endedAt: expect.any(String) });
      expect(reason.message).toContain(`jobs job retry ${id}`);
    }
  });

  it('has lost its job, and a sweep adds it again', async () => {
    const sheet = project.write('lost.csv', 'n\n21\n');
    const { batchId } = await toolkit.submit(request('gate', sheet, { queue: 'lost' }));
    await toolkit.queues.remove('lost', `${batchId}-2`);
    const why = await toolkit.jobs.why(`${batchId}-2`);
    expect(why).toMatchObject({ state: 'unqueued', couldRunNow: false, reasons: [{ kind: 'unqueued' }] });
  });

  it('comes too late: its time to begin is over', async () => {
    await pretendWorker('expired', 4);
    const expiresAtMs = Date.now() - 1_000;
    const reason = await onlyReason(await add('expired', 1, { expiresAtMs }));
    expect(reason).toMatchObject({ kind: 'expired', expiredAt: new Date(expiresAtMs).toISOString() });
  });
});
