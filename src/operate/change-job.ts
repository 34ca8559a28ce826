/** What an operator does to one job that does not run: it runs again, or sooner, or is gone. */
import { UsageError } from '../core/error.js';
import { recordAudit } from '../ledger/audit.js';
import { forgetCancellation } from '../ledger/cancellations.js';
import { forgetJob } from '../ledger/job-traces.js';
import { type FoundJob, findJob } from './find-job.js';
import type { JobChange, JobsOptions } from './jobs.js';
import { hasEnded } from './wait-for-job.js';

/** A failed job runs again, with all its attempts. @throws {UsageError} JOB_NOT_FAILED, JOB_NOT_RETRIABLE */
export async function retryJob(places: JobsOptions, id: string): Promise<JobChange> {
  const found = await findJob(places, id);
  if (found.state !== 'failed') throw notFailed(found);
  const { db, queues, replay } = places;
  await forgetCancellation(db, [id]);
  if (found.trace.deadLetter !== undefined) {
    const refusal = await replay(id);
    if (refusal !== undefined) throw notReplayable(id, refusal);
  } else if (await queues.inspector.retry(found)) await audit(places, 'job retry', id);
  else throw notFailed(await findJob(places, id));
  return toChange(found, 'retried');
}

/** A delayed job may run now. @throws {UsageError} JOB_NOT_DELAYED */
export async function promoteJob(places: JobsOptions, id: string): Promise<JobChange> {
  const found = await findJob(places, id);
  const { job } = found;
  if (job === undefined || !(await places.queues.inspector.promote(job))) {
    throw new UsageError(`Job ${id} is ${found.state}; only a delayed job can be promoted`, {
      code: 'JOB_NOT_DELAYED',
      hint: `jobs job why ${id}`,
      details: { job: id, state: found.state },
    });
  }
  await audit(places, 'job promote', id);
  return toChange(found, 'promoted');
}

/** Nothing of an ended or waiting job is left. @throws {UsageError} JOB_NOT_REMOVABLE, with what to do instead */
export async function removeJob(
  places: JobsOptions,
  id: string,
  { dryRun }: { dryRun: boolean },
): Promise<JobChange> {
  const found = await findJob(places, id);
  const refusal = whyNotRemovable(found) ?? (await awaitedBy(places, found));
  if (refusal !== undefined) throw notRemovable(found, refusal);
  if (dryRun) return toChange(found, 'removed');
  const { db, queues } = places;
  if (found.job !== undefined && !(await queues.inspector.remove(found.job))) {
    const now = await queues.inspector.job(found.queue, id);
    if (now !== undefined) throw notRemovable({ ...found, state: now.state }, RUNS(id));
  }
  await forgetJob(db, id);
  await audit(places, 'job remove', id);
  return toChange(found, 'removed');
}

/** The job that waits for this one would begin without it. */
async function awaitedBy({ queues }: JobsOptions, { id, job }: FoundJob): Promise<Refusal | undefined> {
  if (job?.parent === undefined || job.parent === null || job.state === 'completed') return undefined;
  const parent = await queues.inspector.job(job.parent.queue, job.parent.id);
  if (parent === undefined || parent.endedAtMs !== null) return undefined;
  return {
    because: `job ${parent.id} waits for it`,
    hint: `jobs job cancel ${id} ends both`,
  };
}

function audit({ db }: JobsOptions, action: string, job: string): Promise<void> {
  return recordAudit(db, { action, target: { job }, count: 1 });
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
