/** What operators do with single jobs: look at them, say why they wait, cancel, retry, promote, remove, wait for them. */
import type { WaitOptions } from '../core/deadline.js';
import { NotFoundError, UsageError } from '../core/error.js';
import { nearestName } from '../core/nearest-name.js';
import { recordAudit } from '../ledger/audit.js';
import { forgetCancellation } from '../ledger/cancellations.js';
import { type LogLine, readJobLog } from '../ledger/job-log.js';
import { forgetJob } from '../ledger/job-traces.js';
import { patiently } from '../ledger/patience.js';
import type { JobPage, JobState } from '../queue/inspect.js';
import { type CancelPlaces, type CancelReport, cancelJob } from './cancel-job.js';
import { type FoundJob, findJob, knownQueues } from './find-job.js';
import { followLog } from './follow-log.js';
import { type JobFacts, readJobFacts } from './job-facts.js';
import { hasEnded, type JobEnd, waitForJob } from './wait-for-job.js';
import { explainJob, type Why } from './why.js';

export interface JobsOptions extends CancelPlaces {
  /** Runs a dead letter again; returns why not, when it cannot be. */
  replay: (id: string) => Promise<string | undefined>;
}

export interface JobChange {
  job: string;
  outcome: 'retried' | 'promoted' | 'removed';
  queue: string;
  /** The state in which it was. */
  was: string;
}

/** Ids are exact; every method throws {@link NotFoundError} `JOB_NOT_FOUND` for an unknown one. */
export class Jobs {
  readonly #options: JobsOptions;

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  /** One page of a queue's jobs in one state. @throws {NotFoundError} QUEUE_NOT_FOUND naming the nearest queue */
  async list(filter: { queue: string; state: JobState; offset: number; limit: number }): Promise<JobPage> {
    const page = await this.#options.queues.inspector.page(filter.queue, filter.state, filter);
    if (page.total === 0) await this.#requireQueue(filter.queue);
    return page;
  }

