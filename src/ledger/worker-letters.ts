/**
 * Letters to workers: what operators want of each, and what it answered. A letter stays until it is read, so an answer may
 * come late; it is for one process, and is worth nothing when that has ended.
 */
import type { Session } from '../database/database.js';

export type WorkerVerb = 'ping' | 'scale' | 'pause' | 'resume' | 'add-queue' | 'drop-queue' | 'stop';

export interface WorkerLetter {
  id: string;
  verb: WorkerVerb;
  args: { queue?: string; slots?: number };
  askedBy: string;
}

/** How a worker is after it did what a letter asked, or why it did not. */
export interface WorkerAnswer {
  /** Undefined: done. */
  refused?: string;
  state: 'running' | 'paused' | 'stopping';
  slots: Record<string, number>;
  running: number;
}

const KEPT = "interval '7 days'";

/** One letter for each worker. Returns the letters' ids by worker. */
export async function writeLetters(
  db: Session,
  letter: Omit<WorkerLetter, 'id'> & { workers: readonly string[] },
): Promise<Map<string, string>> {
  const { rows } = await db.query<{ id: string; worker: string }>(
    `with old as (delete from sluice.worker_command where asked_at < now() - ${KEPT})
     insert into sluice.worker_command (worker, verb, args, asked_by)
     select worker, $2, $3::jsonb, $4 from unnest($1::text[]) as worker returning id, worker`,
    [letter.workers, letter.verb, JSON.stringify(letter.args), letter.askedBy],
  );
  return new Map(rows.map(({ id, worker }) => [worker, id]));
}

/** Letters that a worker has not answered, oldest first. */
export async function unreadLetters(db: Session, worker: string): Promise<WorkerLetter[]> {
  const { rows } = await db.query<Omit<WorkerLetter, 'askedBy'> & { asked_by: string }>(
    `select id, verb, args, asked_by from sluice.worker_command where worker = $1 and answered_at is null
     order by id limit 100`,
    [worker],
  );
  return rows.map(({ asked_by, ...letter }) => ({ ...letter, askedBy: asked_by }));
}

export async function answerLetter(db: Session, id: string, answer: WorkerAnswer): Promise<void> {
  await db.query('update sluice.worker_command set answered_at = now(), answer = $2::jsonb where id = $1', [
    id,
    JSON.stringify(answer),
  ]);
}

export interface AnsweredLetter {
  id: string;
  worker: string;
  answer: WorkerAnswer;
  /** From the letter to its answer. */
  tookMs: number;
}

/** Those of `ids` that were answered. */
export async function readAnswers(db: Session, ids: readonly string[]): Promise<AnsweredLetter[]> {
  const { rows } = await db.query<{ id: string; worker: string; answer: WorkerAnswer; took_ms: number }>(
    `select id, worker, answer, extract(epoch from answered_at - asked_at)::float8 * 1000 as took_ms
     from sluice.worker_command where id = any($1::bigint[]) and answered_at is not null`,
    [ids],
  );
  return rows.map(({ took_ms, ...letter }) => ({ ...letter, tookMs: Math.max(Math.round(took_ms), 0) }));
}
