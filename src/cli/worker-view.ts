/** A worker in the foreground: says what it serves, stops on signals, letters, or when there is nothing left. */
import { formatDuration } from '../core/duration.js';
import { plural } from '../core/text.js';
import type { Toolkit } from '../toolkit.js';
import type { StopReason, Worker } from '../worker/worker.js';
import type { Address } from './address-flag.js';
import { EXIT } from './exit-code.js';
import { printable } from './printable.js';
import { queueDeaf } from './queue-deaf.js';
import { scheduleNote } from './schedule-note.js';
import { listenForStop } from './stop-signal.js';
import type { WorkerLog } from './worker-log.js';
import { openProbe } from './worker-probe.js';

export interface WorkerViewOptions {
  queues: { name: string; concurrency?: number | undefined }[];
  exclude: string[];
  concurrency?: number | undefined;
  drain: boolean;
  maxJobs?: number | undefined;
  idleExitMs?: number | undefined;
  recycleAfter?: number | undefined;
  maxBytes?: number | undefined;
  graceMs: number;
  probe?: Address | undefined;
  json: boolean;
  log: WorkerLog;
}

const DRAIN_CHECK_MS = 500;

/** Returns the exit code: 5 when jobs had to be given back. @throws {BackendError} QUEUE_DEAF, when those are back */
export async function workerView(toolkit: Toolkit, options: WorkerViewOptions): Promise<number> {
  const { say } = options.log;
  const stop = listenForStop(() => say('Stopping: what runs is finished first. Ctrl-C again ends now.'));
  const probe = options.probe === undefined ? undefined : await openProbe(options.probe);
  const worker = await toolkit.startWorker({ ...options, onLog: options.log.line });
  const tell = () => process.stderr.write(`${describeWorker(worker, Date.now())}\n`);
  process.on('SIGUSR2', tell);
  probe?.watch(worker);
  try {
    await greet(toolkit, worker, options);
    if (probe !== undefined) say(`Probes at ${probe.url}: /live, /ready, /consuming`);
    const reasons = [untilStopped(stop.signal), worker.stopAsked];
    if (options.drain) reasons.push(untilDrained(toolkit, worker, stop.signal));
    const reason = await Promise.race(reasons);
    if (reason !== undefined) say(describeReason(reason));
    if (reason?.kind === 'told') stop.ask();
    const { handedBack } = await worker.stop(options.graceMs);
    if (handedBack.length > 0) {
      say(`${plural(handedBack.length, 'job')} given back, to be run by another worker`);
      if (!options.json) process.stdout.write(`${handedBack.join('\n')}\n`);
    }
    if (reason?.kind === 'deaf') throw queueDeaf(reason, { handedBack });
    if (options.json) process.stdout.write(`${JSON.stringify({ worker: worker.id, handedBack }, null, 2)}\n`);
    return handedBack.length === 0 ? EXIT.done : EXIT.someFailed;
  } finally {
    process.off('SIGUSR2', tell);
    probe?.close();
    stop.release();
  }
}

async function greet(toolkit: Toolkit, worker: Worker, { queues, log }: WorkerViewOptions): Promise<void> {
  const serving = worker.queues
    .map(({ queue, concurrency }) => `${queue} (${concurrency} at once)`)
    .join(', ');
  log.say(`Worker ${worker.id} serves ${serving} on ${toolkit.queues.label}`);
  await noteUnknownQueues(toolkit, queues, (message) => log.say(message));
  const note = await scheduleNote(toolkit);
  if (note !== undefined) log.say(note);
}

/** What runs, for how long, and when the ledger last heard of the worker. */
function describeWorker(worker: Worker, nowMs: number): string {
  const slots = worker.queues.reduce((sum, { concurrency }) => sum + concurrency, 0);
  const { heardAt, isUp } = worker.ledger;
  const heard = heardAt === undefined ? 'never' : `${formatDuration(nowMs - heardAt.getTime())} ago`;
  const jobs = worker.jobs().map(({ job, queue, task, startedAt }) => {
    const age = formatDuration(nowMs - Date.parse(startedAt));
    return `  ${printable(`${job}  ${task}  on ${queue}, for ${age}`)}`;
  });
  return [
    `Worker ${worker.id}, ${worker.state}: ${worker.running()} of ${plural(slots, 'slot')} used; last heartbeat ${heard}${isUp ? '' : ', and the ledger is away'}`,
    ...jobs,
  ].join('\n');
}

function describeReason(reason: StopReason): string {
  switch (reason.kind) {
    case 'told':
      return `Told to stop by ${printable(reason.by)}`;
    case 'max-jobs':
      return `${plural(reason.jobs, 'job')} done, as --max-jobs asks`;
    case 'idle':
      return `Idle for ${formatDuration(reason.forMs)}, as --idle-exit asks`;
    case 'deaf':
      return `Giving up: ${reason.message}`;
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
function untilStopped(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((done) => {
    const keepAlive = setInterval(() => {}, 1 << 30);
    signal.addEventListener(
      'abort',
      () => {
        clearInterval(keepAlive);
        done(undefined);
      },
      { once: true },
    );
  });
}

async function untilDrained(toolkit: Toolkit, worker: Worker, signal: AbortSignal): Promise<undefined> {
  while (!signal.aborted) {
    const queues = worker.queues.map(({ queue }) => queue);
    const counts = await Promise.all(queues.map((queue) => toolkit.queues.counts(queue)));
    const left = counts.reduce(
      (sum, one) => sum + one.waiting + one.active + one.delayed + one.prioritized,
      0,
    );
    if (left === 0 && !(await toolkit.awaitsFinish(queues))) return undefined;
    await new Promise((check) => setTimeout(check, DRAIN_CHECK_MS));
  }
  return undefined;
}
