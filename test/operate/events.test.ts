/** The stream of events: what it tells, in which order, from where, and what it says when something is gone. */
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventReader } from '../../src/ledger/event-reader.js';
import { recordEvent } from '../../src/ledger/events.js';
import { EVENT_TYPES, type EventLine } from '../../src/operate/event-lines.js';
import type { EventFilter } from '../../src/operate/events.js';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnBackend, describeOnEachBackend, type TestBackend } from '../helpers/backends.js';
import { collect, newProject, request, runToEnd, type TestProject } from '../helpers/project.js';

const MOODY = `
import { defineTask, FinalError } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'moody', version: 1, title: 'Fails in several ways', queue: 'moods', attempts: 3, backoff: { type: 'fixed', delayMs: 5 },
  input: z.object({ n: z.coerce.number() }),
  results: ['n'],
  async run(ctx, { n }) {
    if (n === 2 && ctx.attempt === 1) throw new Error('not yet, ask redis://me:hunter2@host');
    if (n === 3) throw new FinalError('three');
    if (n === 4) await ctx.progress(0.5);
    return { n };
  },
});
`;
const QUIET = MOODY.replace("'moody'", "'quiet'").replace("'moods'", "'calm'");

const KEYS = [
  'at',
  'cursor',
  'type',
  'queue',
  'task',
  'job',
  'batch',
  'row',
  'attempt',
  'worker',
  'durationMs',
  'message',
];

