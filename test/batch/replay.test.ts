import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { parseRate } from '../../src/core/rate.js';
import { listAttempts } from '../../src/ledger/attempts.js';
import { listAudit } from '../../src/ledger/audit.js';
import type { Toolkit } from '../../src/toolkit.js';
import { until } from '../faults/journal.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { collect, newProject, request, runToEnd, type TestProject } from '../helpers/project.js';
import { FRAGILE, numberSheet, setSwitch } from './fragile-task.js';

const DEADLINE_MS = 40_000;

describeOnEachBackend('a replay', (backend) => {
  let project: TestProject;
  let toolkit: Toolkit;
  let sheets = 0;

  beforeAll(async () => {
    project = newProject(backend, { fragile: FRAGILE });
    setSwitch(project, 'ok');
    toolkit = await project.open();
  });
  afterAll(() => toolkit?.close());
  beforeEach(() => {
    project.write('journal.txt', '');
  });

  const options = () => ({ folder: project.folder });
  const journal = () => readFileSync(`${project.folder}/journal.txt`, 'utf8').trim().split('\n');

  /** A batch that has ended: rows of `numbers` below 10 have completed, the others failed. */
  async function failedBatch(numbers: number[]): Promise<string> {
    sheets += 1;
    setSwitch(project, 'down');
    const sheet = numberSheet(project, `numbers-${sheets}.csv`, numbers);
    const id = await runToEnd(toolkit, request('fragile', sheet, { options: options(), force: true }));
    setSwitch(project, 'ok');
    project.write('journal.txt', '');
    return id;
  }

  async function workToEnd(batchId: string, queue = 'fragile'): Promise<void> {
    const names = new Set([queue, 'fragile']);
    const worker = await toolkit.startWorker({ queues: [...names].map((name) => ({ name })) });
    try {
      const end = await toolkit.watch(batchId, { deadlineMs: Date.now() + DEADLINE_MS });
      if (end !== 'ended')
        throw new Error(`batch ${batchId} did not end: ${JSON.stringify(await toolkit.batch(batchId))}`);
    } finally {
      await worker.stop(5_000);
    }
  }

  const idsOf = async (batch: string) =>
    (await collect(toolkit.deadLetters.select({ batch }))).flat().map(({ id }) => id);

  it('of a group that nobody has is refused, also when nothing would be done', async () => {
    for (const dryRun of [true, false]) {
      await expect(
        toolkit.deadLetters.replay({ fingerprint: 'no-such-group' }, { dryRun }),
      ).rejects.toMatchObject({ code: 'DEAD_LETTER_GROUP_NOT_FOUND', hint: 'jobs dlq list --group error' });
    }
  });

  it('opens the rows and their batch at once, and the last row to end finishes the batch again', async () => {
    const batch = await failedBatch([1, 10, 20]);
    expect(await toolkit.batch(batch)).toMatchObject({
      state: 'finished',
      finishRuns: 1,
      counts: { failed: 2 },
    });
    const ids = await idsOf(batch);
    expect(ids.sort()).toEqual([`${batch}-3`, `${batch}-4`]);
    const report = await toolkit.deadLetters.replay({ ids });
    expect(report).toEqual({
      dryRun: false,
      selected: 2,
      replayed: 2,
      changed: 0,
      refused: [],
      notReplayed: 0,
      stopped: null,
    });
    expect(await toolkit.batch(batch)).toMatchObject({
      state: 'running',
      endedAt: null,
      counts: { total: 3, completed: 1, failed: 0, pending: 2 },
    });
    expect(await idsOf(batch)).toEqual([]);
    await workToEnd(batch);
    expect(await toolkit.batch(batch)).toMatchObject({
      state: 'finished',
      finishRuns: 2,
      counts: { total: 3, completed: 3, failed: 0 },
    });
    const { rows } = await toolkit.db.query<{ path: string }>(
      'select path from sluice.artifact where batch_id = $1',
      [batch],
    );
    expect(JSON.parse(readFileSync(rows[0]!.path, 'utf8'))).toEqual({ sum: 62 });
    expect(journal().sort()).toEqual(['3 fragile', '4 fragile']);
    const attempts = await listAttempts(toolkit.db, batch, 3);
    expect(attempts.map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'failed'],
      [2, 'completed'],
    ]);
    expect((await toolkit.deadLetters.show(ids[0]!)).state).toBe('replayed');
  });

  it('opens the letter again when the job fails again, with what was done before', async () => {
    const batch = await failedBatch([10]);
    const [id] = await idsOf(batch);
    for (let replays = 1; replays <= 2; replays++) {
      setSwitch(project, 'other');
      await toolkit.deadLetters.replay({ ids: [id!] });
      await workToEnd(batch);
      const letter = await toolkit.deadLetters.show(id!);
      expect(letter).toMatchObject({
        state: 'open',
        replays,
        code: 'GARBLED',
        source: { rowState: 'failed', batchState: 'finished' },
      });
      expect(letter.history.map(({ code }) => code)).toEqual(['DOWN', 'GARBLED'].slice(0, replays));
      expect(letter.tries.map(({ number }) => number)).toEqual(
        Array.from({ length: replays + 1 }, (_, i) => i + 1),
      );
    }
    expect(await toolkit.batch(batch)).toMatchObject({ finishRuns: 3, counts: { total: 1, failed: 1 } });
  });

  it('refuses what is not open, by name, and replays the rest', async () => {
    const batch = await failedBatch([10, 11]);
    await expect(toolkit.deadLetters.replay({ ids: [`${batch}-99`] })).rejects.toMatchObject({
      code: 'DEAD_LETTER_NOT_FOUND',
      hint: expect.stringContaining('did you mean') as unknown,
    });
    const [first, second] = await idsOf(batch);
    await toolkit.deadLetters.replay({ ids: [first!] });
    const report = await toolkit.deadLetters.replay({ ids: [first!, second!] });
    expect(report).toMatchObject({
      selected: 1,
      replayed: 1,
      refused: [{ id: first, reason: expect.stringMatching(/replayed before/) }],
    });
    await workToEnd(batch);
    expect(journal()).toHaveLength(2);
  });

  it('replays once when two ask at the same time', async () => {
    const batch = await failedBatch([10, 11, 12, 13]);
    const other = await project.open();
    try {
      const reports = await Promise.all(
        [toolkit, other].map(({ deadLetters }) => deadLetters.replay({ batch })),
      );
      expect(reports.reduce((sum, { replayed }) => sum + replayed, 0)).toBe(4);
    } finally {
      await other.close();
    }
    await workToEnd(batch);
    expect(await toolkit.batch(batch)).toMatchObject({
      finishRuns: 2,
      counts: { total: 4, completed: 4, failed: 0 },
    });
    expect(journal()).toHaveLength(4);
  });

  it('stops a group when its first five fail with the same error again', async () => {
    const batch = await failedBatch([1, ...Array.from({ length: 12 }, (_, i) => 10 + i)]);
    const [group] = await toolkit.deadLetters.groups({ batch });
    expect(group).toMatchObject({ count: 12, code: 'DOWN', tasks: ['fragile'] });
    setSwitch(project, 'down');
    const worker = await toolkit.startWorker({ queues: [{ name: 'fragile' }] });
    const report = await toolkit.deadLetters.replay({ batch, fingerprint: group!.fingerprint });
    expect(report).toMatchObject({
      selected: 12,
      replayed: 5,
      notReplayed: 7,
      stopped: { reason: 'same-error', fingerprint: group!.fingerprint },
    });
    expect(await toolkit.watch(batch, { deadlineMs: Date.now() + DEADLINE_MS })).toBe('ended');
    expect((await toolkit.batch(batch)).counts).toMatchObject({ total: 13, completed: 1, failed: 12 });
    expect(await idsOf(batch)).toHaveLength(12);

    setSwitch(project, 'ok');
    const again = await toolkit.deadLetters.replay({ batch, fingerprint: group!.fingerprint });
    expect(again).toMatchObject({ replayed: 12, notReplayed: 0, stopped: null });
    expect(await toolkit.watch(batch, { deadlineMs: Date.now() + DEADLINE_MS })).toBe('ended');
    await worker.stop(5_000);
    expect((await toolkit.batch(batch)).counts).toMatchObject({ total: 13, completed: 13, failed: 0 });
  });

  it('says that no worker answers, and queues the whole group all the same', async () => {
    const batch = await failedBatch(Array.from({ length: 7 }, (_, i) => 10 + i));
    const [group] = await toolkit.deadLetters.groups({ batch });
    const notes: string[] = [];
    const report = await toolkit.deadLetters.replay(
      { batch, fingerprint: group!.fingerprint },
      { queue: 'unserved', onNote: (note) => notes.push(note) },
    );
    expect(report).toMatchObject({ replayed: 7, stopped: null });
    expect(notes).toEqual([expect.stringMatching(/no worker serves queue unserved/)]);
    await workToEnd(batch, 'unserved');
    expect((await toolkit.batch(batch)).counts).toMatchObject({ completed: 7 });
  });

  it('runs rows in another queue, once, though their batch has its own', async () => {
    const batch = await failedBatch([10, 11]);
    await toolkit.deadLetters.replay({ batch }, { queue: 'slow-lane' });
    expect(await toolkit.queues.find('fragile', `${batch}-2`)).toBeUndefined();
    expect(await toolkit.queues.find('slow-lane', `${batch}-2`)).toBeDefined();
    await toolkit.resume(batch);
    expect(await toolkit.queues.find('fragile', `${batch}-2`)).toBeUndefined();
    setSwitch(project, 'other');
    const worker = await toolkit.startWorker({ queues: [{ name: 'slow-lane' }, { name: 'fragile' }] });
    expect(await toolkit.watch(batch, { deadlineMs: Date.now() + DEADLINE_MS })).toBe('ended');
    expect(journal().sort()).toEqual(['2 slow-lane', '3 slow-lane']);
    setSwitch(project, 'ok');
    expect((await toolkit.deadLetters.show(`${batch}-2`)).queue).toBe('slow-lane');
    await toolkit.deadLetters.replay({ batch }, { queue: 'fragile' });
    expect(await toolkit.watch(batch, { deadlineMs: Date.now() + DEADLINE_MS })).toBe('ended');
    await worker.stop(5_000);
    expect((await toolkit.batch(batch)).counts).toMatchObject({ completed: 2, failed: 0 });
    expect(
      (await listAttempts(toolkit.db, batch, 2)).map(({ number, outcome }) => [number, outcome]),
    ).toEqual([
      [1, 'failed'],
      [2, 'failed'],
      [3, 'completed'],
    ]);
  });

  it('changes the input, keeps the difference, and leaves the cells as the file had them', async () => {
    const batch = await failedBatch([10, 11]);
    const report = await toolkit.deadLetters.replay(
      { batch, where: 'n = 11' },
      { changes: { kind: 'patch', values: { n: '7', note: 'by hand' } } },
    );
    expect(report).toMatchObject({ replayed: 1, changed: 1 });
    setSwitch(project, 'down');
    await workToEnd(batch);
    const row = (await collect(toolkit.rows(batch))).find(({ number }) => number === 3);
    expect(row).toMatchObject({
      state: 'completed',
      cells: { n: '11' },
      input: { n: 7, note: 'by hand' },
      result: { twice: 14 },
    });
    const letter = await toolkit.deadLetters.show(`${batch}-3`);
    expect(letter.changes).toEqual([
      {
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        by: expect.stringMatching(/.@./),
        from: { n: 11 },
        to: { n: 7, note: 'by hand' },
      },
    ]);
  });

  it('writes nothing when one changed input is refused by its task', async () => {
    const batch = await failedBatch([10, 11]);
    const refused = [
      [{ kind: 'patch', values: { n: 5000 } }, 'INPUT_INVALID', /5000|1000/],
      [{ kind: 'patch', values: { m: 1 } }, 'PATCH_FIELD_UNKNOWN', /no field "m"/],
      [
        {
          kind: 'edits',
          inputs: new Map([
            [`${batch}-2`, { n: 1 }],
            [`${batch}-3`, { n: 'x' }],
          ]),
        },
        'INPUT_INVALID',
        new RegExp(`${batch}-3`),
      ],
    ] as const;
    for (const [changes, code, message] of refused) {
      await expect(toolkit.deadLetters.replay({ batch }, { changes })).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message) as unknown,
      });
    }
    expect(await idsOf(batch)).toHaveLength(2);
    expect(await toolkit.batch(batch)).toMatchObject({ state: 'finished', counts: { failed: 2 } });
  });

  it('shows what it would do and does not do it', async () => {
    const batch = await failedBatch([10, 11, 12]);
    const report = await toolkit.deadLetters.replay({ batch, limit: 2 }, { dryRun: true });
    expect(report).toMatchObject({ dryRun: true, selected: 2, replayed: 0, notReplayed: 2 });
    expect(await idsOf(batch)).toHaveLength(3);
  });

  it('keeps to a rate, and when stopped leaves the rest as it was', async () => {
    const batch = await failedBatch(Array.from({ length: 20 }, (_, i) => 10 + i));
    const stop = new AbortController();
    const report = await toolkit.deadLetters.replay(
      { batch },
      {
        rate: parseRate('20/s'),
        signal: stop.signal,
        onProgress: (replayed) => {
          if (replayed >= 12) stop.abort();
        },
      },
    );
    expect(report).toMatchObject({
      selected: 20,
      replayed: 12,
      notReplayed: 8,
      stopped: { reason: 'interrupted' },
    });
    const { rows } = await toolkit.db.query<{ ms: number; at_once: number }>(
      `select extract(epoch from max(replayed_at) - min(replayed_at))::float8 * 1000 as ms,
         (select max(n)::int from (select count(*) as n from sluice.dead_letter where batch_id = $1 and state = 'replayed' group by replayed_at) x) as at_once
       from sluice.dead_letter where batch_id = $1 and state = 'replayed'`,
      [batch],
    );
    // Groups of four every 200 ms: the third comes 400 ms after the first, but for the time the first took.
    expect(rows[0]!.ms).toBeGreaterThan(300);
    expect(rows[0]!.at_once).toBeLessThanOrEqual(4);
    expect((await toolkit.batch(batch)).counts).toMatchObject({ total: 20, failed: 8, pending: 12 });
    await workToEnd(batch);
    expect((await toolkit.batch(batch)).counts).toMatchObject({ total: 20, failed: 8, completed: 12 });
  });

  it('adds a job again that the queue has lost', async () => {
    const batch = await failedBatch([10]);
    await toolkit.queues.remove('fragile', `${batch}-2`);
    await toolkit.deadLetters.replay({ batch });
    await workToEnd(batch);
    expect(
      (await listAttempts(toolkit.db, batch, 2)).map(({ number, outcome }) => [number, outcome]),
    ).toEqual([
      [1, 'failed'],
      [2, 'completed'],
    ]);
  });

  it('leaves an entry in the audit with what was asked and how many it was', async () => {
    const batch = await failedBatch([10, 11]);
    await toolkit.deadLetters.replay({ batch, where: 'row = 3' }, { rate: parseRate('100/s') });
    const [entry] = await listAudit(toolkit.db, 1);
    expect(entry).toMatchObject({
      action: 'dlq replay',
      target: { batch, where: 'row = 3' },
      count: 1,
      details: { selected: 1, stopped: null, rate: { count: 100, perMs: 1000 } },
    });
    await workToEnd(batch);
  });

  it('runs a job of no batch again, with its input, in place and in another queue', async () => {
    setSwitch(project, 'down');
    const worker = await toolkit.startWorker({ queues: [{ name: 'fragile' }, { name: 'slow-lane' }] });
    const job = await toolkit.enqueue({ task: 'fragile', input: { n: 12 }, options: options() });
    const end = async (queue: string) => {
      const state = async () => (await toolkit.queues.find(queue, job.id))?.state ?? '';
      await until(
        'the job has ended',
        async () => ['completed', 'failed'].includes(await state()),
        DEADLINE_MS,
      );
      return state();
    };
    expect(await end('fragile')).toBe('failed');
    expect(await toolkit.deadLetters.show(job.id)).toMatchObject({
      kind: 'job',
      state: 'open',
      batch: null,
      input: { n: 12 },
      source: null,
    });
    setSwitch(project, 'other');
    expect(await toolkit.deadLetters.replay({ ids: [job.id] }, { queue: 'slow-lane' })).toMatchObject({
      replayed: 1,
    });
    expect(await end('slow-lane')).toBe('failed');
    expect(await toolkit.deadLetters.show(job.id)).toMatchObject({
      state: 'open',
      replays: 1,
      code: 'GARBLED',
      queue: 'slow-lane',
    });
    expect(
      await toolkit.deadLetters.replay({ ids: [job.id] }, { changes: { kind: 'patch', values: { n: 2 } } }),
    ).toMatchObject({ replayed: 1, changed: 1 });
    expect(await end('slow-lane')).toBe('completed');
    await worker.stop(5_000);
    expect((await toolkit.queues.find('slow-lane', job.id))?.value).toEqual({ twice: 4 });
    expect(await toolkit.deadLetters.show(job.id)).toMatchObject({ state: 'replayed', replays: 2 });
  });

  it('writes a letter for a job that the queue failed by itself', async () => {
    setSwitch(project, 'down');
    const worker = await toolkit.startWorker({ queues: [{ name: 'fragile' }] });
    const job = await toolkit.enqueue({ task: 'fragile', input: { n: 12 }, options: options() });
    const letter = () => toolkit.deadLetters.show(job.id).catch(() => undefined);
    await until(
      'the job failed',
      async () => (await toolkit.queues.find('fragile', job.id))?.state === 'failed',
    );
    await toolkit.db.query('delete from sluice.dead_letter where id = $1', [job.id]);
    await until('it has a letter', async () => (await letter())?.state === 'open', DEADLINE_MS);
    await worker.stop(5_000);
    expect(await letter()).toMatchObject({
      kind: 'job',
      task: 'fragile',
      queue: 'fragile',
      input: { n: 12 },
      message: expect.stringContaining('503') as unknown,
    });
  });

  it('runs failed rows of a batch again, and of a cancelled one those that were cancelled too', async () => {
    const batch = await failedBatch([1, 10, 11]);
    expect(await toolkit.deadLetters.retryBatch(batch, { failedOnly: true, dryRun: true })).toEqual({
      batch,
      failed: 2,
      cancelled: 0,
      dryRun: true,
    });
    expect(await toolkit.deadLetters.purge({ ids: [`${batch}-3`] })).toBe(1);
    expect(await toolkit.queues.find('fragile', `${batch}-3`)).toBeUndefined();
    expect(await toolkit.deadLetters.retryBatch(batch, { failedOnly: true, dryRun: false })).toEqual({
      batch,
      failed: 2,
      cancelled: 0,
      dryRun: false,
    });
    await workToEnd(batch);
    expect((await toolkit.batch(batch)).counts).toMatchObject({ total: 3, completed: 3, failed: 0 });

    const sheet = numberSheet(project, 'cancelled.csv', [20, 21, 22]);
    const { batchId } = await toolkit.submit(request('fragile', sheet, { options: options(), force: true }));
    await toolkit.cancel(batchId, 'a mistake');
    await expect(
      toolkit.deadLetters.retryBatch(batchId, { failedOnly: true, dryRun: false }),
    ).rejects.toMatchObject({ code: 'BATCH_CANCELLED' });
    expect(await toolkit.deadLetters.retryBatch(batchId, { failedOnly: false, dryRun: false })).toMatchObject(
      {
        failed: 0,
        cancelled: 3,
      },
    );
    await workToEnd(batchId);
    expect(await toolkit.batch(batchId)).toMatchObject({
      state: 'finished',
      counts: { total: 3, completed: 3, cancelled: 0 },
    });
    const [entry] = await listAudit(toolkit.db, 1);
    expect(entry).toMatchObject({ action: 'batch retry', target: { batch: batchId }, count: 3 });
  });

  it('refuses rows of a batch that was cancelled', async () => {
    const batch = await failedBatch([10, 11]);
    await toolkit.deadLetters.replay({ ids: [`${batch}-2`] });
    await toolkit.cancel(batch, 'enough');
    const report = await toolkit.deadLetters.replay({ ids: [`${batch}-3`] });
    expect(report).toMatchObject({
      replayed: 0,
      refused: [{ id: `${batch}-3`, reason: expect.stringMatching(/cancelled/) }],
    });
    expect(await toolkit.batch(batch)).toMatchObject({
      state: 'cancelled',
      counts: { total: 2, failed: 1, cancelled: 1 },
    });
  });
});
