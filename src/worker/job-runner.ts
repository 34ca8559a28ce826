/**
 * Runs one job from delivery to outcome. For a row: its attempt is numbered, run and recorded in the ledger before
 * the queue hears of it; an attempt that was superseded, or whose row has ended, changes nothing.
 */

import type { BatchEnd, RunBatchEnd } from '../core/batch-end.js';
import { type ErrorRecord, toErrorRecord } from '../core/error.js';
import type { KeptFile } from '../core/kept-file.js';
import type { AnyTask, TaskRegistry } from '../core/task.js';
import { beginRedelivery } from '../ledger/attempts.js';
import { endCancellation, findCancelled } from '../ledger/cancellations.js';
import type { AttemptEntry, CompletionLog } from '../ledger/completion-log.js';
import { recordDeadLetter } from '../ledger/dead-letters.js';
import { recordJobAttempt, recordLostJobAttempts } from '../ledger/job-attempts.js';
import { isLedgerAway, patiently } from '../ledger/patience.js';
import type { DeliveredJob, Outcome, Slot } from '../queue/consumer.js';
import { attemptNumber, type FinishJobData, type PlainJobData, type RowJobData } from '../queue/job.js';
import type { ArtifactFolder } from '../storage/artifact-folder.js';
import { type AttemptPlaces, runAttempt } from './attempt.js';
import { plainFacts, rowFacts, type Surroundings } from './attempt-facts.js';
import { BatchCache } from './batch-cache.js';
import { describeFailure, type Failure } from './failure.js';
import { FinishHost, type HostOptions, HostServices } from './host-services.js';
import { InlineRuns } from './inline-runs.js';
import type { AttemptOutcome } from './isolate-messages.js';
import { CRASHED, type Isolates, OUT_OF_MEMORY } from './isolates.js';
import { dropRowFiles, keepForJob, keepForRow } from './kept-files.js';
import { sourceOfAttempt } from './log-line.js';
import type { AttemptFacts } from './run-task.js';
import { CancelledError, RunningJobs } from './running-jobs.js';
import { type Verdict, verdictOf, WAIT_FOR_MS } from './verdict.js';

export interface JobRunnerOptions extends HostOptions, Surroundings {
  registry: TaskRegistry;
  storage: ArtifactFolder;
  log: CompletionLog;
  isolates: Isolates;
  /** Isolates are replaced now and then, so inline tasks run in them too. */
  recycles: boolean;
  /** Ends a batch that is to be ended: reads and records what there is, and has its task's finish run by `run`. */
  finishBatch: (batchId: string, run: RunBatchEnd) => Promise<void>;
  /** An attempt failed on a queue: pauses it when the task's breaker says so. */
  onFailure: (job: DeliveredJob, task: AnyTask, error: ErrorRecord) => Promise<void>;
  /** The task asked for its queue to be paused. */
  pauseQueue: (job: DeliveredJob, reason: string) => Promise<void>;
}

const LEDGER_AWAY_DELAY_MS = 2_000;
/** A paused queue gives the job out again when it is resumed. */
const PAUSED_DELAY_MS = 100;

type RowAttempt = Pick<AttemptEntry, 'rowId' | 'fence' | 'attempts' | 'worker' | 'startedAt'>;
type Ended =
  | AttemptOutcome
  | { kind: 'handed-back' }
  | { kind: 'cancelled'; reason: string }
  /** A rate limit had no turn: the task did not begin. */
  | { kind: 'unbegun'; delayMs: number; reason: string; turns?: Record<string, number> | undefined };

