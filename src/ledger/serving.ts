/** Who would run the jobs of a queue. */
import type { Session } from '../database/database.js';
import { LOST_AFTER_MS } from './workers.js';

export interface ServingWorker {
  id: string;
  host: string;
  pid: number;
  state: 'running' | 'paused' | 'stopping';
  /** Jobs of this queue that it runs at once. */
  slots: number;
  heartbeatAt: string;
}

const ALIVE = `heartbeat_at > now() - ${LOST_AFTER_MS} * interval '1 millisecond'`;

/** Workers of a queue that have said something lately, by the clock of the ledger. */
export async function workersServing(db: Session, queue: string): Promise<ServingWorker[]> {
  const { rows } = await db.query<Omit<ServingWorker, 'heartbeatAt'> & { heartbeat_at: Date }>(
    `select id, host, pid, state, (slots->>$1)::int as slots, heartbeat_at
     from sluice.worker
     where stopped_at is null and queues ? $1 and ${ALIVE}
     order by started_at`,
    [queue],
  );
  return rows.map(({ heartbeat_at, ...worker }) => ({ ...worker, heartbeatAt: heartbeat_at.toISOString() }));
}

/** How many workers take jobs of each queue now. */
export async function countServing(db: Session): Promise<Map<string, number>> {
  const { rows } = await db.query<{ queue: string; workers: number }>(
    `select jsonb_array_elements_text(queues) as queue, count(*)::int as workers from sluice.worker
     where stopped_at is null and state = 'running' and ${ALIVE}
     group by 1`,
  );
  return new Map(rows.map(({ queue, workers }) => [queue, workers]));
}

/** When a worker was last heard of; undefined when the ledger does not know it. */
export async function lastHeartbeat(
  db: Session,
  worker: string,
): Promise<{ host: string; pid: number; heartbeatAt: string; isAlive: boolean } | undefined> {
  const { rows } = await db.query<{ host: string; pid: number; heartbeat_at: Date; alive: boolean }>(
    `select host, pid, heartbeat_at,
       stopped_at is null and ${ALIVE} as alive
     from sluice.worker where id = $1`,
    [worker],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  return { host: row.host, pid: row.pid, heartbeatAt: row.heartbeat_at.toISOString(), isAlive: row.alive };
}
