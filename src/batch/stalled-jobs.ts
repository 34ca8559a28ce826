/**
 * Jobs of no batch that the queue itself has failed, because their lease was lost too often: no worker wrote a dead letter
 * before they failed, so it is written here.
 */
import type { ErrorRecord } from '../core/error.js';
import { letterMarks, recordDeadLetter } from '../ledger/dead-letters.js';
import type { QueuedJob } from '../queue/inspect.js';
import type { BatchParts } from './parts.js';

const PAGE = 50;
/** Of what had failed before this process looked for the first time, the newest are looked at. */
const MOST_AT_FIRST = 1000;
/** Clocks of workers may differ so much. */
const OVERLAP_MS = 60_000;

export class StalledJobs {
  readonly #parts: Pick<BatchParts, 'db' | 'queues'>;
  readonly #seenUntilMs = new Map<string, number>();

  constructor(parts: Pick<BatchParts, 'db' | 'queues'>) {
    this.#parts = parts;
  }

  /** Looks at what has failed in `queue` since the last look. */
  async look(queue: string): Promise<void> {
    const until = this.#seenUntilMs.get(queue);
    let newestMs = until ?? 0;
    for (let first = 0; until !== undefined || first < MOST_AT_FIRST; first += PAGE) {
      const { jobs } = await this.#parts.queues.inspector.page(queue, 'failed', {
        offset: first,
        limit: PAGE,
      });
      const fresh = jobs.filter(
        ({ endedAtMs }) => until === undefined || (endedAtMs ?? 0) > until - OVERLAP_MS,
      );
      newestMs = Math.max(newestMs, ...fresh.map(({ endedAtMs }) => endedAtMs ?? 0));
      await this.#record(
        queue,
        fresh.filter(({ data }) => data.kind === 'job'),
      );
      if (fresh.length < PAGE) break;
    }
    this.#seenUntilMs.set(queue, newestMs);
  }

  /**
   * A job that a worker failed has an open letter, one that is being replayed a letter that the queue has not heard of.
   * Marks are read before and after the job, as a replay may come in between.
   */
  async #record(queue: string, jobs: readonly QueuedJob[]): Promise<void> {
    const ids = jobs.map(({ id }) => id);
    const before = await letterMarks(this.#parts.db, ids);
    for (const job of jobs) {
      const mark = before.get(job.id);
      if (mark !== undefined && !mark.isHeard) continue;
      if ((await this.#parts.queues.find(queue, job.id))?.state !== 'failed') continue;
      const after = (await letterMarks(this.#parts.db, [job.id])).get(job.id);
      if (after?.isHeard !== mark?.isHeard || after?.replays !== mark?.replays) continue;
      await recordDeadLetter(this.#parts.db, {
        jobId: job.id,
        task: job.task,
        queue,
        payload: job.data,
        attempts: job.attemptsMade + job.leasesLost,
        error: errorOf(job),
      });
    }
  }
}

function errorOf({ failedReason }: QueuedJob): ErrorRecord {
  const reason = failedReason ?? 'it failed, and nobody said why';
  return /stalled/.test(reason)
    ? { code: 'stalled', message: `its worker stopped answering again and again (${reason})` }
    : { code: 'UNRECORDED', message: reason };
}
