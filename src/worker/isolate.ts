/** The inside of a worker's thread or process: loads the project's tasks once, runs one attempt at a time. */
import { getHeapStatistics } from 'node:v8';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { StopSwitch } from '../core/stop-switch.js';
import type { TaskRegistry } from '../core/task.js';
import { attemptOutcome } from './failure.js';
import {
  type AttemptOutcome,
  type FromIsolate,
  type IsolateSetup,
  SETUP_VARIABLE,
  type ToIsolate,
} from './isolate-messages.js';
import { CallLine } from './remote-services.js';
import { sendConsoleToStderr } from './task-console.js';
import { TimeLimitError } from './time-limit-error.js';
import { received, runWork, type SentWork } from './work.js';

const setup: IsolateSetup = isMainThread ? JSON.parse(process.env[SETUP_VARIABLE]!) : workerData;
const line = new CallLine(send);
let registry: Promise<TaskRegistry> | undefined;
let stop = new StopSwitch();

function send(message: FromIsolate): void {
  if (parentPort === null) process.send?.(message);
  else parentPort.postMessage(message);
}

function receive(message: ToIsolate): void {
  switch (message.type) {
    case 'run':
      stop = new StopSwitch();
      run(message.work, stop).then((outcome) => send({ type: 'end', outcome, heapBytes: heapBytes() }));
      return;
    case 'stop':
      stop.stop(toReason(message.reason));
      return;
    default:
      line.settle(message);
  }
}

/** Errors are returned as data: classes do not survive the way. Never throws. */
async function run(work: SentWork, current: StopSwitch): Promise<AttemptOutcome> {
  try {
    registry ??= loadRegistry();
    const task = await (await registry).get(work.facts.task);
    send({ type: 'begun' });
    return { kind: 'done', value: await runWork(task, received(work, line.services), current) };
  } catch (error) {
    return attemptOutcome(error);
  }
}

async function loadRegistry(): Promise<TaskRegistry> {
  sendConsoleToStderr();
  const module = (await import(setup.registryModule)) as {
    openRegistry(files: string[]): Promise<TaskRegistry>;
  };
  return module.openRegistry(setup.taskFiles);
}

function toReason({ name, message }: { name: string; message: string }): Error {
  return name === TimeLimitError.name ? new TimeLimitError(message) : new Error(message);
}

/** A thread shares its process's resident memory with all others, so it counts what is its own. */
function heapBytes(): number {
  if (isMainThread) return process.memoryUsage.rss();
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

if (parentPort === null) {
  process.on('message', receive);
  // A Ctrl-C in the terminal reaches the whole group; the worker decides when this process ends.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  // Its worker is gone, and so is the lease.
  process.on('disconnect', () => process.exit(1));
} else {
  parentPort.on('message', receive);
}
