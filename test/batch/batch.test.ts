import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listAttempts } from '../../src/ledger/attempts.js';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { collect, newProject, request, runToEnd, type TestProject } from '../helpers/project.js';

const DOUBLE = `
import { appendFileSync } from 'node:fs';
import { defineTask, FinalError, InputError } from 'sluice';
import { z } from 'zod';
const seen = new Map();
export default defineTask({
  name: 'double', version: 1, title: 'Doubles a number', queue: 'numbers', attempts: 3,
  backoff: { type: 'fixed', delayMs: 20 },
  input: z.object({ count: z.number().max(1000), mood: z.string().optional() }),
  options: z.object({ factor: z.coerce.number().default(2), refuse: z.string().optional(), journal: z.string().optional() }),
  columns: { count: ['how many'] },
  results: ['doubled', 'attempt'],
  prepare: ({ options }) => {
    if (options.refuse) throw new InputError('refused: ' + options.refuse, { code: 'REFUSED' });
    return { offset: 0 };
  },
  async run(ctx, { count, mood }) {
    if (ctx.options.journal) appendFileSync(ctx.options.journal, ctx.row.number + '\\n');
    if (mood === 'final') throw new FinalError('this one cannot succeed', { code: 'SAD', field: 'mood', details: { result: { doubled: -1 } } });
    if (mood === 'always') throw new Error('always fails on ' + count);
    if (mood === 'once') {
      const times = (seen.get(ctx.job.id) ?? 0) + 1;
      seen.set(ctx.job.id, times);
      if (times === 1) throw new Error('fails the first time');
    }
    if (mood === 'later' && ctx.attempt === 1) {
      const asked = await ctx.once('asked', () => 0);
      const times = (seen.get(ctx.job.id) ?? asked) + 1;
      seen.set(ctx.job.id, times);
      if (times < 4) ctx.retryAfter(20, 'upstream is busy');
    }
    const effect = await ctx.once('effect', () => count * ctx.options.factor + ctx.prepared.offset);
    return { doubled: effect, attempt: ctx.attempt };
  },
  async finish(ctx, rows) {
    let sum = 0;
    for await (const row of rows) if (row.state === 'completed' || row.state === 'skipped') sum += row.result.doubled;
    await ctx.artifact({ name: 'sum.json', kind: 'json', content: JSON.stringify({ sum, counts: ctx.counts }) });
  },
});
`;

