/** Whether a queue has a job that could begin now, asked in a few cheap questions however many jobs it has. */
import type { Queue } from 'bullmq';
import type { Database } from '../database/database.js';

export async function canRun(
  queue: Queue,
  db: Database,
  kind: 'redis' | 'postgres' | 'embedded',
): Promise<boolean> {
  const hasWaiting = kind === 'redis' ? await waitsInRedis(queue) : await waitsInDatabase(queue, db);
  if (!hasWaiting || (await queue.isPaused()) || (await queue.isMaxed())) return false;
  return (await queue.getRateLimitTtl()) <= 0;
}

async function waitsInRedis(queue: Queue): Promise<boolean> {
  const { waiting = 0, prioritized = 0 } = await queue.getJobCounts('waiting', 'prioritized');
  return waiting + prioritized > 0;
}

async function waitsInDatabase(queue: Queue, db: Database): Promise<boolean> {
  const { rows } = await db.query(`select 1 from bullmq.job where queue = $1 and state = 'waiting' limit 1`, [
    queue.name,
  ]);
  return rows.length > 0;
}
