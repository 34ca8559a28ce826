/**
 * Cancels one job. The ledger is told first: a crash half-way leaves a job that its worker stops all the same. A waiting
 * job leaves the queue; one that runs is stopped by its worker, wherever that is. Jobs that wait for the cancelled one can
 * never run, and are cancelled with it.
 */
import { UsageError } from '../core/error.js';
import { plural } from '../core/text.js';
import { recordAudit } from '../ledger/audit.js';
import { askCancellation, endCancellation, forgetCancellation } from '../ledger/cancellations.js';
import { recordEvent } from '../ledger/events.js';
import { cancelRow } from '../ledger/one-row.js';
import type { JobRef } from '../queue/inspect.js';
import { type FoundJob, findJob, type JobPlaces } from './find-job.js';
import { hasEnded } from './wait-for-job.js';

export interface CancelReport {
  job: string;
  /** `stopping`: it runs, and its worker stops it within two seconds. `ended`: it had ended, and nothing was changed. */
  outcome: 'cancelled' | 'stopping' | 'ended';
  /** The state in which it was. */
  was: string;
  /** Jobs that waited for it and are cancelled with it. */
  dependents: string[];
}

export interface CancelPlaces extends JobPlaces {
  /** Adds the job that ends a batch, when its last row is cancelled. */
  addFinishJob: (batchId: string) => Promise<void>;
}

/** A flow is no deeper than this. */
const MOST_DEPENDENTS = 100;

/** @throws {NotFoundError} @throws {UsageError} JOB_NOT_CANCELLABLE for the job that ends a batch */
export async function cancelJob(
  places: CancelPlaces,
  id: string,
  { reason, dryRun }: { reason: string; dryRun: boolean },
): Promise<CancelReport> {
  const found = await findJob(places, id);
  const was = found.state;
  if (hasEnded(found) || was === 'duplicate') return { job: id, outcome: 'ended', was, dependents: [] };
  if (found.job?.data.kind === 'finish') throw endsABatch(id, found.job.data.batch);
  const dependents = await dependentsOf(places, found);
  const report = { job: id, was, dependents: dependents.map((one) => one.id) };
  if (dryRun) return { ...report, outcome: was === 'active' ? 'stopping' : 'cancelled' };
  // From the last to run to the first: a job that is gone lets go of those that wait for it.
  for (const one of dependents.reverse()) await stopOne(places, one, `${reason} (${id}, which it waits for)`);
  const outcome =
    found.batch === undefined ? await stopOne(places, found, reason) : await stopRow(places, found, reason);
  if (outcome !== 'ended') await tell(places, found, { reason, dependents: report.dependents });
  return { ...report, outcome };
}

function endsABatch(id: string, batch: string): UsageError {
  return new UsageError(
    `Job ${id} ends batch ${batch}, whose rows have ended; without it the batch never would`,
    {
      code: 'JOB_NOT_CANCELLABLE',
      hint: `jobs job why ${id}`,
      details: { job: id, batch },
    },
  );
}

async function dependentsOf(
  { queues }: JobPlaces,
  { job }: FoundJob,
): Promise<(JobRef & { task: string })[]> {
  const dependents: (JobRef & { task: string })[] = [];
  let parent = job?.parent ?? null;
  while (parent !== null && dependents.length < MOST_DEPENDENTS) {
    const next = await queues.inspector.job(parent.queue, parent.id);
    if (next === undefined || next.endedAtMs !== null) break;
    dependents.push(next);
    parent = next.parent;
  }
  return dependents;
}

async function stopOne(
  { db, queues }: CancelPlaces,
  { id, queue, task }: JobRef & { task: string },
  reason: string,
): Promise<CancelReport['outcome']> {
  await askCancellation(db, { id, queue, task, reason });
  if (await leavesQueue({ queues }, { id, queue })) {
    await endCancellation(db, id);
    return 'cancelled';
  }
  const now = await queues.inspector.job(queue, id);
  if (now !== undefined && now.endedAtMs === null) return 'stopping';
  await forgetCancellation(db, [id]);
  return 'ended';
}

/** The row ends at once, whatever its job does: what an attempt records from now on is refused. */
async function stopRow(
  places: CancelPlaces,
  found: FoundJob,
  reason: string,
): Promise<CancelReport['outcome']> {
  const { db, queues } = places;
  const { id, task } = found;
  const queue = found.job?.queue ?? found.queue;
  const batchId = found.batch!.id;
  const batchState = await db.transaction(async (tx) => {
    const state = await cancelRow(tx, { batchId, number: found.row!.number, reason });
    if (state !== undefined) await askCancellation(tx, { id, queue, task, reason });
    return state;
  });
  if (batchState === undefined) return 'ended';
  if (batchState === 'finishing') await places.addFinishJob(batchId);
  if (found.job !== undefined && !(await leavesQueue({ queues }, { id, queue }))) {
    const now = await queues.inspector.job(queue, id);
    if (now?.state === 'active') return 'stopping';
  }
  await endCancellation(db, id);
  return 'cancelled';
}

/** A job that somebody holds stays, also when its lease has just begun. */
async function leavesQueue({ queues }: Pick<JobPlaces, 'queues'>, job: JobRef): Promise<boolean> {
  return queues.inspector.remove(job);
}

async function tell(
  { db }: JobPlaces,
  { id, queue, task, batch, row }: FoundJob,
  { reason, dependents }: { reason: string; dependents: readonly string[] },
): Promise<void> {
  const more = dependents.length === 0 ? '' : `, and ${plural(dependents.length, 'job')} that waited for it`;
  await recordEvent(db, {
    type: 'cancelled',
    queue,
    task,
    job: id,
    batch: batch?.id,
    row: row?.number,
    message: `${reason}${more}`,
  });
  await recordAudit(db, {
    action: 'job cancel',
    target: { job: id },
    count: 1 + dependents.length,
    details: { reason, dependents },
  });
}
