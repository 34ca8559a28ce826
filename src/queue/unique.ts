/** One job that takes the place of an equal one, in one step: never are both gone, and never are both there. */
import type { Queue, RedisQueueBackend } from 'bullmq';
import type { Session } from '../database/database.js';
import type { JobEntry } from './job.js';

const UNBEGUN = new Set(['waiting', 'prioritized', 'delayed']);

export async function isUnbegun(queue: Queue, jobId: string): Promise<boolean> {
  return UNBEGUN.has(await queue.getJobState(jobId));
}

/** In Redis. Returns the id of the job that is there afterwards: `replaced` itself when it has begun meanwhile. */
export async function replaceInRedis(queue: Queue, replaced: string, entry: JobEntry): Promise<string> {
  const backend = queue.backend as unknown as RedisQueueBackend & {
    removeArgs(jobId: string, removeChildren: boolean): string[];
  };
  const steps = (await backend.client).multi();
  backend.execCommand(steps, 'removeJob', backend.removeArgs(replaced, false));
  void backend.addJobToTransaction(steps, entry.job as never, entry.jobId);
  const answers = (await steps.exec()) as [Error | null, unknown][];
  const failed = answers.find(([error]) => error !== null);
  if (failed !== undefined) throw failed[0];
  return String(answers[1]![1]);
}

/** The same in the database; `queue`'s statements are part of `tx`. */
export async function replaceInDatabase(
  { queue, tx }: { queue: Queue; tx: Session },
  replaced: string,
  entry: JobEntry,
): Promise<string> {
  // The lock that adding takes: taken after what removing locks, the two would wait for each other.
  await tx.query("select pg_advisory_xact_lock(hashtext('bullmq:dedup:' || $1 || ':' || $2))", [
    queue.name,
    entry.job.deduplicationId,
  ]);
  await queue.backend.remove(replaced, false);
  const [id] = await queue.backend.addJobs([entry as never]);
  return id!;
}
