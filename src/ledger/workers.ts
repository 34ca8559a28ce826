/** Workers that say they are alive. */
import type { Session } from '../database/database.js';

export interface WorkerRecord {
  id: string;
  host: string;
  pid: number;
  queues: string[];
  concurrency: number;
  versions: Record<string, string>;
  running: number;
  rssBytes: number;
  startedAt: string;
  heartbeatAt: string;
  stoppedAt: string | null;
}

export type WorkerStart = Pick<WorkerRecord, 'id' | 'host' | 'pid' | 'queues' | 'concurrency' | 'versions'>;

export async function recordWorkerStart(db: Session, worker: WorkerStart): Promise<void> {
  await db.query(
    `insert into sluice.worker (id, host, pid, queues, concurrency, versions)
     values ($1, $2, $3, $4::jsonb, $5, $6::jsonb) on conflict (id) do nothing`,
    [
      worker.id,
      worker.host,
      worker.pid,
      JSON.stringify(worker.queues),
      worker.concurrency,
      JSON.stringify(worker.versions),
    ],
  );
}

export async function recordHeartbeat(
  db: Session,
  worker: { id: string; running: number; rssBytes: number },
): Promise<void> {
  await db.query(
    'update sluice.worker set heartbeat_at = now(), running = $2, rss_bytes = $3 where id = $1',
    [worker.id, worker.running, worker.rssBytes],
  );
}

export async function recordWorkerStop(db: Session, id: string): Promise<void> {
  await db.query('update sluice.worker set stopped_at = now(), running = 0 where id = $1', [id]);
}

/** Workers that have not stopped, newest heartbeat first. */
export async function listWorkers(db: Session): Promise<WorkerRecord[]> {
  const { rows } = await db.query<{
    id: string;
    host: string;
    pid: number;
    queues: string[];
    concurrency: number;
    versions: Record<string, string>;
    running: number;
    rss_bytes: string;
    started_at: Date;
    heartbeat_at: Date;
    stopped_at: Date | null;
  }>('select * from sluice.worker where stopped_at is null order by heartbeat_at desc limit 1000');
  return rows.map((row) => ({
    id: row.id,
    host: row.host,
    pid: row.pid,
    queues: row.queues,
    concurrency: row.concurrency,
    versions: row.versions,
    running: row.running,
    rssBytes: Number(row.rss_bytes),
    startedAt: row.started_at.toISOString(),
    heartbeatAt: row.heartbeat_at.toISOString(),
    stoppedAt: row.stopped_at?.toISOString() ?? null,
  }));
}
