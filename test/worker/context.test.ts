/** What a task has beside its input: folders of its own, files it keeps, options that are files, and an end that may compute. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listArtifacts, listRowArtifacts } from '../../src/ledger/artifacts.js';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { killStartedJobs, runJobs, startJobs } from '../helpers/jobs.js';
import { collect, newProject, request, runToEnd, type TestProject } from '../helpers/project.js';

/** Rows keep a file each; the end says where it ran, what it saw, and keeps one file of each kind. */
const KEEPER = (isolation: string) => `
import { existsSync, mkdirSync, readFileSync, writeFileSync, appendFileSync } from 'node:fs';
import path from 'node:path';
import { threadId } from 'node:worker_threads';
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'keeper-${isolation}', version: 1, title: 'Keeps files', isolation: '${isolation}', attempts: 2,
  backoff: { type: 'fixed', delayMs: 5 },
  input: z.object({ n: z.number() }),
  options: z.object({ journal: z.string(), height: z.string().optional(), look: z.string().default('plain'), die: z.string().optional() }),
  results: ['n', 'height'],
  data: ['height'],
  dataOptions: { height: 'height' },
  finishOptions: ['look', 'die'],
  prepare: (ctx) => ({ height: ctx.data.height?.files ?? null }),
  async run(ctx, { n }) {
    appendFileSync(ctx.options.journal, 'row ' + n + '\\n');
    const scratch = await ctx.scratch();
    if (scratch !== await ctx.scratch()) throw new Error('another folder');
    writeFileSync(path.join(scratch, 'note.txt'), 'row ' + n);
    await ctx.artifact({ name: 'note.txt', kind: 'text', file: path.join(scratch, 'note.txt') });
    if (n === 2 && ctx.attempt === 1) {
      await ctx.artifact({ name: 'early.txt', kind: 'text', content: 'of an attempt that failed' });
      throw new Error('the first time');
    }
    const cache = path.join(ctx.cacheDir, 'model.bin');
    if (!existsSync(cache)) writeFileSync(cache, 'model');
    const read = ctx.data.height === undefined ? null : readFileSync(ctx.data.height.files[0], 'utf8');
    return { n, height: read, scratch };
  },
  async finish(ctx, rows) {
    appendFileSync(ctx.options.journal, 'finish ' + ctx.options.look + '\\n');
    let [first, second] = [0, 0];
    for await (const row of rows) first += row.result?.n ?? 0;
    for await (const row of rows) second += row.result?.n ?? 0;
    const scratch = await ctx.scratch();
    writeFileSync(path.join(scratch, 'big.bin'), 'moved');
    await ctx.artifact({ name: 'big.bin', kind: 'raster', title: 'Big', file: path.join(scratch, 'big.bin') });
    const seen = { thread: threadId, pid: process.pid, first, second, look: ctx.options.look, counts: ctx.counts, cached: existsSync(path.join(ctx.cacheDir, 'model.bin')), height: ctx.data.height?.files ?? null, scratch };
    await ctx.artifact({ name: 'seen.json', kind: 'json', content: JSON.stringify(seen) });
    await ctx.report({ id: 'zebra', title: 'First', items: [] });
    await ctx.report({ id: 'apple', title: 'Second', items: [] });
    await ctx.report({ id: 'zebra', title: 'First again', items: [] });
    ctx.log.warn('the end was here');
    await ctx.progress(0.5);
    if (ctx.options.die === 'exit') process.exit(3);
    if (ctx.options.die === 'throw') throw new Error('broken at the end');
    if (ctx.options.die !== undefined && existsSync(ctx.options.die)) {
      appendFileSync(ctx.options.journal, 'waits\\n');
      await new Promise((never) => setTimeout(never, 600_000));
    }
  },
});
`;

/** Threads load the sources anew. */
const SLOW = { timeout: 120_000 };

