/**
 * Runs one job from delivery to outcome. For a row: its attempt is numbered, run and recorded in the ledger before
 * the queue hears of it; an attempt that was superseded, or whose row has ended, changes nothing.
 */
import { backoffDelayMs, DEFAULT_BACKOFF } from '../core/backoff.js';
import { type ErrorRecord, toErrorRecord } from '../core/error.js';
import type { AnyTask, DataSource, TaskRegistry } from '../core/task.js';
import type { Database } from '../database/database.js';
import { beginRedelivery } from '../ledger/attempts.js';
import type { BatchRecord } from '../ledger/batches.js';
import type { AttemptEntry, CompletionLog } from '../ledger/completion-log.js';
import { recordDeadLetter } from '../ledger/dead-letters.js';
import { findEffect, recordEffect } from '../ledger/effects.js';
import { isLedgerAway, patiently } from '../ledger/patience.js';
import type { DeliveredJob, Outcome, Slot } from '../queue/consumer.js';
import type { PlainJobData, RowJobData } from '../queue/job.js';
import { BatchCache } from './batch-cache.js';
import { describeFailure, type Failure } from './failure.js';
import { type AttemptFacts, type AttemptServices, RetryAfter, runTask } from './run-task.js';
import { RunningRows } from './running-rows.js';
import type { ThreadOutcome } from './thread-messages.js';
import type { Threads } from './threads.js';

export interface JobRunnerOptions {
  db: Database;
  registry: TaskRegistry;
  data: Record<string, DataSource>;
  log: CompletionLog;
  threads: Threads;
  worker: string;
  /** Runs the end of a batch; given by the caller, who knows where artifacts go. */
  finishBatch: (batchId: string, signal: AbortSignal) => Promise<void>;
  onLog: (line: { level: 'info' | 'warn'; message: string; job: string; task: string }) => void;
}

const LEDGER_AWAY_DELAY_MS = 2_000;

export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #batches: BatchCache;
  readonly #running: RunningRows;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
    this.#batches = new BatchCache(options.db);
    this.#running = new RunningRows(this.#batches);
  }

  close(): void {
    this.#running.close();
  }

  /** Never throws: what goes wrong is an outcome. */
  async handle(job: DeliveredJob, slot: Slot): Promise<Outcome> {
    try {
      if (job.data.kind === 'row') return await this.#runRow(job, job.data, slot);
      if (job.data.kind === 'finish') {
        await this.#options.finishBatch(job.data.batch, slot.stop.signal);
        return { kind: 'done' };
      }
      return await this.#runPlain(job, job.data, slot);
    } catch (error) {
      if (slot.handedBack) return { kind: 'handed-back' };
      if (isLedgerAway(error)) return { kind: 'deferred', delayMs: LEDGER_AWAY_DELAY_MS };
      return { kind: 'failed', error: toErrorRecord(error), retryDelayMs: retryDelay(job, undefined) };
    }
  }

  async #runRow(job: DeliveredJob, data: RowJobData, slot: Slot): Promise<Outcome> {
    const fence = data.fenceBase + job.starts;
    if (fence > 1 || data.requeued === true) {
      const row = await beginRedelivery(this.#options.db, {
        rowId: data.row,
        fence,
        worker: this.#options.worker,
      });
      if (row === undefined || row.fence > fence || (row.state !== 'pending' && row.state !== 'processing')) {
        return { kind: 'done' };
      }
    }
    const batch = await this.#batches.get(data.batch);
    if (batch === undefined || batch.state === 'cancelled') return { kind: 'done' };
    const attempts = job.attemptsMade + job.leasesLost + 1;
    const attempt = { rowId: data.row, fence, attempts, worker: this.#options.worker, startedAt: new Date() };
    if (data.expiresAtMs !== undefined && data.expiresAtMs < Date.now()) {
      return this.#rowFailed(
        job,
        data,
        attempt,
        { error: expired(data.expiresAtMs), final: true, result: null },
        undefined,
      );
    }
    const task = await this.#options.registry.get(job.task).catch((error: unknown) => describeFailure(error));
    if (!('run' in task)) return this.#rowFailed(job, data, attempt, task, undefined);
    const running = {
      batchId: data.batch,
      startedAtMs: attempt.startedAt.getTime(),
      stop: slot.stop,
      onSlow: () => {
        this.#options.log
          .record({ ...attempt, endedAt: null, state: 'processing', outcome: null })
          .catch(() => {});
      },
    };
    this.#running.add(running);
    this.#options.log.begin();
    const facts = rowFacts(job, data, batch, attempts, this.#options.data);
    const outcome = await this.#attempt(task, facts, { job, scope: `row:${data.row}`, slot });
    this.#running.remove(running);
    slot.free();
    switch (outcome.kind) {
      case 'handed-back':
        await this.#options.log.record(notCounted(attempt, 'handed back: its worker was stopping'));
        return outcome;
      case 'retry-after':
        await this.#options.log.record(notCounted(attempt, outcome.reason));
        return { kind: 'deferred', delayMs: outcome.delayMs };
      case 'failed':
        return this.#rowFailed(job, data, attempt, outcome, task);
      case 'done':
        await this.#options.log.record({
          ...attempt,
          endedAt: new Date(),
          state: 'completed',
          outcome: 'completed',
          result: outcome.value,
        });
        return { kind: 'done' };
    }
  }

  async #rowFailed(
    job: DeliveredJob,
    data: RowJobData,
    attempt: Pick<AttemptEntry, 'rowId' | 'fence' | 'attempts' | 'worker' | 'startedAt'>,
    failure: Failure,
    task: AnyTask | undefined,
  ): Promise<Outcome> {
    const { error, result } = failure;
    const retryDelayMs = failure.final ? undefined : retryDelay(job, task);
    const ended = {
      ...attempt,
      endedAt: new Date(),
      outcome: 'failed' as const,
      reason: error.message,
      error,
    };
    const verdict = await this.#options.log.record(
      retryDelayMs === undefined
        ? { ...ended, state: 'failed', result, deadLetter: { jobId: job.id, payload: data } }
        : { ...ended, state: 'pending' },
    );
    return verdict === 'superseded' ? { kind: 'done' } : { kind: 'failed', error, retryDelayMs };
  }

  async #runPlain(job: DeliveredJob, data: PlainJobData, slot: Slot): Promise<Outcome> {
    const task = await this.#options.registry.get(job.task);
    const outcome: ThreadOutcome | { kind: 'handed-back' } =
      data.expiresAtMs !== undefined && data.expiresAtMs < Date.now()
        ? { kind: 'failed', error: expired(data.expiresAtMs), final: true, result: null }
        : await this.#attempt(task, plainFacts(job, data, this.#options.data), {
            job,
            scope: `job:${job.id}`,
            slot,
          });
    if (outcome.kind === 'done') return { kind: 'done', value: outcome.value };
    if (outcome.kind === 'handed-back') return outcome;
    if (outcome.kind === 'retry-after') return { kind: 'deferred', delayMs: outcome.delayMs };
    const retryDelayMs = outcome.final ? undefined : retryDelay(job, task);
    if (retryDelayMs === undefined) {
      await recordDeadLetter(this.#options.db, {
        jobId: job.id,
        task: job.task,
        queue: job.queue,
        payload: data,
        attempts: job.attemptsMade + 1,
        error: outcome.error,
      });
    }
    return { kind: 'failed', error: outcome.error, retryDelayMs };
  }

  /** Runs until the task ends, the worker gives the job back, or the batch is cancelled. Never throws. */
  async #attempt(
    task: AnyTask,
    facts: AttemptFacts,
    { job, scope, slot }: { job: DeliveredJob; scope: string; slot: Slot },
  ): Promise<ThreadOutcome | { kind: 'handed-back' }> {
    const services = this.#services(job, scope);
    try {
      if (task.isolation === 'thread')
        return await this.#options.threads.run(facts, services, slot.stop.signal);
      return { kind: 'done', value: await slot.stop.race(runTask(task, facts, services, slot.stop)) };
    } catch (error) {
      if (slot.handedBack) return { kind: 'handed-back' };
      if (error instanceof RetryAfter)
        return { kind: 'retry-after', delayMs: error.delayMs, reason: error.message };
      return { kind: 'failed', ...describeFailure(error) };
    }
  }

  #services(job: DeliveredJob, scope: string): AttemptServices {
    const { db, onLog } = this.#options;
    return {
      // Progress is for people: a task does not fail because it could not be told.
      progress: (value) => job.progress(value).catch(() => {}),
      log: (level, message) => {
        onLog({ level, message, job: job.id, task: job.task });
        job.log(`${new Date().toISOString()} ${level} ${message}`).catch(() => {});
      },
      findEffect: (key) => patiently(() => findEffect(db, scope, key)),
      recordEffect: (key, value) => patiently(() => recordEffect(db, scope, key, value)),
    };
  }
}

