/** Threads and processes: replaced when they are worn, ended when they grow, and nothing of one attempt reaches the next. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnBackend } from '../helpers/backends.js';
import { newestLetters, newProject } from '../helpers/project.js';

const task = (name: string, isolation: string) => `
import { threadId } from 'node:worker_threads';
import { defineTask } from 'sluice';
import { z } from 'zod';
let runs = 0;
const kept = [];
export default defineTask({
  name: '${name}', version: 1, title: 'Says where it runs', attempts: 1, isolation: '${isolation}',
  input: z.object({ eats: z.number().default(0) }),
  async run(ctx, { eats }) {
    runs++;
    for (let mb = 0; mb < eats; mb += 10) { kept.push(Buffer.alloc(10_000_000, 1)); await new Promise((next) => setTimeout(next, 10)); }
    return { place: process.pid + '/' + threadId, pid: process.pid, runs };
  },
});
`;
const TASKS = {
  thread: task('in-thread', 'thread'),
  process: task('in-process', 'process'),
  inline: task('in-line', 'inline'),
};
const MB = 1_000_000;

/** Each isolate loads the sources anew: seconds, on a busy machine. */
const SLOW = { timeout: 120_000 };

describeOnBackend('pglite', 'a worker that replaces what runs its jobs', (backend) => {
  let toolkit: Toolkit;
  beforeAll(async () => {
    toolkit = await newProject(backend, TASKS).open();
  });
  afterAll(() => toolkit?.close());

  const runs = async (name: string, inputs: { eats?: number }[]) => {
    const ends = [];
    for (const input of inputs) {
      const { id } = await toolkit.enqueue({ task: name, input });
      ends.push(await toolkit.jobs.wait(id, { deadlineMs: Date.now() + 60_000 }));
    }
    return ends as { state: string; result: { place: string; pid: number; runs: number } | null }[];
  };

  it.each(['in-thread', 'in-process', 'in-line'])('does so after so many jobs, %s', SLOW, async (name) => {
    const worker = await toolkit.startWorker({ concurrency: 1, recycleAfter: 2 });
    try {
      const ends = await runs(name, [{}, {}, {}, {}, {}]);
      expect(ends.map(({ result }) => result!.runs)).toEqual([1, 2, 1, 2, 1]);
      expect(new Set(ends.map(({ result }) => result!.place)).size).toBe(3);
      if (name !== 'in-thread') expect(ends.map(({ result }) => result!.pid)).not.toContain(process.pid);
    } finally {
      await worker.stop(0);
    }
  });

  it('does so when a thread holds too much after a job', SLOW, async () => {
    const worker = await toolkit.startWorker({ concurrency: 1, maxBytes: 150 * MB });
    try {
      const ends = await runs('in-thread', [{}, { eats: 300 }, {}, {}]);
      expect(ends.map(({ state, result }) => [state, result?.runs])).toEqual([
        ['completed', 1],
        ['completed', 2],
        ['completed', 1],
        ['completed', 2],
      ]);
    } finally {
      await worker.stop(0);
    }
  });

  it('ends a process that grows beyond its bound, and no other', SLOW, async () => {
    const worker = await toolkit.startWorker({ concurrency: 2, maxBytes: 400 * MB });
    try {
      const [bomb, fine] = await Promise.all([
        runs('in-process', [{ eats: 4_000 }]),
        runs('in-process', [{}, {}]),
      ]);
      expect(bomb[0]!.state).toBe('failed');
      expect(fine.map(({ state }) => state)).toEqual(['completed', 'completed']);
      const [letter] = await newestLetters(toolkit);
      expect(letter).toMatchObject({ code: 'out-of-memory' });
      expect(letter!.message).toMatch(
        /^its process ended while it ran: it held \d+ MB, and 400 MB are allowed$/,
      );
    } finally {
      await worker.stop(0);
    }
  });
});
