/** The end of a batch: the task's `finish` runs over all rows, its artifacts are stored and recorded. */
import { toErrorRecord } from '../core/error.js';
import type { TaskLog } from '../core/task.js';
import { recordArtifact } from '../ledger/artifacts.js';
import { findBatch, recordFinished } from '../ledger/batches.js';
import { isLedgerAway } from '../ledger/patience.js';
import { readRows } from '../ledger/rows.js';
import type { ArtifactFolder } from '../storage/artifact-folder.js';
import type { BatchParts } from './parts.js';

/**
 * Runs `finish` and closes the batch. A batch that has ended already is left alone. When `finish` fails the batch
 * still ends, with the error kept: its rows are done and their outputs can be written.
 */
export async function finishBatch(
  parts: Pick<BatchParts, 'db' | 'registry' | 'data'>,
  storage: ArtifactFolder,
  log: TaskLog,
  { batchId, signal }: { batchId: string; signal: AbortSignal },
): Promise<void> {
  const batch = await findBatch(parts.db, batchId);
  if (batch?.state !== 'finishing') return;
  let error = null;
  try {
    const task = await parts.registry.get(batch.task);
    await task.finish?.(
      {
        options: batch.options,
        prepared: batch.prepared,
        data: parts.data,
        batch: { id: batch.id, source: batch.source.file },
        counts: batch.counts,
        signal,
        log,
        artifact: async (file) => {
          const stored = await storage.write(batch.id, file.name, file.content);
          await recordArtifact(parts.db, batch.id, {
            name: file.name,
            kind: file.kind,
            title: file.title ?? null,
            origin: 'finish',
            ...stored,
          });
        },
      },
      readRows(parts.db, batch.id),
    );
  } catch (thrown) {
    if (signal.aborted || isLedgerAway(thrown)) throw thrown;
    error = toErrorRecord(thrown);
  }
  await recordFinished(parts.db, batch.id, error);
}