export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #batches: BatchCache;
  readonly #places: AttemptPlaces;
  readonly inline = new InlineRuns();
  readonly running: RunningJobs;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
    this.#batches = new BatchCache(options.db);
    this.running = new RunningJobs(options.db, this.#batches);
    this.#places = {
      isolates: options.isolates,
      inline: this.inline,
      recycles: options.recycles,
      onGivenUp: (facts, message) =>
        options.onLog({
          level: 'warn',
          message: `${message}; it runs inline and cannot be ended: its result will be refused (give the task isolation 'thread' or 'process')`,
          ...sourceOfAttempt(facts, options.worker),
        }),
    };
  }

  close(): void {
    this.running.close();
  }

  /** Never throws: what goes wrong is an outcome. */
  async handle(job: DeliveredJob, slot: Slot): Promise<Outcome> {
    try {
      if (job.data.kind === 'row') return await this.#runRow(job, job.data, slot);
      if (job.data.kind === 'finish') return await this.#runFinish(job, job.data, slot);
      return await this.#runPlain(job, job.data, slot);
    } catch (error) {
      if (slot.handedBack) return { kind: 'handed-back' };
      if (isLedgerAway(error)) return { kind: 'deferred', delayMs: LEDGER_AWAY_DELAY_MS };
      return toOutcome(toErrorRecord(error), this.#verdict(describeFailure(error), job, undefined));
    }
  }

  async #runRow(job: DeliveredJob, data: RowJobData, slot: Slot): Promise<Outcome> {
    const fence = attemptNumber(data, job.starts);
    if (fence > 1 || data.requeued === true) {
      const row = await beginRedelivery(this.#options.db, {
        rowId: data.row,
        fence,
        unbegun: data.unbegun ?? [],
        worker: this.#options.worker,
      });
      // Its worker died between the ledger and the queue, which is told now.
      if (row?.state === 'failed' && row.fence === fence) return failedBefore();
      if (row === undefined || row.fence > fence || (row.state !== 'pending' && row.state !== 'processing')) {
        return { kind: 'done' };
      }
      await dropRowFiles(this.#options, { ...data, id: data.row });
    }
    const batch = await this.#batches.get(data.batch);
    if (batch === undefined || batch.state === 'cancelled') return { kind: 'done' };
    const attempts = job.attemptsMade + job.leasesLost + 1;
    const attempt = { rowId: data.row, fence, attempts, worker: this.#options.worker, startedAt: new Date() };
    const task = await this.#options.registry.get(job.task).catch((error: unknown) => describeFailure(error));
    if (!('run' in task)) return this.#rowFailed(job, data, attempt, { failure: task, task: undefined });
    if (hasExpired(data)) {
      return this.#rowFailed(job, data, attempt, { failure: expired(data.expiresAtMs), task });
    }
    const facts = this.#rowFacts(job, data, { task, batch, attempt: attempts });
    if ('error' in facts) return this.#rowFailed(job, data, attempt, { failure: facts, task });
    this.#options.log.begin();
    const outcome = await this.#attempt(task, facts, {
      job,
      slot,
      scope: `row:${data.row}`,
      keep: keepForRow(this.#options, { ...data, id: data.row }, fence),
      batchId: data.batch,
      onSlow: () => {
        this.#options.log
          .record({ ...attempt, endedAt: null, state: 'processing', outcome: null })
          .catch(() => {});
      },
    });
    slot.free();
    switch (outcome.kind) {
      case 'handed-back':
        await this.#options.log.record(notCounted(attempt, 'handed back: its worker was stopping'));
        return outcome;
      case 'cancelled':
        await this.#options.log.record(notCounted(attempt, outcome.reason));
        await endCancellation(this.#options.db, job.id);
        return { kind: 'done' };
      case 'unbegun':
        this.#options.log.forget();
        return { kind: 'deferred', delayMs: outcome.delayMs, turns: outcome.turns, isUnbegun: true };
      case 'retry-after':
        await this.#options.log.record(notCounted(attempt, outcome.reason));
        return { kind: 'deferred', delayMs: outcome.delayMs, turns: outcome.turns };
      case 'failed':
        return this.#rowFailed(job, data, attempt, { failure: outcome, task });
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
    attempt: RowAttempt,
    { failure, task }: { failure: Failure; task: AnyTask | undefined },
  ): Promise<Outcome> {
    const { error, result } = failure;
    const verdict = this.#verdict(failure, job, task);
    if (verdict.kind === 'wait' || verdict.kind === 'pause-queue') {
      await this.#options.log.record({ ...notCounted(attempt, error.message), error });
      return this.#defer(job, verdict, error);
    }
    const ended = {
      ...attempt,
      endedAt: new Date(),
      outcome: 'failed' as const,
      reason: error.message,
      error,
    };
    const recorded = await this.#options.log.record(
      verdict.kind === 'final'
        ? { ...ended, state: 'failed', result, deadLetter: { jobId: job.id, payload: data } }
        : { ...ended, state: 'pending' },
    );
    if (recorded === 'superseded') return { kind: 'done' };
    if (task !== undefined) await this.#options.onFailure(job, task, error);
    return toOutcome(error, verdict);
  }

  async #runFinish(job: DeliveredJob, { batch }: FinishJobData, slot: Slot): Promise<Outcome> {
    await this.#options.finishBatch(batch, (end) => this.#finish(end, job, slot));
    return { kind: 'done' };
  }

  async #finish(end: BatchEnd, job: DeliveredJob, slot: Slot): Promise<ErrorRecord | null> {
    const { task } = end;
    if (task.finish === undefined) return null;
    const services = new FinishHost(this.#options, job, end);
    const place = { id: job.id, queue: job.queue };
    const running = {
      ...place,
      task: job.task,
      batchId: undefined,
      startedAtMs: Date.now(),
      stop: slot.stop,
    };
    const facts = { ...end.facts, task: job.task, job: place, stateDir: this.#options.stateDir };
    const work = { kind: 'finish' as const, facts, services };
    this.running.add(running);
    try {
      const isSuspect = job.leasesLost > 0;
      const outcome = await runAttempt(this.#places, { task, work, stop: slot.stop, isSuspect });
      if (outcome.kind === 'done') return null;
      return outcome.kind === 'failed' ? outcome.error : { code: 'waits', message: outcome.reason };
    } finally {
      this.running.remove(running);
      await services.close();
    }
  }

  async #runPlain(job: DeliveredJob, data: PlainJobData, slot: Slot): Promise<Outcome> {
    const { db } = this.#options;
    if (job.starts > 1) {
      const cancelled = (await findCancelled(db, [job.id])).get(job.id);
      if (cancelled !== undefined) {
        await endCancellation(db, job.id);
        return { kind: 'cancelled', reason: cancelled.reason };
      }
      if (job.leasesLost > 0) {
        await recordLostJobAttempts(db, { jobId: job.id, queue: job.queue, number: job.starts });
      }
    }
    const startedAt = new Date();
    const task = await this.#options.registry.get(job.task);
    const outcome: Ended = hasExpired(data)
      ? { kind: 'failed', ...expired(data.expiresAtMs) }
      : await this.#attempt(task, await plainFacts(this.#options, job, data, task), {
          job,
          slot,
          scope: `job:${job.id}`,
          keep: keepForJob(this.#options, job.id, (message) =>
            this.#options.jobLog.write(job.id, 'info', message),
          ),
          batchId: undefined,
        });
    switch (outcome.kind) {
      case 'done':
        if (job.starts > 1) await this.#recordPlain(job, startedAt, 'completed', null);
        return { kind: 'done', value: outcome.value };
      case 'handed-back':
        return outcome;
      case 'cancelled':
        await this.#recordPlain(job, startedAt, 'failed', { code: 'cancelled', message: outcome.reason });
        await endCancellation(db, job.id);
        return outcome;
      case 'unbegun':
        return { kind: 'deferred', delayMs: outcome.delayMs, turns: outcome.turns, isUnbegun: true };
      case 'retry-after':
        await this.#recordPlain(job, startedAt, 'deferred', { code: 'deferred', message: outcome.reason });
        return { kind: 'deferred', delayMs: outcome.delayMs, turns: outcome.turns };
      case 'failed':
        return this.#plainFailed(job, data, startedAt, { failure: outcome, task });
    }
  }

  async #plainFailed(
    job: DeliveredJob,
    data: PlainJobData,
    startedAt: Date,
    { failure, task }: { failure: Failure; task: AnyTask },
  ): Promise<Outcome> {
    const { error } = failure;
    const verdict = this.#verdict(failure, job, task);
    if (verdict.kind === 'wait' || verdict.kind === 'pause-queue') {
      await this.#recordPlain(job, startedAt, 'deferred', error);
      return this.#defer(job, verdict, error);
    }
    await this.#recordPlain(job, startedAt, 'failed', error);
    if (verdict.kind === 'final') {
      await recordDeadLetter(this.#options.db, {
        jobId: job.id,
        task: job.task,
        queue: job.queue,
        payload: data,
        attempts: job.attemptsMade + job.leasesLost + 1,
        error,
      });
    }
    await this.#options.onFailure(job, task, error);
    return toOutcome(error, verdict);
  }

  #rowFacts(job: DeliveredJob, data: RowJobData, of: Parameters<typeof rowFacts>[3]): AttemptFacts | Failure {
    try {
      return rowFacts(this.#options, job, data, of);
    } catch (error) {
      return describeFailure(error);
    }
  }

  #recordPlain(
    job: DeliveredJob,
    startedAt: Date,
    outcome: 'completed' | 'failed' | 'deferred',
    error: ErrorRecord | null,
  ): Promise<void> {
    const { db, worker } = this.#options;
    const attempt = {
      jobId: job.id,
      number: job.starts,
      queue: job.queue,
      worker,
      startedAt,
      outcome,
      error,
    };
    return patiently(() => recordJobAttempt(db, attempt));
  }

  async #defer(
    job: DeliveredJob,
    verdict: Extract<Verdict, { kind: 'wait' | 'pause-queue' }>,
    error: ErrorRecord,
  ): Promise<Outcome> {
    if (verdict.kind === 'wait') {
      return { kind: 'deferred', delayMs: verdict.delayMs, holdQueue: verdict.holdQueue };
    }
    await this.#options.pauseQueue(job, `task ${job.task} asked for it: ${error.message}`);
    return { kind: 'deferred', delayMs: PAUSED_DELAY_MS };
  }

  #verdict(failure: Failure, job: DeliveredJob, task: AnyTask | undefined): Verdict {
    return verdictOf(failure, job, task, { nowMs: Date.now(), random: Math.random() });
  }

  /** Runs until the task ends, the worker gives the job back, or it is cancelled. Never throws. */
  async #attempt(
    task: AnyTask,
    facts: AttemptFacts,
    run: {
      job: DeliveredJob;
      slot: Slot;
      scope: string;
      keep: (file: KeptFile) => Promise<void>;
      batchId: string | undefined;
      onSlow?: () => void;
    },
  ): Promise<Ended> {
    const { job, slot } = run;
    const services = new HostServices(this.#options, job, run);
    const running = {
      id: job.id,
      queue: job.queue,
      task: job.task,
      batchId: run.batchId,
      startedAtMs: Date.now(),
      stop: slot.stop,
      ...(run.onSlow === undefined ? {} : { onSlow: run.onSlow }),
    };
    try {
      if (task.rateLimit !== undefined) {
        const wait = await services.takeTaskTurn(task.name, task.rateLimit);
        if (wait !== null) return { kind: 'unbegun', ...wait };
      }
      this.running.add(running);
      const isSuspect = job.leasesLost > 0;
      const work = { kind: 'attempt' as const, facts, services };
      const outcome = await runAttempt(this.#places, { task, work, stop: slot.stop, isSuspect });
      if (isSuspect && outcome.kind === 'failed' && hasCrashed(outcome)) return stalled(outcome);
      return this.#isLateWait(outcome, job, task) ? waitedTooLong(outcome.reason) : outcome;
    } catch (error) {
      if (slot.handedBack) return { kind: 'handed-back' };
      if (error instanceof CancelledError) return { kind: 'cancelled', reason: error.message };
      return { kind: 'failed', ...describeFailure(error) };
    } finally {
      this.running.remove(running);
      const closing = services.close();
      if (closing !== undefined) await closing;
    }
  }

  /** Turns of a rate limit come; what a task waits for may never. */
  #isLateWait(
    outcome: AttemptOutcome,
    job: DeliveredJob,
    task: AnyTask,
  ): outcome is Extract<AttemptOutcome, { kind: 'retry-after' }> {
    if (outcome.kind !== 'retry-after' || outcome.turns !== undefined) return false;
    return Date.now() + outcome.delayMs > job.sinceMs + (task.retryForMs ?? WAIT_FOR_MS);
  }
}

