/** What operators do with single jobs: look at them, say why they wait, cancel, retry, promote, remove, wait for them. Each is loaded when it is asked for. */
import type { WaitOptions } from '../core/deadline.js';
import { NotFoundError } from '../core/error.js';
import { nearestName } from '../core/nearest-name.js';
import type { LogLine } from '../ledger/job-log.js';
import { patiently } from '../ledger/patience.js';
import type { JobPage, JobState } from '../queue/inspect.js';
import type { CancelPlaces, CancelReport } from './cancel-job.js';
import type { JobFacts } from './job-facts.js';
import type { JobEnd } from './wait-for-job.js';
import type { Why } from './why.js';

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

  async show(id: string): Promise<JobFacts> {
    const { readJobFacts } = await import('./job-facts.js');
    return readJobFacts(this.#options, id);
  }

  /** What it waits for, where it runs, or how it ended. */
  async why(id: string): Promise<Why> {
    const { explainJob } = await import('./why.js');
    return explainJob(this.#options, id);
  }

  /** What its task said so far, first to last. */
  async logs(id: string): Promise<LogLine[]> {
    const { readJobLog } = await import('../ledger/job-log.js');
    const { findJob } = await import('./find-job.js');
    const lines = await patiently(() => readJobLog(this.#options.db, id));
    if (lines.length === 0) await findJob(this.#options, id);
    return lines;
  }

  /** The same, and what it says from now on, until it has ended or `signal` is aborted. */
  async *followLogs(id: string, { signal }: Pick<WaitOptions, 'signal'> = {}): AsyncGenerator<LogLine> {
    const { followLog } = await import('./follow-log.js');
    yield* followLog(this.#options, id, { signal });
  }

  /** A waiting job leaves the queue; one that runs is stopped by its worker within two seconds. */
  async cancel(id: string, { reason = 'cancelled by hand', dryRun = false } = {}): Promise<CancelReport> {
    const { cancelJob } = await import('./cancel-job.js');
    return cancelJob(this.#options, id, { reason, dryRun });
  }

  /** A failed job runs again, with all its attempts. @throws {UsageError} JOB_NOT_FAILED */
  async retry(id: string): Promise<JobChange> {
    const { retryJob } = await import('./change-job.js');
    return retryJob(this.#options, id);
  }

  /** A delayed job may run now. @throws {UsageError} JOB_NOT_DELAYED */
  async promote(id: string): Promise<JobChange> {
    const { promoteJob } = await import('./change-job.js');
    return promoteJob(this.#options, id);
  }

  /** Nothing of an ended or waiting job is left. @throws {UsageError} JOB_NOT_REMOVABLE, with what to do instead */
  async remove(id: string, { dryRun = false } = {}): Promise<JobChange> {
    const { removeJob } = await import('./change-job.js');
    return removeJob(this.#options, id, { dryRun });
  }

  /** Until it has completed, failed or been cancelled, or the wait is cut short. */
  async wait(id: string, options: WaitOptions & { queue?: string | undefined } = {}): Promise<JobEnd> {
    const { waitForJob } = await import('./wait-for-job.js');
    return waitForJob(this.#options, { id, queue: options.queue }, options);
  }

  async #requireQueue(queue: string): Promise<void> {
    const { knownQueues } = await import('./find-job.js');
    const known = await knownQueues(this.#options);
    if (known.includes(queue)) return;
    const nearest = nearestName(queue, known);
    throw new NotFoundError(`There is no queue "${queue}"; there are ${known.join(', ')}`, {
      code: 'QUEUE_NOT_FOUND',
      hint: nearest === undefined ? 'jobs queue list' : `did you mean ${nearest}?`,
      details: { queue, known },
    });
  }
}
