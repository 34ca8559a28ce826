/** What is removed when it has been kept long enough, and what is not. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recordEvent } from '../../src/ledger/events.js';
import { removeOld } from '../../src/operate/retention.js';
import { ArtifactFolder } from '../../src/storage/artifact-folder.js';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { collect, newProject, request, runToEnd, type TestProject } from '../helpers/project.js';

const LISTER = `
import { defineTask, FinalError } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'lister', version: 1, title: 'Lists', attempts: 1,
  input: z.object({ n: z.coerce.number() }),
  results: ['n'],
  async run(ctx, { n }) {
    ctx.log.info('one line');
    await ctx.once('effect', () => n);
    if (n === 13) throw new FinalError('thirteen');
    return { n };
  },
  async finish(ctx) { await ctx.artifact({ name: 'list.csv', kind: 'csv', content: 'n' }); },
});
`;

const DAY_MS = 86_400_000;

describeOnEachBackend('what is old', (backend) => {
  let project: TestProject;
  let toolkit: Toolkit;
  beforeAll(async () => {
    project = newProject(backend, { lister: LISTER });
    toolkit = await project.open();
  });
  afterAll(() => toolkit?.close());

  const look = (nowMs: number): Promise<void> => {
    const storage = new ArtifactFolder(toolkit.config.storageDir);
    return removeOld({ db: toolkit.db, storage }, { resultsMs: 30 * DAY_MS }, nowMs);
  };
  const count = async (sql: string, params: unknown[] = []): Promise<number> =>
    (await toolkit.db.query<{ n: number }>(`select count(*)::int as n from sluice.${sql}`, params)).rows[0]!
      .n;

  it('goes with all that belonged to it; the line of the batch stays', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => i + 20).join('\n');
    const batch = await runToEnd(toolkit, request('lister', project.write('forty.csv', `n\n${rows}\n`)));
    const { rows: files } = await toolkit.db.query<{ path: string }>(
      'select path from sluice.artifact where batch_id = $1',
      [batch],
    );
    const { path } = files[0]!;
    await look(Date.now() + 29 * DAY_MS);
    expect(await count('row where batch_id = $1', [batch])).toBe(40);
    expect(existsSync(path)).toBe(true);

    await look(Date.now() + 31 * DAY_MS);
    for (const table of ['row', 'artifact'])
      expect(await count(`${table} where batch_id = $1`, [batch])).toBe(0);
    for (const table of ['attempt', 'effect', 'job_log']) expect(await count(table)).toBe(0);
    expect(existsSync(path)).toBe(false);
    expect((await toolkit.batch(batch)).counts).toMatchObject({ total: 40, completed: 40 });
    await expect(collect(toolkit.rows(batch))).rejects.toMatchObject({ code: 'ROWS_REMOVED' });
    await expect(toolkit.export(batch, { outDir: backend.folder })).rejects.toMatchObject({
      code: 'ROWS_REMOVED',
    });

    const again = await runToEnd(toolkit, request('lister', `${backend.folder}/forty.csv`));
    expect((await toolkit.batch(again)).counts).toMatchObject({ completed: 40, skipped: 0 });
  });

  it('stays while a dead letter of the batch is open, or the batch goes on', async () => {
    const failed = await runToEnd(toolkit, request('lister', project.write('odd.csv', 'n\n13\n14\n')));
    const { batchId: waiting } = await toolkit.submit(
      request('lister', project.write('waits.csv', 'n\n1\n')),
    );
    await look(Date.now() + 400 * DAY_MS);
    expect(await count('row where batch_id = $1', [failed])).toBe(2);
    expect(await count('row where batch_id = $1', [waiting])).toBe(1);

    await toolkit.db.query('delete from sluice.dead_letter where batch_id = $1', [failed]);
    await look(Date.now() + 400 * DAY_MS);
    expect(await count('row where batch_id = $1', [failed])).toBe(0);
  });

  it('goes of single jobs too: what they did once, letters that were tried again, files', async () => {
    const worker = await toolkit.startWorker({ concurrency: 1 });
    const { id } = await toolkit.enqueue({ task: 'lister', input: { n: 13 } });
    await toolkit.jobs.wait(id, { deadlineMs: Date.now() + 60_000 });
    await worker.stop(5_000);
    const kept = () =>
      Promise.all([
        count('effect where scope = $1', [`job:${id}`]),
        count('dead_letter where id = $1', [id]),
      ]);
    await look(Date.now() + 31 * DAY_MS);
    expect(await kept()).toEqual([1, 1]);
    await toolkit.db.query(
      "update sluice.dead_letter set state = 'replayed', replayed_at = now() where id = $1",
      [id],
    );
    await look(Date.now() + 29 * DAY_MS);
    expect(await kept()).toEqual([1, 1]);
    await look(Date.now() + 31 * DAY_MS);
    expect(await kept()).toEqual([0, 0]);
  });

  it('is taken up where a look before was cut off', async () => {
    const batch = await runToEnd(toolkit, request('lister', project.write('cut.csv', 'n\n61\n62\n')));
    await toolkit.db.query("update sluice.batch set removal = 'begun' where id = $1", [batch]);
    await toolkit.db.query('delete from sluice.row where batch_id = $1 and number = 2', [batch]);
    await look(Date.now());
    expect(await count("batch where id = $1 and removal = 'done'", [batch])).toBe(1);
    expect(await count('row where batch_id = $1', [batch])).toBe(0);
    expect(await count('artifact where batch_id = $1', [batch])).toBe(0);
  });

  it('goes in bounded steps when there is much of it', async () => {
    await toolkit.db.query('delete from sluice.job_log');
    await toolkit.db.query(
      `insert into sluice.job_log (job_id, at, level, message)
       select 'j_old', now() - interval '40 days', 'info', 'x' from generate_series(1, 101000)`,
    );
    await look(Date.now());
    expect(await count('job_log')).toBe(1_000);
    await look(Date.now());
    expect(await count('job_log')).toBe(0);
  }, 60_000);

  it('is, of events, what happened more than seven days ago', async () => {
    await recordEvent(toolkit.db, { type: 'replayed', job: 'old' });
    await toolkit.db.query("update sluice.event set at = now() - interval '8 days'");
    await recordEvent(toolkit.db, { type: 'replayed', job: 'new' });
    await look(Date.now());
    const { rows } = await toolkit.db.query('select job from sluice.event');
    expect(rows).toEqual([{ job: 'new' }]);
  });
});
