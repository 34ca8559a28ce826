/** What the commands that ask something of workers share: whom they name, how long they wait, what they print. */
import { Args } from '@oclif/core';
import type { WorkerWish } from '../operate/worker-control.js';
import type { Toolkit } from '../toolkit.js';
import { durationFlag } from './duration-flag.js';
import { exitCodeOfWishes, toWish, type WishResult } from './workers-view.js';

const ANSWER_MS = 5_000;

export const workerArg = {
  worker: Args.string({
    ignoreStdin: true,
    description: "A worker's id or its beginning, host:pid, or all",
    required: true,
  }),
};

export const answerFlag = {
  timeout: durationFlag({
    description: 'How long to wait for answers [default: 5s]',
    default: async () => ANSWER_MS,
    env: 'JOBS_TIMEOUT',
  }),
};

export async function askWorkers(
  toolkit: Toolkit,
  words: readonly string[],
  { wish, timeoutMs }: { wish: WorkerWish; timeoutMs: number },
): Promise<{ results: WishResult[]; exitCode: number }> {
  const control = toolkit.workerControl;
  const replies = await control.ask(await control.find(words), wish, { deadlineMs: Date.now() + timeoutMs });
  const results = replies.map(toWish);
  return { results, exitCode: exitCodeOfWishes(results) };
}
