/** Takes jobs from one queue and hands them to a handler; what the handler returns decides the job's fate. */
import type { Job, Worker } from 'bullmq';
import { settlesWithin } from '../core/deadline.js';
import type { ErrorRecord } from '../core/error.js';
import { StopSwitch } from '../core/stop-switch.js';
import type { JobData } from './job.js';
import { Places } from './places.js';
import type { BullLink, BullMq } from './queues.js';
import { describeTrouble } from './trouble.js';

export interface DeliveredJob {
  id: string;
  queue: string;
  task: string;
  data: JobData;
  /** Starts of this job so far, this one included. */
  starts: number;
  /** Failed attempts so far, and leases lost. */
  attemptsMade: number;
  leasesLost: number;
  maxAttempts: number;
  progress(value: number | object): Promise<void>;
  log(line: string): Promise<void>;
}

export type Outcome =
  | { kind: 'done'; value?: unknown }
  | { kind: 'failed'; error: ErrorRecord; retryDelayMs: number | undefined }
  /** Tried again later without using up an attempt. */
  | { kind: 'deferred'; delayMs: number }
  /** Given back at once without using up an attempt: this worker is going away. */
  | { kind: 'handed-back' };

/** The place of a running job. */
export interface Slot {
  /** Used when the worker gives the job back; the handler may use it too, to stop the job. */
  readonly stop: StopSwitch;
  /** True once the worker has begun to give its jobs back. */
  handedBack: boolean;
  /** The job has run and is only being recorded: another may take its place meanwhile. */
  free(): void;
}

export interface ConsumerOptions {
  concurrency: number;
  name: string;
  /** `slot` is stopped when the worker gives the job back. Never throws. */
  handler: (job: DeliveredJob, slot: Slot) => Promise<Outcome>;
  /** A job whose lease was lost too often; BullMQ has failed it. */
  onStalledOut: (job: { id: string; data: JobData; attempts: number }, reason: string) => void;
  onTrouble: (message: string) => void;
}

export interface Consumer {
  readonly queue: string;
  /** Jobs running now. */
  running(): number;
  /**
   * Fetches nothing more, waits for what runs up to `graceMs`, gives the rest back. Returns the ids of what was given
   * back, or left to its lease because the backend did not answer. Takes at most `graceMs` and five seconds.
   */
  stop(graceMs: number): Promise<string[]>;
}

/**
 * The lease must outlive a pause of the process (a laptop's short sleep, a garbage collection) and yet end soon
 * after a crash: recovery takes at most lease + check.
 */
const LEASE_MS = 15_000;
const STALLED_CHECKS_PER_LEASE = 3;
const RETRY_FETCH_MS = 1_000;
const CLOSE_MS = 5_000;
/** Leases a job may lose before it is taken for what kills its workers. */
const MAX_STALLED = 10;

class RetryError extends Error {
  constructor(
    message: string,
    readonly delayMs: number,
  ) {
    super(message);
  }
}

export function openConsumer(
  bull: BullMq,
  queue: string,
  link: BullLink,
  options: ConsumerOptions,
): Consumer {
  const running = new Map<string, Slot>();
  const leaseMs = leaseForTests() ?? LEASE_MS;
  const handedBack: string[] = [];
  const places = new Places(options.concurrency, (jobs) => {
    worker.concurrency = jobs;
  });

  async function process(job: Job, token: string | undefined): Promise<unknown> {
    const id = job.id!;
    // Fetched, but never begun: put back without a word.
    if (!(await places.take())) return settle(bull, job, token, { kind: 'handed-back' });
    const outcome = await run(id, job);
    if (outcome.kind === 'handed-back') handedBack.push(id);
    return settle(bull, job, token, outcome);
  }

  async function run(id: string, job: Job): Promise<Outcome> {
    const place = places.open();
    const slot: Slot = { stop: new StopSwitch(), handedBack: false, free: place.free };
    running.set(id, slot);
    try {
      return await options.handler(toDelivered(job, queue), slot);
    } finally {
      place.close();
      running.delete(id);
    }
  }

  const worker: Worker = new bull.Worker(
    queue,
    process,
    {
      ...link.options,
      name: options.name,
      concurrency: options.concurrency,
      lockDuration: leaseMs,
      stalledInterval: Math.ceil(leaseMs / STALLED_CHECKS_PER_LEASE),
      maxStalledCount: MAX_STALLED,
      runRetryDelay: RETRY_FETCH_MS,
      settings: {
        backoffStrategy: (_made: number, _type: string | undefined, error: Error | undefined) =>
          error instanceof RetryError ? error.delayMs : -1,
      },
    } as never,
    link.factory as never,
  );
  worker.on('error', (error) => {
    const trouble = describeTrouble(queue, error);
    if (trouble !== undefined) options.onTrouble(trouble);
  });
  worker.on('failed', (job, error) => {
    if (job !== undefined && /stalled more than/.test(error.message)) {
      options.onStalledOut(
        { id: job.id!, data: job.data as JobData, attempts: job.attemptsMade + job.stalledCounter },
        error.message,
      );
    }
  });

  return {
    queue,
    running: () => running.size,
    async stop(graceMs) {
      places.shut();
      const closed = worker.close();
      const timer = setTimeout(() => {
        for (const slot of running.values()) {
          slot.handedBack = true;
          slot.stop.stop(new Error('the worker is stopping'));
        }
      }, graceMs);
      const inTime = await settlesWithin(closed, graceMs + CLOSE_MS);
      clearTimeout(timer);
      return inTime ? handedBack : [...new Set([...handedBack, ...running.keys()])];
    },
  };
}

/** `JOBS_LEASE_MS` is there for tests of lost leases only, so that they need not wait for a real one. */
function leaseForTests(): number | undefined {
  const text = process.env.JOBS_LEASE_MS;
  return text !== undefined && /^[1-9]\d{2,6}$/.test(text) ? Number(text) : undefined;
}

async function settle(bull: BullMq, job: Job, token: string | undefined, outcome: Outcome): Promise<unknown> {
  switch (outcome.kind) {
    case 'done':
      return outcome.value ?? null;
    case 'deferred':
      // When the backend does not answer, the job is left to its lease: it comes back when that ends.
      await job.moveToDelayed(Date.now() + outcome.delayMs, token).catch(() => {});
      throw new bull.DelayedError();
    case 'handed-back':
      await job.moveToWait(token).catch(() => {});
      throw new bull.WaitingError();
    case 'failed':
      if (outcome.retryDelayMs === undefined) throw new bull.UnrecoverableError(outcome.error.message);
      throw new RetryError(outcome.error.message, outcome.retryDelayMs);
  }
}

function toDelivered(job: Job, queue: string): DeliveredJob {
  return {
    id: job.id!,
    queue,
    task: job.name,
    data: job.data as JobData,
    starts: job.attemptsStarted,
    attemptsMade: job.attemptsMade,
    leasesLost: job.stalledCounter,
    maxAttempts: job.opts.attempts ?? 1,
    progress: (value) => job.updateProgress(value),
    log: async (line) => {
      await job.log(line);
    },
  };
}
