/** The end of a batch: the task's `finish` runs over all rows, its artifacts are stored and recorded. */
import { toErrorRecord } from '../core/error.js';
import type { TaskLog } from '../core/task.js';
import { forgetArtifacts, listArtifacts, recordArtifact } from '../ledger/artifacts.js';
import { endBatch } from '../ledger/batch-turns.js';
import { findBatch } from '../ledger/batches.js';
import { isLedgerAway } from '../ledger/patience.js';
import { readRows } from '../ledger/rows.js';
import type { ArtifactFolder } from '../storage/artifact-folder.js';
import type { BatchParts } from './parts.js';

/**
 * Runs `finish` and closes the batch. A batch that has ended already is left alone. What an earlier run of `finish` wrote
 * and this one did not is removed. When `finish` fails the batch still ends, with the error kept and the earlier artifacts
 * left: its rows are done and their outputs can be written.
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
  const written = new Set<string>();
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
          written.add(stored.path);
        },
      },
      readRows(parts.db, batch.id),
    );
    await removeOthers(parts, storage, { batchId, written });
  } catch (thrown) {
    if (signal.aborted || isLedgerAway(thrown)) throw thrown;
    error = toErrorRecord(thrown);
  }
  await endBatch(parts.db, batch, error);
}

/** First the files, then their records: a crash between the two leaves what the next run removes. */
async function removeOthers(
  parts: Pick<BatchParts, 'db'>,
  storage: ArtifactFolder,
  { batchId, written }: { batchId: string; written: ReadonlySet<string> },
): Promise<void> {
  const others = (await listArtifacts(parts.db, batchId, 'finish')).filter(({ path }) => !written.has(path));
  if (others.length === 0) return;
  for (const { path } of others) await storage.remove(batchId, path);
  await forgetArtifacts(
    parts.db,
    batchId,
    'finish',
    others.map(({ path }) => path),
  );
}