describeOnEachBackend('a batch', (backend) => {
  let project: TestProject;
  let toolkit: Toolkit;

  beforeAll(async () => {
    project = newProject(backend, { double: DOUBLE });
    toolkit = await project.open();
  });
  afterAll(() => toolkit?.close());

  it('runs every row to an end state: completed, failed with its reason, invalid with its cell', async () => {
    const file = project.write(
      'moods.csv',
      'How Many,mood\n1,\n2,final\n3,always\nmany,\n5,once\n6,later\n2000,\n',
    );
    const id = await runToEnd(toolkit, request('double', file));
    const batch = await toolkit.batch(id);
    expect(batch.counts).toEqual({ total: 7, completed: 3, failed: 2, invalid: 2, skipped: 0, cancelled: 0 });
    expect(batch.state).toBe('finished');
    const rows = await collect(toolkit.rows(id));
    expect(rows.map(({ number, state }) => [number, state])).toEqual([
      [2, 'completed'],
      [3, 'failed'],
      [4, 'failed'],
      [5, 'invalid'],
      [6, 'completed'],
      [7, 'completed'],
      [8, 'invalid'],
    ]);
    const byNumber = new Map(rows.map((row) => [row.number, row]));
    expect(byNumber.get(2)).toMatchObject({ result: { doubled: 2, attempt: 1 }, attempts: 1, reason: null });
    expect(byNumber.get(3)).toMatchObject({
      reason: 'this one cannot succeed',
      attempts: 1,
      result: { doubled: -1 },
    });
    expect(byNumber.get(4)).toMatchObject({ reason: 'always fails on 3', attempts: 3 });
    expect(byNumber.get(5)?.issues[0]).toMatchObject({ cell: 'A5', field: 'count', value: 'many' });
    expect(byNumber.get(6)).toMatchObject({ result: { doubled: 10, attempt: 2 }, attempts: 2 });
    expect(byNumber.get(7)).toMatchObject({ result: { doubled: 12, attempt: 1 }, attempts: 1 });
    expect(byNumber.get(8)?.issues[0]?.message).toMatch(/2000.*1000/);
  });

  it('keeps every attempt with its error, and the deferred ones apart', async () => {
    const [batch] = await toolkit.batches({ limit: 1 });
    const failed = await listAttempts(toolkit.db, batch!.id, 4);
    expect(failed.map(({ number, outcome, error }) => [number, outcome, error?.message])).toEqual([
      [1, 'failed', 'always fails on 3'],
      [2, 'failed', 'always fails on 3'],
      [3, 'failed', 'always fails on 3'],
    ]);
    const deferred = await listAttempts(toolkit.db, batch!.id, 7);
    expect(deferred.map(({ outcome }) => outcome)).toEqual(['deferred', 'deferred', 'deferred', 'completed']);
  });

  it('leaves a dead letter that names file, row and cell for each row that failed', async () => {
    const { rows } = await toolkit.db.query(
      'select file, row_number, cell, attempts, error, payload from sluice.dead_letter order by row_number',
    );
    expect(rows).toMatchObject([
      { file: 'moods.csv', row_number: 3, cell: 'B3', attempts: 1, error: { code: 'SAD' } },
      {
        file: 'moods.csv',
        row_number: 4,
        cell: null,
        attempts: 3,
        payload: { input: { count: 3, mood: 'always' } },
      },
    ]);
  });

  it('runs finish once, after the last row, over all rows', async () => {
    const [batch] = await toolkit.batches({ limit: 1 });
    expect(batch).toMatchObject({ finishRuns: 1, finishError: null });
    const artifact = await toolkit.db.query<{ path: string }>(
      'select path from sluice.artifact where batch_id = $1',
      [batch!.id],
    );
    expect(JSON.parse(readFileSync(artifact.rows[0]!.path, 'utf8'))).toMatchObject({
      sum: 24,
      counts: { total: 7 },
    });
  });

  it('does nothing twice: the same file again skips what completed and tries the rest again', async () => {
    const journal = project.write('journal-1.txt', '');
    const file = project.write('again.csv', 'count,mood\n11,\n12,final\n13,\n');
    const options = { journal };
    await runToEnd(toolkit, request('double', file, { options }));
    const second = await runToEnd(toolkit, request('double', file, { options }));
    expect((await toolkit.batch(second)).counts).toMatchObject({ total: 3, skipped: 2, failed: 1 });
    const [first] = await collect(toolkit.rows(second));
    expect(first).toMatchObject({ state: 'skipped', result: { doubled: 22 } });
    expect(first!.reason).toMatch(/completed before, unchanged/);
    expect(readFileSync(journal, 'utf8').trim().split('\n').sort()).toEqual(['2', '3', '3', '4']);
  });

  it('runs only new and edited rows of an edited file, wherever they stand', async () => {
    const file = project.write('edited.csv', 'count\n21\n22\n23\n');
    await runToEnd(toolkit, request('double', file));
    project.write('edited.csv', 'count\n20\n21\n22.5\n23\n');
    const id = await runToEnd(toolkit, request('double', file));
    const rows = await collect(toolkit.rows(id));
    expect(rows.map(({ state }) => state)).toEqual(['completed', 'skipped', 'completed', 'skipped']);
  });

  it('runs everything again when forced, when an option changes', async () => {
    const file = project.write('forced.csv', 'count\n31\n32\n');
    await runToEnd(toolkit, request('double', file));
    const forced = await runToEnd(toolkit, request('double', file, { force: true }));
    expect((await toolkit.batch(forced)).counts).toMatchObject({ completed: 2, skipped: 0 });
    const other = await runToEnd(toolkit, request('double', file, { options: { factor: '3' } }));
    const rows = await collect(toolkit.rows(other));
    expect(rows.map(({ result }) => result?.doubled)).toEqual([93, 96]);
  });

  it('gives the rows that were asked for, and no others', async () => {
    const file = project.write(
      'chosen.csv',
      `count\n${Array.from({ length: 30 }, (_, i) => 100 + i).join('\n')}\n`,
    );
    const id = await runToEnd(
      toolkit,
      request('double', file, { selection: { rows: '5-20', where: 'count >= 110', limit: 3 } }),
    );
    expect((await collect(toolkit.rows(id))).map(({ number }) => number)).toEqual([12, 13, 14]);
  });

  it('ends at once when no row can run, and still runs finish', async () => {
    const file = project.write('invalid.csv', 'count\nx\ny\n');
    const id = await runToEnd(toolkit, request('double', file));
    expect(await toolkit.batch(id)).toMatchObject({
      state: 'finished',
      finishRuns: 1,
      counts: { total: 2, invalid: 2 },
    });
  });

  it('records nothing when the task refuses the batch', async () => {
    const before = (await toolkit.batches({ limit: 100 })).length;
    const file = project.write('refused.csv', 'count\n1\n');
    await expect(toolkit.submit(request('double', file, { options: { refuse: 'today' } }))).rejects.toThrow(
      'refused: today',
    );
    expect(await toolkit.batches({ limit: 100 })).toHaveLength(before);
  });

  it('plans without recording: what would run, be skipped, be refused', async () => {
    const file = project.write('planned.csv', 'count\n11\nfew\n41\n');
    const before = (await toolkit.batches({ limit: 100 })).length;
    const plan = await toolkit.plan(request('double', file));
    expect(plan.rows).toEqual({ total: 3, run: 2, skip: 0, invalid: 1 });
    expect(plan.invalid[0]).toMatchObject({ row: 3, issues: [{ cell: 'A3', value: 'few' }] });
    expect(plan.expectedMs).toBeGreaterThan(0);
    expect(await toolkit.batches({ limit: 100 })).toHaveLength(before);
  });

  it('cancels what has not ended, and its counts still add up', async () => {
    const file = project.write(
      'cancelled.csv',
      `count\n${Array.from({ length: 50 }, (_, i) => 500 + i).join('\n')}\n`,
    );
    const { batchId } = await toolkit.submit(request('double', file));
    expect(await toolkit.cancel(batchId, 'changed our mind')).toBe(50);
    const batch = await toolkit.batch(batchId);
    expect(batch).toMatchObject({ state: 'cancelled', counts: { total: 50, cancelled: 50, completed: 0 } });
    expect(batch.counts.pending).toBeUndefined();
    const worker = await toolkit.startWorker({});
    const { batchId: next } = await toolkit.submit(
      request('double', project.write('next.csv', 'count\n61\n')),
    );
    expect(await toolkit.watch(next, { deadlineMs: Date.now() + 30_000 })).toBe('ended');
    await worker.stop(5_000);
    const rows = await collect(toolkit.rows(batchId));
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['cancelled']));
  });

  it('goes on with an unfinished batch instead of beginning another', async () => {
    const file = project.write(
      'unfinished.csv',
      `count\n${Array.from({ length: 20 }, (_, i) => 700 + i).join('\n')}\n`,
    );
    const { batchId, continued } = await toolkit.submit(request('double', file));
    expect(continued).toBe(false);
    const again = await toolkit.submit(request('double', file));
    expect(again).toMatchObject({ batchId, continued: true });
    expect(await runToEnd(toolkit, request('double', file, { mustResume: true }))).toBe(batchId);
    expect((await toolkit.batch(batchId)).counts).toMatchObject({ total: 20, completed: 20 });
    await expect(toolkit.submit(request('double', file, { mustResume: true }))).rejects.toThrow(
      /no unfinished batch/,
    );
  });

  it('adds jobs again for rows whose jobs were lost, and runs each once', async () => {
    const journal = project.write('journal-2.txt', '');
    const file = project.write(
      'lost.csv',
      `count\n${Array.from({ length: 30 }, (_, i) => 800 + i).join('\n')}\n`,
    );
    const { batchId } = await toolkit.submit(request('double', file, { options: { journal } }));
    for (const number of [3, 4, 5, 30]) await toolkit.queues.remove('numbers', `${batchId}-${number}`);
    const worker = await toolkit.startWorker({ concurrency: 4 });
    expect(await toolkit.watch(batchId, { deadlineMs: Date.now() + 40_000 })).toBe('ended');
    await worker.stop(5_000);
    expect((await toolkit.batch(batchId)).counts).toMatchObject({ total: 30, completed: 30 });
    expect(readFileSync(journal, 'utf8').trim().split('\n')).toHaveLength(30);
  });

  it('runs one job without a batch, once per id, and keeps its result', async () => {
    const worker = await toolkit.startWorker({});
    const job = await toolkit.enqueue({
      task: 'double',
      input: { count: 4 },
      options: { factor: 5 },
      id: 'mine',
    });
    const end = await toolkit.jobs.wait(job.id, { deadlineMs: Date.now() + 20_000 });
    expect(end).toMatchObject({ state: 'completed', result: { attempt: 1, doubled: 20 } });
    const failing = await toolkit.enqueue({ task: 'double', input: { count: 4, mood: 'final' } });
    expect(await toolkit.jobs.wait(failing.id, { deadlineMs: Date.now() + 20_000 })).toMatchObject({
      state: 'failed',
      reason: 'this one cannot succeed',
    });
    await worker.stop(5_000);
    await expect(toolkit.enqueue({ task: 'double', input: { count: 'x' } })).rejects.toThrow(/count/);
  });
});