/** The run did not fail: it will be run again, and it is none of the row's attempts. */
function notCounted(attempt: RowAttempt, reason: string): AttemptEntry {
  const attempts = attempt.attempts - 1;
  return { ...attempt, attempts, endedAt: new Date(), state: 'pending', outcome: 'deferred', reason };
}

function toOutcome(error: ErrorRecord, verdict: Verdict): Outcome {
  return { kind: 'failed', error, retryDelayMs: verdict.kind === 'retry' ? verdict.delayMs : undefined };
}

function failedBefore(): Outcome {
  const message = 'it had failed for good; its dead letter says why';
  return { kind: 'failed', error: { code: 'failed-before', message }, retryDelayMs: undefined };
}

function hasCrashed({ error }: Failure): boolean {
  return error.code === CRASHED || error.code === OUT_OF_MEMORY;
}

/** Its worker ended under it, and then the process in which it was tried again: a third time would be one too many. */
function stalled({ error }: Failure): AttemptOutcome {
  const message = `it ended the worker that ran it, and then ${error.message}; it is not run again`;
  return {
    kind: 'failed',
    error: { code: 'stalled', message },
    kindName: 'Error',
    final: true,
    result: null,
  };
}

function waitedTooLong(reason: string): AttemptOutcome {
  const message = `it waited too long (${reason}); a task sets how long by retryForMs`;
  return {
    kind: 'failed',
    error: { code: 'waited-too-long', message },
    kindName: 'Error',
    final: true,
    result: null,
  };
}

function hasExpired<Data extends { expiresAtMs?: number }>(
  data: Data,
): data is Data & { expiresAtMs: number } {
  return data.expiresAtMs !== undefined && data.expiresAtMs < Date.now();
}

function expired(expiresAtMs: number): Failure {
  const message = `not started by ${new Date(expiresAtMs).toISOString()}; it was not run`;
  return { error: { code: 'expired', message }, kindName: 'Error', final: true, result: null };
}