  show(id: string): Promise<JobFacts> {
    return readJobFacts(this.#options, id);
  }

  /** What it waits for, where it runs, or how it ended. */
  why(id: string): Promise<Why> {
    return explainJob(this.#options, id);
  }

  /** What its task said so far, first to last. */
  async logs(id: string): Promise<LogLine[]> {
    const lines = await patiently(() => readJobLog(this.#options.db, id));
    if (lines.length === 0) await findJob(this.#options, id);
    return lines;
  }

  /** The same, and what it says from now on, until it has ended or `signal` is aborted. */
  async *followLogs(id: string, { signal }: Pick<WaitOptions, 'signal'> = {}): AsyncGenerator<LogLine> {
    yield* followLog(this.#options, id, { signal });
  }

  /** A waiting job leaves the queue; one that runs is stopped by its worker within two seconds. */
  cancel(id: string, { reason = 'cancelled by hand', dryRun = false } = {}): Promise<CancelReport> {
    return cancelJob(this.#options, id, { reason, dryRun });
  }

  /** A failed job runs again, with all its attempts. @throws {UsageError} JOB_NOT_FAILED */
  async retry(id: string): Promise<JobChange> {
    const found = await findJob(this.#options, id);
    if (found.state !== 'failed') throw notFailed(found);
    const { db, queues, replay } = this.#options;
    await forgetCancellation(db, [id]);
    if (found.trace.deadLetter !== undefined) {
      const refusal = await replay(id);
      if (refusal !== undefined) throw notReplayable(id, refusal);
    } else if (await queues.inspector.retry(found)) await this.#audit('job retry', id);
    else throw notFailed(await findJob(this.#options, id));
    return toChange(found, 'retried');
  }

  /** A delayed job may run now. @throws {UsageError} JOB_NOT_DELAYED */
  async promote(id: string): Promise<JobChange> {
    const found = await findJob(this.#options, id);
    const { job } = found;
    if (job === undefined || !(await this.#options.queues.inspector.promote(job))) {
      throw new UsageError(`Job ${id} is ${found.state}; only a delayed job can be promoted`, {
        code: 'JOB_NOT_DELAYED',
        hint: `jobs job why ${id}`,
        details: { job: id, state: found.state },
      });
    }
    await this.#audit('job promote', id);
    return toChange(found, 'promoted');
  }

  /** Nothing of an ended or waiting job is left. @throws {UsageError} JOB_NOT_REMOVABLE, with what to do instead */
  async remove(id: string, { dryRun = false } = {}): Promise<JobChange> {
    const found = await findJob(this.#options, id);
    const refusal = whyNotRemovable(found) ?? (await this.#awaitedBy(found));
    if (refusal !== undefined) throw notRemovable(found, refusal);
    if (dryRun) return toChange(found, 'removed');
    const { db, queues } = this.#options;
    if (found.job !== undefined && !(await queues.inspector.remove(found.job))) {
      const now = await queues.inspector.job(found.queue, id);
      if (now !== undefined) throw notRemovable({ ...found, state: now.state }, RUNS(id));
    }
    await forgetJob(db, id);
    await this.#audit('job remove', id);
    return toChange(found, 'removed');
  }

  /** Until it has completed, failed or been cancelled, or the wait is cut short. */
  wait(id: string, options: WaitOptions & { queue?: string | undefined } = {}): Promise<JobEnd> {
    return waitForJob(this.#options, { id, queue: options.queue }, options);
  }

  /** The job that waits for this one would begin without it. */
  async #awaitedBy({ id, job }: FoundJob): Promise<Refusal | undefined> {
    if (job?.parent === undefined || job.parent === null || job.state === 'completed') return undefined;
    const parent = await this.#options.queues.inspector.job(job.parent.queue, job.parent.id);
    if (parent === undefined || parent.endedAtMs !== null) return undefined;
    return {
      because: `job ${parent.id} waits for it`,
      hint: `jobs job cancel ${id} ends both`,
    };
  }

  async #requireQueue(queue: string): Promise<void> {
    const known = await knownQueues(this.#options);
    if (known.includes(queue)) return;
    const nearest = nearestName(queue, known);
    throw new NotFoundError(`There is no queue "${queue}"; there are ${known.join(', ')}`, {
      code: 'QUEUE_NOT_FOUND',
      hint: nearest === undefined ? 'jobs queue list' : `did you mean ${nearest}?`,
      details: { queue, known },
    });
  }

  #audit(action: string, job: string): Promise<void> {
    return recordAudit(this.#options.db, { action, target: { job }, count: 1 });
  }
}

function toChange({ id, queue, state }: FoundJob, outcome: JobChange['outcome']): JobChange {
  return { job: id, outcome, queue, was: state };
}

function notFailed(found: FoundJob): UsageError {
  const { id, state, batch } = found;
  const again =
    batch === undefined
      ? 'jobs enqueue adds it anew'
      : `jobs run ${batch.task} ${batch.source.file} runs what is not done`;
  const hint = hasEnded(found)
    ? again
    : state === 'delayed'
      ? `jobs job promote ${id}`
      : `jobs job why ${id}`;
  return new UsageError(`Job ${id} is ${state}; only a failed job can be retried`, {
    code: 'JOB_NOT_FAILED',
    hint,
    details: { job: id, state },
  });
}

function notReplayable(id: string, because: string): UsageError {
  return new UsageError(`Job ${id} cannot be retried: ${because}`, {
    code: 'JOB_NOT_RETRIABLE',
    hint: `jobs dlq show ${id}`,
    details: { job: id },
  });
}

interface Refusal {
  because: string;
  hint: string;
}

const RUNS = (id: string): Refusal => ({ because: 'it runs', hint: `jobs job cancel ${id}` });

function whyNotRemovable({ id, state, batch, job }: FoundJob): Refusal | undefined {
  if (batch !== undefined) {
    return {
      because: `it is a row of ${batch.id}, whose counts must add up`,
      hint:
        state === 'failed'
          ? `jobs job retry ${id}, or: jobs dlq show ${id}`
          : `jobs job cancel ${id} ends the row`,
    };
  }
  if (job?.data.kind === 'finish') {
    return { because: `it ends batch ${job.data.batch}`, hint: `jobs job why ${id}` };
  }
  return state === 'active' ? RUNS(id) : undefined;
}

function notRemovable({ id, state }: FoundJob, { because, hint }: Refusal): UsageError {
  return new UsageError(`Job ${id} is ${state} and cannot be removed: ${because}`, {
    code: 'JOB_NOT_REMOVABLE',
    hint,
    details: { job: id, state },
  });
}
