/** A worker in the foreground: says what it serves, stops on signals or when there is nothing left. */
import { plural } from '../core/text.js';
import type { Toolkit } from '../toolkit.js';
import { EXIT } from './exit-code.js';
import { listenForStop } from './stop-signal.js';
import { printable } from './table.js';

export interface WorkerViewOptions {
  queues: { name: string; concurrency?: number | undefined }[];
  exclude: string[];
  concurrency?: number | undefined;
  drain: boolean;
  graceMs: number;
  json: boolean;
  quiet: boolean;
  'log-level': string;
}

const DRAIN_CHECK_MS = 500;

/** Returns the exit code: 5 when jobs had to be given back. */
export async function workerView(toolkit: Toolkit, options: WorkerViewOptions): Promise<number> {
  const say = (message: string): void => {
    if (!options.quiet) process.stderr.write(`${message}\n`);
  };
  const stop = listenForStop(() => say('Stopping: what runs is finished first. Ctrl-C again ends now.'));
  const worker = await toolkit.startWorker({
    queues: options.queues,
    exclude: options.exclude,
    concurrency: options.concurrency,
    onLog: ({ level, message, task, job }) => {
      if (level === 'warn' || options['log-level'] === 'info' || options['log-level'] === 'debug') {
        say(printable([task, job, message].filter((part) => part !== '').join(' ')));
      }
    },
  });
  const serving = worker.queues
    .map(({ queue, concurrency }) => `${queue} (${concurrency} at once)`)
    .join(', ');
  say(`Worker ${worker.id} serves ${serving} on ${toolkit.queues.label}`);
  await noteUnknownQueues(toolkit, options.queues, say);
  try {
    const ends = [untilStopped(stop.signal)];
    if (options.drain) ends.push(untilDrained(toolkit, worker.queues, stop.signal));
    await Promise.race(ends);
    const { handedBack } = await worker.stop(options.graceMs);
    if (options.json) process.stdout.write(`${JSON.stringify({ worker: worker.id, handedBack }, null, 2)}\n`);
    if (handedBack.length === 0) return EXIT.done;
    say(
      `${plural(handedBack.length, 'job')} given back, to be run by another worker:\n${handedBack.join('\n')}`,
    );
    return EXIT.someFailed;
  } finally {
    stop.release();
  }
}

/** A queue may be filled by name (`enqueue --queue`), so a name that no task has is only worth a note. */
async function noteUnknownQueues(
  toolkit: Toolkit,
  asked: WorkerViewOptions['queues'],
  say: (message: string) => void,
): Promise<void> {
  if (asked.length === 0) return;
  const known = await toolkit.queueNames();
  for (const { name } of asked) {
    if (!known.includes(name))
      say(`Note: no task of this project uses queue ${name}; they use ${known.join(', ')}`);
  }
}

/** Also when the stop was asked for before: while the worker was starting, or its process was frozen. */
function untilStopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => {
    const keepAlive = setInterval(() => {}, 1 << 30);
    signal.addEventListener(
      'abort',
      () => {
        clearInterval(keepAlive);
        done();
      },
      { once: true },
    );
  });
}

async function untilDrained(
  toolkit: Toolkit,
  queues: readonly { queue: string }[],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const counts = await Promise.all(queues.map(({ queue }) => toolkit.queues.counts(queue)));
    const left = counts.reduce(
      (sum, one) => sum + one.waiting + one.active + one.delayed + one.prioritized,
      0,
    );
    if (left === 0 && !(await toolkit.awaitsFinish(queues.map(({ queue }) => queue)))) return;
    await new Promise((check) => setTimeout(check, DRAIN_CHECK_MS));
  }
}