/** The run did not fail: it will be run again, and it is none of the row's attempts. */
function notCounted(
  attempt: Pick<AttemptEntry, 'rowId' | 'fence' | 'attempts' | 'worker' | 'startedAt'>,
  reason: string,
): AttemptEntry {
  const attempts = attempt.attempts - 1;
  return { ...attempt, attempts, endedAt: new Date(), state: 'pending', outcome: 'deferred', reason };
}

function rowFacts(
  job: DeliveredJob,
  data: RowJobData,
  batch: BatchRecord,
  attempt: number,
  sources: Record<string, DataSource>,
): AttemptFacts {
  return {
    task: job.task,
    input: data.input,
    options: batch.options,
    prepared: batch.prepared,
    data: sources,
    job: { id: job.id, queue: job.queue },
    batch: { id: batch.id, source: batch.source.file },
    row: { number: data.number, ...(batch.source.sheet === undefined ? {} : { sheet: batch.source.sheet }) },
    attempt,
    requestId: data.requestId,
  };
}

function plainFacts(
  job: DeliveredJob,
  data: PlainJobData,
  sources: Record<string, DataSource>,
): AttemptFacts {
  return {
    task: job.task,
    input: data.input,
    options: data.options,
    prepared: data.prepared,
    data: sources,
    job: { id: job.id, queue: job.queue },
    batch: null,
    row: null,
    attempt: job.attemptsMade + job.leasesLost + 1,
    requestId: data.requestId,
  };
}

function retryDelay(job: DeliveredJob, task: AnyTask | undefined): number | undefined {
  const failed = job.attemptsMade + 1;
  if (failed >= job.maxAttempts) return undefined;
  return backoffDelayMs(task?.backoff ?? DEFAULT_BACKOFF, failed, Math.random());
}

function expired(expiresAtMs: number): ErrorRecord {
  return {
    code: 'expired',
    message: `not started by ${new Date(expiresAtMs).toISOString()}; it was not run`,
  };
}
