/** What follows a failure: the task's table of errors, servers that say when to come back, deadlines, breakers, crashes. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listJobAttempts } from '../../src/ledger/job-attempts.js';
import type { Toolkit } from '../../src/toolkit.js';
import type { Worker } from '../../src/worker/worker.js';
import { until } from '../faults/journal.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { newProject } from '../helpers/project.js';

const ASKS = `
import { defineTask } from 'sluice';
import { z } from 'zod';
class NoSuchPlot extends Error { code = 'NO_PLOT'; name = 'NoSuchPlot'; }
export default defineTask({
  name: 'asks', version: 1, title: 'Asks a server', queue: 'asks', attempts: 2, backoff: { type: 'fixed', delayMs: 50 },
  errors: { NO_PLOT: 'final', RangeError: 'final', MAINTENANCE: 'pause-queue', LATER: 'retry-after' },
  input: z.object({ url: z.string() }),
  async run(ctx, { url }) {
    if (url === 'no-plot') throw new NoSuchPlot('there is no plot 7');
    if (url === 'range') throw new RangeError('out of range');
    if (url === 'plain') throw new Error('plain');
    if (url === 'later' && !(await ctx.once('later', () => Date.now())).valueOf()) return {};
    const answer = await fetch(url);
    if (!answer.ok) throw Object.assign(new Error('answered ' + answer.status), { response: answer, code: answer.status === 418 ? 'MAINTENANCE' : 'HTTP' });
    return { text: await answer.text(), attempt: ctx.attempt };
  },
});
`;

const BREAKS = `
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'breaks', version: 1, title: 'Fails alike', queue: 'breaks', attempts: 1,
  breaker: { failures: 3, withinMs: 60000 },
  input: z.object({ n: z.number() }),
  run: (_ctx, { n }) => { throw new Error('station ' + n + ' does not answer'); },
});
`;

const IMPATIENT = `
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'impatient', version: 1, title: 'Is retried for a second', attempts: 100, retryForMs: 1000,
  backoff: { type: 'fixed', delayMs: 300 },
  input: z.object({ waits: z.boolean() }),
  run: (ctx, { waits }) => { if (waits) ctx.snooze(200); throw new Error('not yet'); },
});
`;

describeOnEachBackend('a failure', (backend) => {
  let toolkit: Toolkit;
  let worker: Worker;
  let server: Server;
  let base: string;
  const asked: { at: number; path: string }[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = request.url!;
      asked.push({ at: Date.now(), path });
      const first = asked.filter((one) => one.path === path).length === 1;
      if (path.startsWith('/busy') && first) response.writeHead(429, { 'retry-after': '1' }).end();
      else if (path.startsWith('/down') && first) {
        response.writeHead(503, { 'retry-after': new Date(Date.now() + 2_000).toUTCString() }).end();
      } else if (path.startsWith('/maintenance') && first) response.writeHead(418).end();
      else response.end('fine');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    toolkit = await newProject(backend, { asks: ASKS, breaks: BREAKS, impatient: IMPATIENT }).open();
    worker = await toolkit.startWorker({ concurrency: 2 });
  });
  afterAll(async () => {
    await worker?.stop(0);
    await toolkit?.close();
    server?.close();
  });

  const run = async (task: string, input: Record<string, unknown>) => {
    const { id } = await toolkit.enqueue({ task, input });
    const end = await toolkit.jobs.wait(id, { deadlineMs: Date.now() + 30_000 });
    return { id, end, attempts: await listJobAttempts(toolkit.db, id) };
  };

  it.each([
    ['no-plot', 1, 'NO_PLOT'],
    ['range', 1, 'RangeError'],
    ['plain', 2, 'Error'],
  ])('%s is tried %i times by the task’s table', async (url, times, code) => {
    const { end, attempts } = await run('asks', { url });
    expect(end.state).toBe('failed');
    expect(attempts.map(({ outcome, error }) => [outcome, error?.code])).toEqual(
      Array.from({ length: times }, () => ['failed', code]),
    );
  });

  it.each([
    '/busy',
    '/down',
  ])('%s: comes back when the server says, without using up an attempt', async (path) => {
    const { end, attempts } = await run('asks', { url: base + path });
    expect(end).toMatchObject({ state: 'completed', result: { text: 'fine', attempt: 1 } });
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['deferred', 'completed']);
    const [first, second] = asked.filter((one) => one.path === path);
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(990);
  });

  it('pauses the queue when the table says so, and goes on when it is resumed', async () => {
    const { id } = await toolkit.enqueue({ task: 'asks', input: { url: `${base}/maintenance` } });
    await until('the queue is paused', async () => (await toolkit.queueControl.show('asks')).paused);
    expect((await toolkit.queueControl.show('asks')).pause).toMatchObject({
      by: 'task asks',
      reason: 'task asks asked for it: answered 418',
    });
    await toolkit.queueControl.resume('asks');
    expect(await toolkit.jobs.wait(id, { deadlineMs: Date.now() + 30_000 })).toMatchObject({
      state: 'completed',
    });
  });

  it('stops retrying, and waiting, when the task’s time is over', async () => {
    const tried = await run('impatient', { waits: false });
    expect(tried.end.state).toBe('failed');
    expect(tried.attempts.length).toBeGreaterThan(1);
    expect(tried.attempts.length).toBeLessThan(5);
    const waited = await run('impatient', { waits: true });
    expect(waited.attempts.at(-1)?.error).toMatchObject({ code: 'waited-too-long' });
  });

  it('pauses a queue on which the same thing goes wrong, and keeps what waits', async () => {
    for (let n = 0; n < 20; n++) await toolkit.enqueue({ task: 'breaks', input: { n } });
    await until('the queue is paused', async () => (await toolkit.queueControl.show('breaks')).paused);
    const { pause } = await toolkit.queueControl.show('breaks');
    expect(pause).toMatchObject({
      by: 'the breaker of task breaks',
      reason: expect.stringMatching(
        /^the same error 3 times within 1 min 00 s: station \d+ does not answer$/,
      ),
    });
    await until(
      'what was fetched has ended',
      async () => (await toolkit.queues.counts('breaks')).active === 0,
    );
    const { waiting, prioritized, failed } = await toolkit.queues.counts('breaks');
    expect(waiting + prioritized + failed).toBe(20);
    // Those that were running beside the third may still fail.
    expect(failed).toBeLessThanOrEqual(3 + 4);
    const { rows } = await toolkit.db.query(
      "select queue from sluice.event where type = 'queue-paused' and queue = 'breaks'",
    );
    expect(rows).toHaveLength(1);
  });
});
