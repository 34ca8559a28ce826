/** Workers that say they are alive, and what each says of itself. */
import type { TaskCode } from '../core/task.js';
import type { Database, Session } from '../database/database.js';

export type WorkerState = 'running' | 'paused' | 'stopping';

export interface RunningJob {
  job: string;
  queue: string;
  task: string;
  startedAt: string;
}

/** What a worker says of itself with each heartbeat. */
export interface WorkerReport {
  state: WorkerState;
  /** How many jobs it runs at once, by queue. */
  slots: Record<string, number>;
  /** How many jobs it runs now. */
  running: number;
  /** Those that have run longest, at most 100. */
  jobs: RunningJob[];
  rssBytes: number;
  /** Tasks that it has loaded, by name. */
  tasks: Record<string, TaskCode>;
}

export interface WorkerStart {
  id: string;
  host: string;
  pid: number;
  versions: Record<string, string>;
  slots: Record<string, number>;
}

export interface WorkerRecord extends WorkerStart, WorkerReport {
  startedAt: string;
  heartbeatAt: string;
  /** By the clock of the ledger. */
  heartbeatAgeMs: number;
  /** Its heartbeat is older than {@link LOST_AFTER_MS}: it was killed, is frozen, or cannot reach the ledger. */
  isLost: boolean;
}

const MOST_REPORTED = 100;
/** Three heartbeats. */
export const LOST_AFTER_MS = 15_000;
/** A lost worker is told of for so long. */
const REMEMBERED = "interval '1 hour'";
/** A worker that is not heard of for so long is taken for gone. */
const SILENT = "interval '1 minute'";
const KEPT = "interval '30 days'";
const MOST_LISTED = 1_000;

export async function recordWorkerStart(db: Session, worker: WorkerStart): Promise<void> {
  await db.query(
    `with old as (delete from sluice.worker where heartbeat_at < now() - ${KEPT})
     insert into sluice.worker (id, host, pid, queues, concurrency, slots, versions)
     values ($1, $2, $3, $4::jsonb, $5, $6::jsonb, $7::jsonb) on conflict (id) do nothing`,
    [worker.id, worker.host, worker.pid, ...slotValues(worker.slots), JSON.stringify(worker.versions)],
  );
}

/** A heartbeat; one that comes after the end changes nothing. */
export async function recordHeartbeat(db: Session, id: string, report: WorkerReport): Promise<void> {
  await db.query(
    `update sluice.worker set heartbeat_at = now(), queues = $2::jsonb, concurrency = $3, slots = $4::jsonb, state = $5,
       running = $6, jobs = $7::jsonb, rss_bytes = $8, tasks = $9::jsonb
     where id = $1 and stopped_at is null`,
    [
      id,
      ...slotValues(report.slots),
      report.state,
      report.running,
      JSON.stringify(report.jobs.slice(0, MOST_REPORTED)),
      report.rssBytes,
      JSON.stringify(report.tasks),
    ],
  );
}

export async function recordWorkerStop(db: Session, id: string): Promise<void> {
  await db.query(
    `update sluice.worker set stopped_at = now(), heartbeat_at = now(), running = 0, jobs = '[]' where id = $1`,
    [id],
  );
}

/** Workers that have not stopped; of those that were lost, the ones of the last hour. In the order they started. */
export async function listWorkers(db: Session): Promise<WorkerRecord[]> {
  const { rows } = await db.query<WorkerRow>(
    `select *, extract(epoch from now() - heartbeat_at)::float8 * 1000 as age_ms from sluice.worker
     where stopped_at is null and heartbeat_at > now() - ${REMEMBERED}
     order by started_at, id limit ${MOST_LISTED}`,
  );
  return rows.map(toRecord);
}

/**
 * Writes the end of workers that were killed or cut off: of each, once, when it has not been heard of for a while. One that
 * comes back after that goes on as if nothing had been said.
 */
export async function tellLostWorkers(db: Database): Promise<void> {
  const untold = `w.stopped_at is null and w.heartbeat_at < now() - ${SILENT} and w.heartbeat_at > now() - ${REMEMBERED}
    and not exists (select 1 from sluice.event e
      where e.at > w.heartbeat_at and e.type = 'worker-down' and e.worker = w.id)`;
  const { rows } = await db.query(`select 1 from sluice.worker w where ${untold} limit 1`);
  if (rows.length === 0) return;
  await db.transaction(async (tx) => {
    // Of two workers that look at once, the second sees what the first wrote.
    await tx.query(`select pg_advisory_xact_lock(hashtext('sluice.lost-workers'))`);
    await tx.query(
      `insert into sluice.event (type, worker, message)
       select 'worker-down', w.id, 'lost: nothing was heard of it since ' ||
         to_char(w.heartbeat_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
       from sluice.worker w where ${untold} order by w.heartbeat_at`,
    );
  });
}

/** Which of these have stopped by themselves. */
export async function findStopped(db: Session, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>(
    'select id from sluice.worker where id = any($1::text[]) and stopped_at is not null',
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}

function slotValues(slots: Record<string, number>): [queues: string, concurrency: number, slots: string] {
  const concurrency = Object.values(slots).reduce((sum, jobs) => sum + jobs, 0);
  return [JSON.stringify(Object.keys(slots)), concurrency, JSON.stringify(slots)];
}

interface WorkerRow {
  id: string;
  host: string;
  pid: number;
  state: WorkerState;
  slots: Record<string, number>;
  versions: Record<string, string>;
  tasks: Record<string, TaskCode>;
  running: number;
  jobs: RunningJob[];
  rss_bytes: string;
  started_at: Date;
  heartbeat_at: Date;
  age_ms: number;
}

function toRecord(row: WorkerRow): WorkerRecord {
  return {
    id: row.id,
    host: row.host,
    pid: row.pid,
    state: row.state,
    slots: row.slots,
    versions: row.versions,
    // jsonb keeps no order of keys.
    tasks: Object.fromEntries(
      Object.keys(row.tasks)
        .sort()
        .map((name) => [name, { version: row.tasks[name]!.version, hash: row.tasks[name]!.hash }]),
    ),
    running: row.running,
    jobs: row.jobs.map(({ job, queue, task, startedAt }) => ({ job, queue, task, startedAt })),
    rssBytes: Number(row.rss_bytes),
    startedAt: row.started_at.toISOString(),
    heartbeatAt: row.heartbeat_at.toISOString(),
    heartbeatAgeMs: Math.max(Math.round(row.age_ms), 0),
    isLost: row.age_ms > LOST_AFTER_MS,
  };
}
