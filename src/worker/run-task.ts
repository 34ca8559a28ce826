/** Runs one attempt of a task, here or in a thread or process; all see the same context. */
import { cacheFolder } from '../core/cache-folder.js';
import { toJsonValue } from '../core/json-value.js';
import type { AnyTask, DataSource, FlowRequest, RunContext } from '../core/task.js';
import type { AttemptServices } from './attempt-services.js';
import { fileKeeper } from './file-keeper.js';

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
  /** What the jobs before it in a chain or chord returned. */
  previous: unknown;
  stateDir: string;
}

/** Thrown to give a job back for a while: the run did not fail, it waits. */
export class RetryAfter extends Error {
  constructor(
    readonly delayMs: number,
    reason: string,
    readonly turns?: Record<string, number>,
  ) {
    super(reason);
    this.name = 'RetryAfter';
  }
}

const LOCK_TTL_MS = 30_000;
const LOCK_BUSY_MS = 1_000;

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
  let calls = 0;
  const add = (request: Omit<FlowRequest, 'call'>) => services.addJobs({ ...request, call: ++calls });
  const retryAfter = (delayMs: number, reason = 'asked to wait'): never => {
    throw new RetryAfter(delayMs, reason);
  };
  return {
    options: facts.options as never,
    prepared: facts.prepared as never,
    data: facts.data,
    job: facts.job,
    batch: facts.batch,
    row: facts.row,
    attempt: facts.attempt,
    requestId: facts.requestId,
    previous: facts.previous,
    get cacheDir() {
      return cacheFolder(facts.stateDir, facts.task);
    },
    get signal() {
      return stop.signal;
    },
    log: {
      info: (message) => services.log('info', message),
      warn: (message) => services.log('warn', message),
    },
    progress: (value) => services.progress(value),
    heartbeat: () => services.heartbeat(),
    scratch: () => services.openScratch(),
    artifact: fileKeeper(services),
    once: async (key, effect) => {
      const done = await services.findEffect(key);
      if (done !== undefined) return done.value as never;
      return (await services.recordEffect(
        key,
        toJsonValue(await effect(), `what was done once as ${key}`),
      )) as never;
    },
    lock: async (key, work, { ttlMs = LOCK_TTL_MS } = {}) => {
      if (!(await services.takeLock(key, ttlMs)))
        retryAfter(LOCK_BUSY_MS, `another job holds the lock ${key}`);
      try {
        return await work();
      } finally {
        await services.releaseLock(key);
      }
    },
    limit: async (key, rate) => {
      const wait = await services.takeTurn(key, rate);
      if (wait !== null) throw new RetryAfter(wait.delayMs, wait.reason, wait.turns);
    },
    retryAfter,
    snooze: (delayMs) => retryAfter(delayMs, 'snoozed'),
    enqueue: async (name, child, options = {}) => {
      const [added] = await add({ kind: 'enqueue', members: [{ ...options, task: name, input: child }] });
      return added!;
    },
    chain: async (members) => (await add({ kind: 'chain', members: [...members] })).at(-1)!,
    group: (members) => add({ kind: 'group', members: [...members] }),
    chord: async (members, then) => (await add({ kind: 'chord', members: [...members], then })).at(-1)!,
  };
}
