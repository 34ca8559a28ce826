/** Runs one attempt of a task, here or in a thread; both see the same context. */
import { toJsonValue } from '../core/json-value.js';
import type { AnyTask, DataSource, RunContext } from '../core/task.js';

/** What an attempt is about: plain JSON, so that it can be sent to a thread. */
export interface AttemptFacts {
  task: string;
  input: Record<string, unknown>;
  options: Record<string, unknown>;
  prepared: unknown;
  data: Record<string, DataSource>;
  job: { id: string; queue: string };
  batch: { id: string; source: string } | null;
  row: { number: number; sheet?: string } | null;
  attempt: number;
  requestId: string;
}

/** What a running task may ask of the worker. */
export interface AttemptServices {
  progress(value: number | object): Promise<void>;
  log(level: 'info' | 'warn', message: string): void;
  findEffect(key: string): Promise<{ value: unknown } | undefined>;
  recordEffect(key: string, value: unknown): Promise<unknown>;
}

/** Thrown by `ctx.retryAfter`: the run did not fail, it waits. */
export class RetryAfter extends Error {
  constructor(
    readonly delayMs: number,
    reason: string,
  ) {
    super(reason);
    this.name = 'RetryAfter';
  }
}

/** Checks the input again (the code may be newer than the job) and runs it. @throws {TypeError} when the result is not JSON */
export async function runTask(
  task: AnyTask,
  facts: AttemptFacts,
  services: AttemptServices,
  stop: { readonly signal: AbortSignal },
): Promise<Record<string, unknown> | null> {
  const input = task.input.parse(facts.input);
  const result = await task.run(toContext(facts, services, stop), input);
  return (
    (toJsonValue(result, `what task ${task.name} returned`) as Record<string, unknown> | undefined) ?? null
  );
}

function toContext(
  facts: AttemptFacts,
  services: AttemptServices,
  stop: { readonly signal: AbortSignal },
): RunContext<never, never> {
  return {
    options: facts.options as never,
    prepared: facts.prepared as never,
    data: facts.data,
    job: facts.job,
    batch: facts.batch,
    row: facts.row,
    attempt: facts.attempt,
    requestId: facts.requestId,
    get signal() {
      return stop.signal;
    },
    log: {
      info: (message) => services.log('info', message),
      warn: (message) => services.log('warn', message),
    },
    progress: (value) => services.progress(value),
    once: async (key, effect) => {
      const done = await services.findEffect(key);
      if (done !== undefined) return done.value as never;
      return (await services.recordEffect(
        key,
        toJsonValue(await effect(), `what was done once as ${key}`),
      )) as never;
    },
    retryAfter: (delayMs, reason = 'asked to wait') => {
      throw new RetryAfter(delayMs, reason);
    },
  };
}