describeOnEachBackend('the events of a batch', (backend) => {
  let project: TestProject;
  let toolkit: Toolkit;
  let batch: string;
  let all: EventLine[];
  const read = (filter: EventFilter = {}): Promise<EventLine[]> =>
    collect(toolkit.events({ sinceMs: 0, ...filter }));

  beforeAll(async () => {
    project = newProject(backend, { moody: MOODY, quiet: QUIET });
    toolkit = await project.open();
    batch = await runToEnd(toolkit, request('moody', project.write('four.csv', 'n\n1\n2\n3\n4\n')));
    all = await read();
  });
  afterAll(() => toolkit?.close());

  const typesOf = (row: number, lines = all) =>
    lines.filter((line) => line.row === row).map(({ type }) => type);

  it('tell the life of each row in order', () => {
    expect(typesOf(2)).toEqual(['added', 'waiting', 'active', 'completed']);
    expect(typesOf(3).filter((type) => type !== 'waiting')).toEqual([
      'added',
      'active',
      'retrying',
      'active',
      'completed',
    ]);
    expect(typesOf(4)).toEqual(['added', 'waiting', 'active', 'failed']);
    expect(typesOf(5)).toEqual(['added', 'waiting', 'active', 'progress', 'completed']);
  });

  it('tell the turns of the batch and of the worker, among those of the rows by time', () => {
    const around = all.filter(({ job }) => job === null);
    expect(around.map(({ type }) => type)).toEqual([
      'worker-up',
      'batch-started',
      'batch-finished',
      'worker-down',
    ]);
    expect(around[1]).toMatchObject({ batch, queue: 'moods', task: 'moody', message: '4 rows of four.csv' });
    expect(around[2]).toMatchObject({
      batch,
      message: '3 completed, 1 failed',
      durationMs: expect.any(Number),
    });
    const times = all.map(({ at }) => Date.parse(at));
    const late = times.filter((at, index) => index > 0 && at < times[index - 1]! - 100);
    expect(late).toEqual([]);
  });

  it('have these keys in this order, the first with a type that is known', () => {
    for (const line of all) {
      expect(Object.keys(line)).toEqual(KEYS);
      expect(EVENT_TYPES).toContain(line.type);
      expect(line.at).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    }
  });

  it('name task, batch, row, and of an attempt that ended its number, worker and duration', () => {
    const worker = all.find(({ type }) => type === 'worker-up')!.worker;
    const known = { queue: 'moods', task: 'moody', batch, row: 3, job: `${batch}-3`, worker };
    const ended = all.filter(({ row, attempt }) => row === 3 && attempt !== null);
    expect(ended).toMatchObject([
      { ...known, type: 'retrying', attempt: 1, durationMs: expect.any(Number) },
      { ...known, type: 'completed', attempt: 2, durationMs: expect.any(Number), message: null },
    ]);
    expect(ended[0]!.message).toMatch(/^not yet, ask redis:\/\/me:\*\*\*@host; tried again at 2/);
    expect(all.find(({ type }) => type === 'failed')).toMatchObject({
      row: 4,
      attempt: 1,
      message: 'three',
      worker,
    });
    expect(all.find(({ type }) => type === 'progress')).toMatchObject({ row: 5, message: '0.5' });
  });

  it('go on exactly behind any cursor', async () => {
    for (const [index, { cursor }] of all.entries()) {
      if (index % 3 !== 0 && index < all.length - 2) continue;
      expect(await read({ from: cursor })).toEqual(all.slice(index + 1));
    }
  });

  it('pass filters by queue, task, batch and type', async () => {
    const other = await runToEnd(toolkit, request('quiet', project.write('one.csv', 'n\n1\n')));
    const ofQueue = await read({ queues: ['calm'] });
    expect(new Set(ofQueue.map(({ queue }) => queue))).toEqual(new Set(['calm']));
    const ofBatch = await read({ batch: other });
    expect(ofBatch.map(({ type }) => type)).toContain('batch-finished');
    expect(new Set(ofBatch.map((line) => line.batch))).toEqual(new Set([other]));
    expect(new Set((await read({ task: 'quiet' })).map(({ task }) => task))).toEqual(new Set(['quiet']));
    const chosen = await read({ types: ['retrying', 'batch-started'], batch });
    expect(chosen.map(({ type }) => type)).toEqual(['batch-started', 'retrying']);
    // A cursor of a filtered stream leaves out nothing of a wider one.
    const behind = await read({ from: chosen[0]!.cursor });
    expect(behind.filter((line) => line.batch === batch && line.type === 'completed')).toHaveLength(4);
    await expect(read({ queues: ['mods'] })).rejects.toMatchObject({
      code: 'QUEUE_NOT_FOUND',
      hint: /moods/,
    });
    await expect(read({ batch: 'b_nothing' })).rejects.toMatchObject({ code: 'BATCH_NOT_FOUND' });
    await expect(read({ from: 'nonsense' })).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
  });

  it('tell of a job of no batch, by what the queue knows of it', async () => {
    const worker = await toolkit.startWorker({ queues: [{ name: 'calm' }] });
    const { id } = await toolkit.enqueue({ task: 'quiet', input: { n: 1 } });
    const lines: EventLine[] = [];
    const follow = { signal: AbortSignal.timeout(20_000), until: 'drained' } as const;
    for await (const line of toolkit.events({ sinceMs: 0, follow })) if (line.job === id) lines.push(line);
    await worker.stop(1_000);
    expect(lines.map(({ type }) => type)).toEqual(['added', 'waiting', 'active', 'completed']);
    expect(lines.at(-1)).toMatchObject({
      task: 'quiet',
      batch: null,
      row: null,
      attempt: 1,
      worker: worker.id,
    });
    expect(lines.at(-1)!.durationMs).toBeGreaterThanOrEqual(0);
  });

  it('are followed while they happen until nothing waits or runs, none twice and none left out', async () => {
    const worker = await toolkit.startWorker({ concurrency: 4 });
    const rows = Array.from({ length: 300 }, (_, i) => i + 10).join('\n');
    const file = project.write('many.csv', `n\n${rows}\n`);
    const { batchId } = await toolkit.submit(request('moody', file));
    const followed = await collect(
      toolkit.events({
        sinceMs: 0,
        batch: batchId,
        follow: { until: 'drained', signal: AbortSignal.timeout(40_000) },
      }),
    );
    await worker.stop(5_000);
    expect(
      followed.filter(({ type }) => type === 'completed' && true).filter(({ row }) => row !== null),
    ).toHaveLength(300);
    expect(followed.at(-1)!.type === 'gap').toBe(false);
    const afterwards = await read({ batch: batchId });
    const key = ({ type, job, at }: EventLine) => `${type} ${job} ${at}`;
    expect(followed.map(key).sort()).toEqual(afterwards.slice(0, followed.length).map(key).sort());
    expect(new Set(followed.map(({ cursor }) => cursor)).size).toBe(followed.length);
  }, 60_000);

  it('say that some are gone, once, when the queue has removed them unread', async () => {
    const before = await read();
    const { cursor } = before.findLast(({ queue, job }) => queue === 'moods' && job !== null)!;
    await runToEnd(toolkit, request('moody', project.write('again.csv', 'n\n7\n8\n')));
    const kept = (await read({ from: cursor, queues: ['moods'] })).filter(({ job }) => job !== null);
    const first = kept.at(-4)!;
    await removeBefore(backend, toolkit, 'moods', first);
    const behind = await read({ from: cursor, queues: ['moods'] });
    expect(behind[0]).toMatchObject({
      type: 'gap',
      queue: 'moods',
      job: null,
      message: /of queue moods .* gone/,
    });
    expect(behind.filter(({ type }) => type === 'gap')).toHaveLength(1);
    expect(behind.filter(({ job }) => job !== null).map(({ job, type }) => `${type} ${job}`)).toEqual(
      kept.slice(-4).map(({ job, type }) => `${type} ${job}`),
    );
    const resumed = await read({ from: behind[0]!.cursor, queues: ['moods'] });
    expect(resumed).toEqual(behind.slice(1));
  });

  it('say so of events around jobs too', async () => {
    const before = await read({ types: ['worker-down'] });
    for (const job of ['x', 'y', 'z']) await recordEvent(toolkit.db, { type: 'replayed', job });
    await toolkit.db.query("delete from sluice.event where job is distinct from 'z'");
    const behind = await read({ from: before.at(-1)!.cursor });
    expect(behind.map(({ type, job }) => [type, job])).toEqual([
      ['gap', null],
      ['replayed', 'z'],
    ]);
    expect((await read({ from: behind[0]!.cursor })).map(({ job }) => job)).toEqual(['z']);
  });
});

