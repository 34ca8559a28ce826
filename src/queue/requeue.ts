/** Jobs that failed for good are run again: the same job in its place in the queue, or the same id added anew. */
import type { Job, Queue } from 'bullmq';
import type { JobData, NewJob } from './job.js';

export interface Requeue {
  queue: string;
  /** As it is added when the queue has it no more. A row's `fenceBase` counts every start so far. */
  job: NewJob;
  /** The queue that its failed job is in, when that is another one. */
  fromQueue?: string | undefined;
}

/** What requeueing works with: given by the queues, who know connections and transactions. */
export interface RequeueBackend {
  /** Jobs that are asked for side by side: one in a transaction, which has one connection. */
  atOnce: number;
  in<T>(queue: string, work: (queue: Queue) => Promise<T>): Promise<T>;
  add(queue: string, jobs: readonly NewJob[]): Promise<void>;
}

/**
 * Returns the ids of the jobs that will run, or run already. Left out are those whose failed run has not left the queue
 * yet: ask again for them. Asking twice does no harm.
 *
 * Attempts are counted from none again, starts are not: the attempts of a row keep their order. A job that waits already
 * only gets its new data.
 */
export async function requeueAll(backend: RequeueBackend, wanted: readonly Requeue[]): Promise<Set<string>> {
  const queued = new Set<string>();
  const absent: Requeue[] = [];
  for (let first = 0; first < wanted.length; first += backend.atOnce) {
    const some = wanted.slice(first, first + backend.atOnce);
    const found = await Promise.all(some.map((one) => requeueOne(backend, one)));
    for (const [index, place] of found.entries()) {
      if (place === 'queued') queued.add(some[index]!.job.id);
      if (place === 'absent') absent.push(some[index]!);
    }
  }
  for (const queue of new Set(absent.map((one) => one.queue))) {
    const jobs = absent.filter((one) => one.queue === queue).map(({ job }) => job);
    await backend.add(queue, jobs);
    for (const { id } of jobs) queued.add(id);
  }
  return queued;
}

type Place = 'queued' | 'ending' | 'absent';

async function requeueOne(backend: RequeueBackend, { queue, job, fromQueue }: Requeue): Promise<Place> {
  if (fromQueue === undefined || fromQueue === queue) return backend.in(queue, (one) => inPlace(one, job));
  const removed = await backend.in(fromQueue, (one) => removeEnded(one, job.id));
  return removed ? backend.in(queue, (one) => inPlace(one, job)) : 'ending';
}

/** False while its failed run has not left the queue. */
async function removeEnded(queue: Queue, jobId: string): Promise<boolean> {
  if ((await queue.getJobState(jobId)) === 'active') return false;
  await queue.remove(jobId, { removeChildren: false });
  return true;
}

async function inPlace(queue: Queue, wanted: NewJob): Promise<Place> {
  const found = await queue.getJob(wanted.id);
  if (found === undefined || found === null) return 'absent';
  const state = await found.getState();
  if (state === 'unknown') return 'absent';
  if (state === 'active') return 'ending';
  if (state === 'completed') return 'queued';
  await found.updateData(mergedData(found, wanted.data));
  if (state !== 'failed') return 'queued';
  try {
    await found.retry('failed', { resetAttemptsMade: true });
  } catch (error) {
    // Somebody else was first: then it is where it should be.
    if ((await queue.getJobState(wanted.id)) === 'failed') throw error;
  }
  return 'queued';
}

/** Starts of this job go on being counted, so that a row's next attempt is newer than every one before. */
function mergedData(found: Job, data: JobData): JobData {
  const old = found.data as JobData;
  if (data.kind !== 'row' || old.kind !== 'row') return data;
  return {
    ...data,
    fenceBase: Math.max(old.fenceBase, data.fenceBase - found.attemptsStarted),
    ...(old.unbegun === undefined ? {} : { unbegun: old.unbegun }),
  };
}
