/** Forgets jobs of a queue that have ended. */
import { deleteLetters } from '../ledger/dead-letters.js';
import { patiently } from '../ledger/patience.js';
import type { QueueControlPlaces } from './queue-control.js';

export interface Cleaned {
  jobs: number;
  /** Open dead letters that went with them; null in a dry run. */
  deadLetters: number | null;
}

const AT_ONCE = 1_000;

/**
 * Rows and their results stay in the ledger. The dead letters of failed jobs go after the jobs: a crash between the two
 * leaves letters, and nothing that nobody knows of.
 */
export async function cleanQueue(
  { db, queues }: Pick<QueueControlPlaces, 'db' | 'queues'>,
  {
    queue,
    state,
    olderMs,
    dryRun,
  }: { queue: string; state: 'completed' | 'failed'; olderMs: number; dryRun: boolean },
): Promise<Cleaned> {
  const { controls } = queues;
  if (dryRun) return { jobs: await controls.countOlder(queue, state, olderMs), deadLetters: null };
  const cleaned = { jobs: 0, deadLetters: 0 };
  for (;;) {
    const ids = await controls.clean(queue, state, { olderMs, limit: AT_ONCE });
    cleaned.jobs += ids.length;
    if (state === 'failed') cleaned.deadLetters += await patiently(() => deleteLetters(db, ids));
    if (ids.length < AT_ONCE) return cleaned;
  }
}