describeOnEachBackend('what a task has beside its input', (backend) => {
  let project: TestProject;
  let toolkit: Toolkit;
  beforeAll(async () => {
    project = newProject(backend, { inline: KEEPER('inline'), thread: KEEPER('thread') });
    toolkit = await project.open();
  });
  afterAll(async () => {
    await killStartedJobs();
    await toolkit?.close();
  });

  const journalOf = (file: string) => readFileSync(file, 'utf8').trim().split('\n');
  const seenBy = async (batchId: string) => {
    const [artifact] = (await listArtifacts(toolkit.db, batchId, 'finish')).filter(
      ({ name }) => name === 'seen.json',
    );
    return JSON.parse(readFileSync(artifact!.path, 'utf8'));
  };
  const setUp = (name: string) => ({
    journal: project.write(`${name}/journal.txt`, ''),
    sheet: project.write(`${name}/sheet.csv`, 'n\n1\n2\n3\n'),
    height: project.write(`${name}/height.txt`, `height of ${name}`),
  });

  describe.each(['inline', 'thread'])('of isolation %s', (isolation) => {
    const task = `keeper-${isolation}`;
    let batchId: string;
    let journal: string;
    let sheet: string;
    let height: string;

    it('runs its end where its rows run, over all rows and more than once', SLOW, async () => {
      ({ journal, sheet, height } = setUp(isolation));
      batchId = await runToEnd(toolkit, request(task, sheet, { options: { journal, height } }));
      const batch = await toolkit.batch(batchId);
      expect(batch.finishError).toBeNull();
      const seen = await seenBy(batchId);
      expect(seen).toMatchObject({ first: 6, second: 6, counts: { completed: 3 }, cached: true });
      expect(seen.thread > 0).toBe(isolation === 'thread');
    });

    it('keeps local files and content of the end, and the sections of the report in their order', async () => {
      const kept = await listArtifacts(toolkit.db, batchId, 'finish');
      expect(kept.map(({ name, kind, title }) => [name, kind, title])).toEqual([
        ['big.bin', 'raster', 'Big'],
        ['report-0001-zebra.json', 'report-section', 'First again'],
        ['report-0002-apple.json', 'report-section', 'Second'],
        ['seen.json', 'json', null],
      ]);
      expect(readFileSync(kept[0]!.path, 'utf8')).toBe('moved');
      expect(kept[0]!.bytes).toBe(5);
    });

    it('keeps the files of its rows, of the attempt that counts', async () => {
      const kept = await listRowArtifacts(toolkit.db, batchId);
      expect(kept.map(({ row, name, path: at }) => [row, name, readFileSync(at, 'utf8')])).toEqual([
        [2, 'note.txt', 'row 1'],
        [3, 'note.txt', 'row 2'],
        [4, 'note.txt', 'row 3'],
      ]);
      expect(readdirSync(path.join(path.dirname(kept[1]!.path)))).toEqual(['note.txt']);
    });

    it('lists them among the outputs', async () => {
      const outputs = await toolkit.export(batchId, { outDir: path.join(backend.folder, isolation, 'out') });
      const names = outputs.map((output) => path.basename(output.path));
      expect(names).toContain('sheet.row-3.note.txt');
      expect(names).toContain('sheet.big.bin');
    });

    it('removes what was put into its scratch folders', async () => {
      const rows = await collect(toolkit.rows(batchId));
      const folders = [
        ...rows.map(({ result }) => result!.scratch as string),
        (await seenBy(batchId)).scratch,
      ];
      expect(new Set(folders).size).toBe(4);
      expect(folders.filter(existsSync)).toEqual([]);
    });

    it('reads the file that an option names, wherever the batch runs', async () => {
      const rows = await collect(toolkit.rows(batchId));
      expect(rows.map(({ result }) => result!.height)).toEqual(Array(3).fill(`height of ${isolation}`));
      const batch = await toolkit.batch(batchId);
      expect(batch.options.height).toBe(height);
      expect(batch.prepared).toEqual({ height: [height] });
      expect((await seenBy(batchId)).height).toEqual([height]);
    });

    it('keeps the file of a single job in a folder of the job, and its log says where', SLOW, async () => {
      const worker = await toolkit.startWorker({ concurrency: 1 });
      const { id } = await toolkit.enqueue({ task, input: { n: 7 }, options: { journal, height } });
      const end = await toolkit.jobs.wait(id, { deadlineMs: Date.now() + 60_000 });
      expect(end.result).toMatchObject({ height: `height of ${isolation}` });
      await worker.stop(5_000);
      const { rows } = await toolkit.db.query<{ message: string }>(
        'select message from sluice.job_log where job_id = $1',
        [id],
      );
      const at = path.join(backend.folder, '.jobs', 'artifacts', 'jobs', id, 'note.txt');
      expect(rows.map(({ message }) => message)).toContain(`kept note.txt: ${at}`);
      expect(readFileSync(at, 'utf8')).toBe('row 7');
    });
  });

  it('skips rows when only an option of the end differs, and runs the end with their results', async () => {
    const { journal, sheet, height } = setUp('options');
    const batchId = await runToEnd(
      toolkit,
      request('keeper-inline', sheet, { options: { journal, height } }),
    );
    const again = await runToEnd(
      toolkit,
      request('keeper-inline', sheet, { options: { journal, height, look: 'fancy' } }),
    );
    expect(again).not.toBe(batchId);
    expect((await toolkit.batch(again)).counts).toMatchObject({ total: 3, skipped: 3 });
    expect(await seenBy(again)).toMatchObject({ first: 6, look: 'fancy' });
    expect(journalOf(journal).filter((line) => line.startsWith('row'))).toHaveLength(4);
    expect(journalOf(journal).at(-1)).toBe('finish fancy');
    const kept = await listRowArtifacts(toolkit.db, again);
    expect(kept.map(({ row, name }) => [row, name])).toEqual([
      [2, 'note.txt'],
      [3, 'note.txt'],
      [4, 'note.txt'],
    ]);
  });

  it('skips rows when the same data come by another path, and runs them when the data changed', async () => {
    const { journal, sheet, height } = setUp('moved');
    await runToEnd(toolkit, request('keeper-inline', sheet, { options: { journal, height } }));
    const other = project.write('moved/elsewhere/height.txt', 'height of moved');
    const same = await runToEnd(
      toolkit,
      request('keeper-inline', sheet, { options: { journal, height: other } }),
    );
    expect((await toolkit.batch(same)).counts).toMatchObject({ skipped: 3 });
    project.write('moved/elsewhere/height.txt', 'another height');
    const changed = await runToEnd(
      toolkit,
      request('keeper-inline', sheet, { options: { journal, height: other } }),
    );
    expect((await toolkit.batch(changed)).counts).toMatchObject({ skipped: 0, completed: 3 });
    const rows = await collect(toolkit.rows(changed));
    expect(rows[0]!.result!.height).toBe('another height');
  });

  it('ends the batch with the error when its end throws', async () => {
    const { journal, sheet, height } = setUp('broken');
    const broken = await runToEnd(
      toolkit,
      request('keeper-inline', sheet, { options: { journal, height, die: 'throw' } }),
    );
    const batch = await toolkit.batch(broken);
    expect([batch.state, batch.finishError?.message]).toEqual(['finished', 'broken at the end']);
  });

  it('fails the end, not the worker, when the end breaks its thread', SLOW, async () => {
    const { journal, sheet } = setUp('breaks');
    const id = await runToEnd(
      toolkit,
      request('keeper-thread', sheet, { options: { journal, die: 'exit' } }),
    );
    const batch = await toolkit.batch(id);
    expect([batch.state, batch.finishError?.code]).toEqual(['finished', 'crashed']);
  });

  it('gives an end back when the worker stops, and another worker runs it to its end', SLOW, async () => {
    const { journal, sheet } = setUp('hands-back');
    const die = project.write('hands-back/wait', '');
    const worker = await toolkit.startWorker({ concurrency: 2 });
    const { batchId } = await toolkit.submit(request('keeper-thread', sheet, { options: { journal, die } }));
    await expect.poll(() => journalOf(journal), { timeout: 60_000 }).toContain('waits');
    const { handedBack } = await worker.stop(0);
    expect(handedBack).toHaveLength(1);
    expect((await toolkit.batch(batchId)).state).toBe('finishing');
    rmSync(die);
    const next = await toolkit.startWorker({ concurrency: 2 });
    expect(await toolkit.watch(batchId, { deadlineMs: Date.now() + 60_000 })).toBe('ended');
    await next.stop(5_000);
    expect((await toolkit.batch(batchId)).finishError).toBeNull();
    expect(journalOf(journal).filter((line) => line.startsWith('finish'))).toHaveLength(2);
  });

  it(
    'goes on after a kill in the middle of the end, and sweeps what the killed worker left',
    SLOW,
    async () => {
      const { journal, sheet } = setUp('killed');
      const die = project.write('killed/wait', '');
      const args = [
        'run',
        'keeper-thread',
        sheet,
        '--set',
        `journal=${journal}`,
        '--set',
        `die=${die}`,
        '--json',
      ];
      const env = { ...backend.env, JOBS_LEASE_MS: '2000' };
      // One process at a time opens the embedded database.
      await toolkit.close();
      const child = startJobs(args, { cwd: backend.folder, env });
      await expect.poll(() => journalOf(journal), { timeout: 60_000 }).toContain('waits');
      child.kill('SIGKILL');
      await new Promise((ended) => child.once('exit', ended));
      expect(readdirSync(path.join(backend.folder, '.jobs', 'scratch'))).toHaveLength(1);
      rmSync(die);
      const last = await runJobs(args, { cwd: backend.folder, env, timeoutMs: 90_000 });
      expect(last.exitCode, last.stderr).toBe(0);
      toolkit = await project.open();
      const { batch } = JSON.parse(last.stdout);
      expect((await toolkit.batch(batch)).finishError).toBeNull();
      expect(await seenBy(batch)).toMatchObject({ first: 6 });
      expect(journalOf(journal).filter((line) => line.startsWith('row'))).toHaveLength(4);
      expect(readdirSync(path.join(backend.folder, '.jobs', 'scratch'))).toEqual([]);
    },
  );
});
