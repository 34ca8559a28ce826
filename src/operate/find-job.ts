/** Finds a job by its id alone: in the ledger, which knows the rows, and in the queue, which knows the rest. */
import { NotFoundError } from '../core/error.js';
import type { AnyTask, TaskRegistry } from '../core/task.js';
import { plural } from '../core/text.js';
import type { Database } from '../database/database.js';
import { type BatchRecord, findBatch } from '../ledger/batches.js';
import { type JobTrace, seenQueues, traceJob } from '../ledger/job-traces.js';
import { findRow, type RowFacts } from '../ledger/one-row.js';
import { patiently } from '../ledger/patience.js';
import type { JobState, QueuedJob } from '../queue/inspect.js';
import type { Queues } from '../queue/queues.js';

/** Where jobs are looked for. */
export interface JobPlaces {
  db: Database;
  queues: Queues;
  tasks: TaskRegistry;
  /** Names of the project's own queues. */
  queueNames: () => Promise<string[]>;
}

export interface FoundJob {
  id: string;
  queue: string;
  task: string;
  state: FoundState;
  /** Undefined when the queue no longer has it: completed rows are removed, and cancelled jobs. */
  job: QueuedJob | undefined;
  /** Of a row. */
  batch: BatchRecord | undefined;
  row: RowFacts | undefined;
  trace: JobTrace;
}

/**
 * A job's state, and beyond the queue's own: `cancelled`; `duplicate`, when it was not added because an equal job was there;
 * `unqueued`, when its row waits for a sweep to add the job (again).
 */
export type FoundState = JobState | 'cancelled' | 'duplicate' | 'unqueued';

const ROW_ID = /^(b_[0-9a-z]{16})-(\d{1,9})$/;
const OF_BATCH = /^(b_[0-9a-z]{16})-/;

/** @throws {NotFoundError} JOB_NOT_FOUND, with what to look at instead */
export async function findJob(places: JobPlaces, id: string, inQueue?: string): Promise<FoundJob> {
  const row = await findItsRow(places, id);
  const trace = await patiently(() => traceJob(places.db, id));
  const job = await findInQueues(places, id, [
    ...(inQueue === undefined ? [] : [inQueue]),
    ...(row === undefined ? [] : [row.batch.queue]),
    ...trace.queues,
  ]);
  const state = row === undefined ? stateOfJob(job, trace) : stateOfRow(row.row, job);
  if (state === undefined) throw await notFound(places, id);
  const { link, deadLetter, cancellation } = trace;
  return {
    id,
    queue: job?.queue ?? row?.batch.queue ?? deadLetter?.queue ?? cancellation?.queue ?? link?.queue ?? '',
    task: job?.task ?? row?.batch.task ?? deadLetter?.task ?? cancellation?.task ?? '',
    state,
    job,
    batch: row?.batch,
    row: row?.row,
    trace,
  };
}

/** Undefined when the task is not, or no longer, one of this project. */
export async function taskOf({ tasks }: JobPlaces, name: string): Promise<AnyTask | undefined> {
  return tasks.get(name).catch((error: unknown) => {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  });
}

/** Every queue that the project or its ledger names, or that has had jobs. */
export async function knownQueues({ db, queues, queueNames }: JobPlaces): Promise<string[]> {
  const named = await Promise.all([queueNames(), patiently(() => seenQueues(db)), queues.controls.names()]);
  return [...new Set(named.flat())].sort();
}

async function findItsRow(
  { db }: JobPlaces,
  id: string,
): Promise<{ batch: BatchRecord; row: RowFacts } | undefined> {
  const [, batchId, number] = ROW_ID.exec(id) ?? [];
  if (batchId === undefined) return undefined;
  const batch = await patiently(() => findBatch(db, batchId));
  const row = await patiently(() => findRow(db, batchId, Number(number)));
  if (batch === undefined || row === undefined) return undefined;
  if (row.state === 'invalid' || row.state === 'skipped') throw neverAJob(batchId, row);
  return { batch, row };
}

/** First where it was seen, then everywhere. */
async function findInQueues(
  places: JobPlaces,
  id: string,
  likely: readonly string[],
): Promise<QueuedJob | undefined> {
  const { inspector } = places.queues;
  const looked = new Set<string>();
  const look = async (names: readonly string[]): Promise<QueuedJob | undefined> => {
    const some = [...new Set(names)].filter((name) => !looked.has(name));
    for (const name of some) looked.add(name);
    const jobs = await Promise.all(some.map((name) => inspector.job(name, id)));
    return jobs.find((job) => job !== undefined);
  };
  const found = await look(likely);
  // A row's job is in its batch's queue, or where a replay has put it: the ledger knows both.
  if (found !== undefined || OF_BATCH.test(id)) return found ?? look(await batchQueues(places, id));
  return look(await knownQueues(places));
}

/** For the job of a batch's finish, which has no row. */
async function batchQueues({ db }: JobPlaces, id: string): Promise<string[]> {
  const batch = await patiently(() => findBatch(db, OF_BATCH.exec(id)![1]!));
  return batch === undefined ? [] : [batch.queue];
}

function stateOfRow(row: RowFacts, job: QueuedJob | undefined): FoundState {
  if (row.state === 'completed' || row.state === 'failed' || row.state === 'cancelled') return row.state;
  return job?.state ?? 'unqueued';
}

function stateOfJob(
  job: QueuedJob | undefined,
  { link, deadLetter, cancellation }: JobTrace,
): FoundState | undefined {
  const hasEnded = job === undefined || job.endedAtMs !== null;
  if (cancellation !== undefined && cancellation.endedAt !== null && hasEnded) return 'cancelled';
  if (job !== undefined) return job.state;
  if (deadLetter !== undefined) return 'failed';
  if (cancellation !== undefined) return 'cancelled';
  return link?.kind === 'duplicate' ? 'duplicate' : undefined;
}

function neverAJob(batchId: string, row: RowFacts): NotFoundError {
  return new NotFoundError(`Row ${row.number} of ${batchId} is ${row.state} and never became a job`, {
    code: 'JOB_NOT_FOUND',
    hint: `jobs batch log ${batchId} --state ${row.state}`,
    details: { job: `${batchId}-${row.number}`, row: row.number, state: row.state },
  });
}

async function notFound(places: JobPlaces, id: string): Promise<NotFoundError> {
  const batchId = OF_BATCH.exec(id)?.[1];
  const facts = { code: 'JOB_NOT_FOUND', details: { job: id } };
  if (batchId === undefined) {
    const looked = await knownQueues(places);
    return new NotFoundError(
      `There is no job ${id} in the ${plural(looked.length, 'queue')} of this project; completed jobs are kept for a while only`,
      { ...facts, hint: `jobs job list --queue ${looked[0] ?? 'default'} --state completed` },
    );
  }
  const batch = await patiently(() => findBatch(places.db, batchId));
  return batch === undefined
    ? new NotFoundError(`There is no job ${id}: there is no batch ${batchId}`, {
        ...facts,
        hint: 'jobs batch list',
      })
    : new NotFoundError(`There is no job ${id}: batch ${batchId} has no such row`, {
        ...facts,
        hint: `jobs batch log ${batchId}`,
      });
}