describeOnBackend('postgres', 'events that are committed out of order', (backend) => {
  let toolkit: Toolkit;
  let late: pg.Client;
  beforeAll(async () => {
    toolkit = await newProject(backend, { moody: MOODY }).open();
    late = new pg.Client({ connectionString: backend.databaseUrl });
    await late.connect();
  });
  afterAll(async () => {
    await late?.end();
    await toolkit?.close();
  });

  it('are each told once, in the order of their ids, those of the ledger', async () => {
    const read = eventReader(toolkit.db);
    await late.query("begin; insert into sluice.event (type, job) values ('replayed', 'late')");
    await recordEvent(toolkit.db, { type: 'replayed', job: 'early' });
    expect(await read(0)).toMatchObject({ events: [], isPending: true });
    await late.query('commit');
    const { events, isPending } = await read(0);
    expect(events.map(({ job }) => job)).toEqual(['late', 'early']);
    expect(isPending).toBe(false);
  });

  it('are each told once, in the order of their ids, those of queues', async () => {
    const read = toolkit.queues.eventStream.reader();
    const publish = (queue: string, job: string): string =>
      `set search_path to bullmq; select publish_event('${queue}', 'added', '{"jobId": "${job}"}')`;
    await late.query(`begin; ${publish('a', 'late')}`);
    await toolkit.db.query(`${publish('b', 'early')}; reset search_path`);
    const start = { startMs: 0, through: 0, last: {} };
    expect(await read(start, [])).toMatchObject({ lists: [{ events: [] }], isPending: true });
    await late.query('commit');
    const { lists } = await read(start, []);
    expect(lists[0]!.events.map(({ job }) => job)).toEqual(['late', 'early']);
  });

  it('are not waited for long when they are rolled back, and what is behind them is told', async () => {
    const batch = 'b_0000000000000000';
    const publish = (job: string): string =>
      `set local search_path to bullmq; select publish_event('moods', 'added', '{"jobId": "${job}", "name": "moody"}')`;
    for (let n = 1; n <= 6; n++) {
      await late.query(`begin; ${publish(`${batch}-${n}`)}; ${n % 2 === 0 ? 'rollback' : 'commit'}`);
    }
    const lines = await collect(toolkit.events({ sinceMs: 0, queues: ['moods'] }));
    expect(lines.map(({ type, row }) => [type, row])).toEqual([1, 3, 5].map((row) => ['added', row]));
  });

  it('are not waited for long when they are rolled back, and are no gap', async () => {
    const rolledBack = toolkit.db.transaction(async (tx) => {
      await recordEvent(tx, { type: 'replayed', job: 'never' });
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    await recordEvent(toolkit.db, { type: 'replayed', job: 'behind' });
    const lines = await collect(toolkit.events({ sinceMs: 0 }));
    expect(lines.at(-1)).toMatchObject({ job: 'behind' });
    expect(lines.map(({ type }) => type)).not.toContain('gap');
  });
});

/** What the queue does by itself when it has too many: the oldest go. */
async function removeBefore(
  backend: TestBackend,
  toolkit: Toolkit,
  queue: string,
  first: EventLine,
): Promise<void> {
  const position = JSON.parse(Buffer.from(first.cursor, 'base64url').toString()) as unknown[];
  const id = (position[5] as Record<string, string>)[queue]!;
  if (backend.redisUrl === undefined) {
    await toolkit.db.query('delete from bullmq.event where queue = $1 and id < $2::bigint', [queue, id]);
    return;
  }
  const client = new Redis(backend.redisUrl);
  try {
    const [key] = await client.keys(`*:${queue}:events`);
    await client.xtrim(key!, 'MINID', id);
  } finally {
    client.disconnect();
  }
}
