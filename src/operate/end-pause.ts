/** The end of a pause that was for a time, unless somebody has paused the queue anew. */
import { findQueueSetting, forgetPause } from '../ledger/queue-settings.js';
import type { QueueControlPlaces } from './queue-control.js';

/** `claimed` names the pause. True when it was that one that ended. */
export async function endPause(
  { db, queues }: Pick<QueueControlPlaces, 'db' | 'queues'>,
  { queue, claimed }: { queue: string; claimed: string },
): Promise<boolean> {
  await queues.controls.resume(queue);
  if (await forgetPause(db, queue, claimed)) return true;
  const setting = await findQueueSetting(db, queue);
  if (setting !== undefined && setting.pausedAt !== null) await queues.controls.pause(queue);
  return false;
}
