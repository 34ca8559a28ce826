/** Takes every job that has not begun out of a queue. */
import { currentActor } from '../ledger/audit.js';
import { cancelDrainedRows } from '../ledger/drained-rows.js';
import { patiently } from '../ledger/patience.js';
import { recordPause } from '../ledger/queue-settings.js';
import { rowOfJobId } from '../queue/job.js';
import { endPause } from './end-pause.js';
import type { QueueControlPlaces } from './queue-control.js';

export interface Drained {
  /** Jobs taken out, delayed ones too. */
  jobs: number;
  /** Those of them that were rows of a batch: the ledger has them as cancelled. Null in a dry run. */
  rows: number | null;
}

const AT_ONCE = 500;
/** A drain that dies leaves its queue paused; it goes on by itself then. */
const LONGEST_PAUSE_MS = 600_000;

/**
 * What runs is left alone. The queue starts nothing meanwhile, so that no row is cancelled that has begun. Rows are
 * cancelled in the ledger before their jobs go: a crash half-way leaves jobs whose rows have ended, and draining again
 * takes the rest.
 */
export async function drainQueue(
  places: Pick<QueueControlPlaces, 'db' | 'queues' | 'addFinishJob'>,
  { queue, dryRun }: { queue: string; dryRun: boolean },
): Promise<Drained> {
  const { controls } = places.queues;
  const { isPaused, counts } = await controls.facts(queue);
  if (dryRun) return { jobs: counts.waiting + counts.prioritized + counts.delayed, rows: null };
  if (isPaused) return removeAll(places, queue);
  const pause = { queue, by: currentActor(), reason: 'it is being drained', forMs: LONGEST_PAUSE_MS };
  const claimed = await recordPause(places.db, pause);
  await controls.pause(queue);
  try {
    return await removeAll(places, queue);
  } finally {
    await endPause(places, { queue, claimed });
  }
}

async function removeAll(
  { db, queues, addFinishJob }: Pick<QueueControlPlaces, 'db' | 'queues' | 'addFinishJob'>,
  queue: string,
): Promise<{ jobs: number; rows: number }> {
  const total = { jobs: 0, rows: 0 };
  const finishing = new Set<string>();
  const reason = `its queue was drained by ${currentActor()}`;
  for (;;) {
    const ids = await queues.controls.unbegun(queue, AT_ONCE);
    const rows = ids.map(rowOfJobId).filter((row) => row !== undefined);
    const cancelled = await patiently(() => cancelDrainedRows(db, rows, reason));
    const removed = await queues.controls.remove(queue, ids);
    total.jobs += removed;
    total.rows += cancelled.cancelled;
    for (const batch of cancelled.finishing) finishing.add(batch);
    if (removed === 0) break;
  }
  for (const batch of finishing) await addFinishJob(batch);
  return total;
}
