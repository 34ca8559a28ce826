/** Which code of a task the producers of open batches had. */
import type { Session } from '../database/database.js';

export interface ProducedCode {
  task: string;
  queue: string;
  version: number;
  /** As in a worker's report; null when it was not recorded. */
  hash: string | null;
  /** The newest batch of it. */
  batch: string;
}

/** Of batches whose rows may still run; jobs of no batch do not say which code added them. */
export async function listProducedCodes(db: Session): Promise<ProducedCode[]> {
  const { rows } = await db.query<ProducedCode>(
    `select distinct on (task, queue, task_version, task_hash)
       task, queue, task_version as version, task_hash as hash, id as batch
     from sluice.batch where state in ('submitting', 'running', 'finishing')
     order by task, queue, task_version, task_hash, created_at desc limit 1000`,
  );
  return rows;
}
