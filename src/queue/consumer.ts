/** Takes jobs from one queue and hands them to a handler; what the handler returns decides the job's fate. */
import type { Job, Worker } from 'bullmq';
import type { ErrorRecord } from '../core/error.js';
import { StopSwitch } from '../core/stop-switch.js';
import type { JobData } from './job.js';
import type { BullLink, BullMq } from './queues.js';

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
  /** Fetches nothing more, waits for what runs up to `graceMs`, gives the rest back. Returns ids given back. */
  stop(graceMs: number): Promise<string[]>;
}

/**
 * The lease must outlive a pause of the process (a laptop's short sleep, a garbage collection) and yet end soon
 * after a crash: recovery takes at most lease + check.
 */
const LEASE_MS = 15_000;
const STALLED_CHECK_MS = 5_000;
const RETRY_FETCH_MS = 1_000;
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

export function openConsumer(bull: BullMq, queue: string, link: BullLink, options: ConsumerOptions): Consumer {
  const running = new Map<string, Slot>();
  const handedBack: string[] = [];
  let recording = 0;

  async function process(job: Job, token: string | undefined): Promise<unknown> {
    const id = job.id!;
    const slot = openSlot();
    running.set(id, slot);
    try {
      const outcome = await options.handler(toDelivered(job, queue), slot);
      if (outcome.kind === 'handed-back') handedBack.push(id);
      return await settle(bull, job, token, outcome);
    } finally {
      slot.close();
      running.delete(id);
    }
  }

  /** Jobs that are only being recorded make room for others, at most as many again. */
  function openSlot(): Slot & { close(): void } {
    let freed = false;
    const move = (by: 1 | -1): void => {
      recording += by;
      worker.concurrency = options.concurrency + Math.min(recording, options.concurrency);
    };
    return {
      stop: new StopSwitch(),
      handedBack: false,
      free() {
        if (freed) return;
        freed = true;
        move(1);
      },
      close() {
        if (freed) move(-1);
      },
    };
  }

  const worker: Worker = new bull.Worker(
    queue,
    process,
    {
      ...link.options,
      name: options.name,
      concurrency: options.concurrency,
      lockDuration: LEASE_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: MAX_STALLED,
      runRetryDelay: RETRY_FETCH_MS,
      settings: {
        backoffStrategy: (_made: number, _type: string | undefined, error: Error | undefined) =>
          error instanceof RetryError ? error.delayMs : -1,
      },
    } as never,
    link.factory as never,
  );
  worker.on('error', (error) => options.onTrouble(error.message));
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
      const closed = worker.close();
      const timer = setTimeout(() => {
        for (const slot of running.values()) {
          slot.handedBack = true;
          slot.stop.stop(new Error('the worker is stopping'));
        }
      }, graceMs);
      await closed.finally(() => clearTimeout(timer));
      return handedBack;
    },
  };
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

