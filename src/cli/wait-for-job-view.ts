/** Waits for a job and says how it ended; shared by `job wait` and `enqueue --wait`. */
import type { Toolkit } from '../toolkit.js';
import { EXIT } from './exit-code.js';
import { printable } from './printable.js';
import { listenForStop } from './stop-signal.js';

/** Returns the exit code. @throws {NotFoundError} */
export async function waitForJobView(
  toolkit: Toolkit,
  job: { id: string; queue?: string },
  flags: { timeout?: number | undefined; json: boolean },
): Promise<number> {
  const deadlineMs = flags.timeout === undefined ? undefined : Date.now() + flags.timeout;
  const stop = listenForStop(() => {});
  const end = await toolkit.jobs
    .wait(job.id, { queue: job.queue, signal: stop.signal, deadlineMs })
    .finally(() => stop.release());
  const { state, result, reason } = end;
  const facts = { job: job.id, task: end.task, queue: end.queue, state, result, reason };
  const text = [
    printable(`${job.id} ${state}${reason === null ? '' : `: ${reason}`}`),
    ...(result === null ? [] : [JSON.stringify(result, null, 2)]),
  ];
  process.stdout.write(`${flags.json ? JSON.stringify(facts, null, 2) : text.join('\n')}\n`);
  if (state === 'completed') return EXIT.done;
  if (state === 'failed' || state === 'cancelled') return EXIT.someFailed;
  process.stderr.write(`The job goes on. To wait again: jobs job wait ${printable(job.id)}\n`);
  return stop.signal.aborted ? EXIT.interrupted : EXIT.timeout;
}
