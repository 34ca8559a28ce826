/** The turns of a batch that people are told of: each is recorded together with its event, or not at all. */
import type { ErrorRecord } from '../core/error.js';
import { plural } from '../core/text.js';
import type { Database } from '../database/database.js';
import { recordAudit } from './audit.js';
import {
  type BatchRecord,
  type BatchState,
  cancelBatch,
  closeSubmission,
  findBatch,
  recordFinished,
} from './batches.js';
import { recordEvent } from './events.js';

/** All rows of a batch are recorded. Returns the state that follows; undefined when it was not being submitted. */
export function startBatch(db: Database, id: string): Promise<BatchState | undefined> {
  return db.transaction(async (tx) => {
    const state = await closeSubmission(tx, id);
    if (state === undefined) return undefined;
    const batch = (await findBatch(tx, id))!;
    const message = `${plural(batch.counts.total, 'row')} of ${batch.source.file}`;
    await recordEvent(tx, { type: 'batch-started', ...namesOf(batch), message });
    return state;
  });
}

/** See {@link recordFinished}. */
export function endBatch(
  db: Database,
  batch: Pick<BatchRecord, 'id' | 'finishRuns'>,
  error: ErrorRecord | null,
): Promise<void> {
  return db.transaction(async (tx) => {
    if (!(await recordFinished(tx, batch, error))) return;
    const ended = (await findBatch(tx, batch.id))!;
    await recordEvent(tx, {
      type: 'batch-finished',
      ...namesOf(ended),
      durationMs: Date.parse(ended.endedAt!) - Date.parse(ended.startedAt ?? ended.createdAt),
      message: `${countsText(ended)}${error === null ? '' : `; its finish failed: ${error.message}`}`,
    });
  });
}

/** See {@link cancelBatch}. */
export function cancelWholeBatch(db: Database, id: string, reason: string): Promise<number | undefined> {
  return db.transaction(async (tx) => {
    const rows = await cancelBatch(tx, id, reason);
    if (rows === undefined) return undefined;
    const batch = (await findBatch(tx, id))!;
    await recordEvent(tx, {
      type: 'cancelled',
      ...namesOf(batch),
      message: `${plural(rows, 'row')}: ${reason}`,
    });
    await recordAudit(tx, {
      action: 'batch cancel',
      target: { batch: id },
      count: rows,
      details: { reason },
    });
    return rows;
  });
}

function namesOf({ id, queue, task }: BatchRecord): { batch: string; queue: string; task: string } {
  return { batch: id, queue, task };
}

function countsText({ counts }: BatchRecord): string {
  const { completed, failed, invalid, skipped, cancelled } = counts;
  const parts = Object.entries({ completed, failed, invalid, skipped, cancelled });
  return parts.flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : [])).join(', ');
}
