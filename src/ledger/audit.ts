/** What operators did: who, when, what, to how many. */
import { hostname, userInfo } from 'node:os';
import type { Session } from '../database/database.js';

export interface AuditEntry {
  at: string;
  /** `user@host`. */
  actor: string;
  /** The command's words: `dlq replay`. */
  action: string;
  /** What was asked for: ids, filters, a queue. */
  target: Record<string, unknown>;
  /** How many things changed. */
  count: number;
  details: Record<string, unknown>;
}

/** Who this process works for, as `user@host`. */
export function currentActor(): string {
  let user: string;
  try {
    user = userInfo().username;
  } catch {
    user = `uid ${process.getuid?.() ?? 'unknown'}`;
  }
  return `${user}@${hostname()}`;
}

export async function recordAudit(
  db: Session,
  entry: Pick<AuditEntry, 'action' | 'target' | 'count'> & { details?: Record<string, unknown> },
): Promise<void> {
  await db.query(
    'insert into sluice.audit (actor, action, target, count, details) values ($1, $2, $3::jsonb, $4, $5::jsonb)',
    [
      currentActor(),
      entry.action,
      JSON.stringify(entry.target),
      entry.count,
      JSON.stringify(entry.details ?? {}),
    ],
  );
}

/** Newest first. */
export async function listAudit(db: Session, limit: number): Promise<AuditEntry[]> {
  const { rows } = await db.query<Omit<AuditEntry, 'at'> & { at: Date }>(
    'select at, actor, action, target, count, details from sluice.audit order by at desc, id desc limit $1',
    [limit],
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}
