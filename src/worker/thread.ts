/** The inside of a worker thread: loads the project's tasks once, runs one attempt at a time. */
import type { MessagePort } from 'node:worker_threads';
import { workerData } from 'piscina';
import type { TaskRegistry } from '../core/task.js';
import { describeFailure } from './failure.js';
import { type AttemptFacts, type AttemptServices, RetryAfter, runTask } from './run-task.js';
import { sendConsoleToStderr } from './task-console.js';
import type { FromThread, ThreadOutcome, ThreadRequest, ToThread } from './thread-messages.js';

interface ThreadData {
  registryModule: string;
  taskFiles: string[];
}

let registry: Promise<TaskRegistry> | undefined;

/** Piscina calls this for each attempt. Errors are returned as data: classes do not survive the way between threads. */
export async function run({ facts, port }: ThreadRequest): Promise<ThreadOutcome> {
  try {
    registry ??= loadRegistry();
    const task = await (await registry).get(facts.task);
    const abort = new AbortController();
    const value = await runTask(task, facts as AttemptFacts, remoteServices(port), abort);
    return { kind: 'done', value };
  } catch (error) {
    if (error instanceof RetryAfter)
      return { kind: 'retry-after', delayMs: error.delayMs, reason: error.message };
    return { kind: 'failed', ...describeFailure(error) };
  } finally {
    port.close();
  }
}

async function loadRegistry(): Promise<TaskRegistry> {
  sendConsoleToStderr();
  const { registryModule, taskFiles } = workerData as ThreadData;
  const module = (await import(registryModule)) as { openRegistry(files: string[]): Promise<TaskRegistry> };
  return module.openRegistry(taskFiles);
}

/** Calls over the port: each has a number, and its answer comes back under it. */
function remoteServices(port: MessagePort): AttemptServices {
  const waiting = new Map<number, (reply: ToThread) => void>();
  let calls = 0;
  port.on('message', (reply: ToThread) => {
    waiting.get(reply.call)?.(reply);
    waiting.delete(reply.call);
  });
  const ask = (message: (call: number) => FromThread) =>
    new Promise<unknown>((answer, refuse) => {
      const call = ++calls;
      waiting.set(call, (reply) =>
        'failed' in reply ? refuse(new Error(reply.failed)) : answer(reply.value),
      );
      port.postMessage(message(call));
    });
  return {
    progress: async (value) => port.postMessage({ type: 'progress', value } satisfies FromThread),
    log: (level, message) => port.postMessage({ type: 'log', level, message } satisfies FromThread),
    findEffect: async (key) =>
      (await ask((call) => ({ type: 'find-effect', key, call }))) as { value: unknown } | undefined,
    recordEffect: (key, value) => ask((call) => ({ type: 'record-effect', key, value, call })),
  };
}
