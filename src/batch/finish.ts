/** The end of a batch: the task's `finish` runs over all rows, its artifacts are stored and recorded. */
import { withDataOptions } from '../config/data-options.js';
import type { BatchEnd, RunBatchEnd } from '../core/batch-end.js';
import { type ErrorRecord, toErrorRecord } from '../core/error.js';
import type { KeptFile } from '../core/kept-file.js';
import { forgetArtifacts, listArtifacts, recordArtifact } from '../ledger/artifacts.js';
import { endBatch } from '../ledger/batch-turns.js';
import { type BatchRecord, findBatch } from '../ledger/batches.js';
import { isLedgerAway, patiently } from '../ledger/patience.js';
import { readRowPage } from '../ledger/rows.js';
import type { ArtifactFolder } from '../storage/artifact-folder.js';
import type { BatchParts } from './parts.js';

type Parts = Pick<BatchParts, 'db' | 'registry' | 'data'>;

const PAGE = 500;

/**
 * Has `finish` run by `run` and closes the batch. A batch that has ended already is left alone. What an earlier run of
 * `finish` wrote and this one did not is removed. When `finish` fails the batch still ends, with the error kept and the
 * earlier artifacts left: its rows are done and their outputs can be written.
 * @throws what `run` throws, and when the ledger is away: the batch has not ended then
 */
export async function finishBatch(
  parts: Parts,
  storage: ArtifactFolder,
  batchId: string,
  run: RunBatchEnd,
): Promise<void> {
  const batch = await findBatch(parts.db, batchId);
  if (batch?.state !== 'finishing') return;
  const end = await openEnd(parts, storage, batch);
  const error = 'error' in end ? end.error : await run(end);
  if (!('error' in end)) {
    if (error === null) await removeOthers(parts, storage, { batchId, written: end.written });
    else if (end.ledgerAway !== undefined) throw end.ledgerAway;
  }
  await endBatch(parts.db, batch, error);
}

interface OpenEnd extends BatchEnd {
  /** Paths of the artifacts of this run. */
  written: Set<string>;
  /** The ledger went away under it for longer than anybody waits. */
  ledgerAway?: unknown;
}

/** A task that is gone, or data that are, fail the finish and not the batch. */
async function openEnd(
  { db, registry, data }: Parts,
  storage: ArtifactFolder,
  batch: BatchRecord,
): Promise<OpenEnd | { error: ErrorRecord }> {
  const written = new Set<string>();
  const reach = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await patiently(work);
    } catch (error) {
      if (isLedgerAway(error)) end.ledgerAway = error;
      throw error;
    }
  };
  const keepFile = async ({ file, ...kept }: KeptFile): Promise<void> => {
    const path = await storage.adopt({ batch: batch.id }, kept.name, file);
    await reach(() => recordArtifact(db, batch.id, { ...kept, path, origin: 'finish' }));
    written.add(path);
  };
  let end: OpenEnd;
  try {
    const task = await registry.get(batch.task);
    const { options, prepared, counts } = batch;
    end = {
      task,
      facts: {
        options,
        prepared,
        counts,
        data: withDataOptions(task, options, data),
        batch: { id: batch.id, source: batch.source.file },
      },
      readRows: (after) => reach(() => readRowPage(db, batch.id, after, PAGE)),
      keepFile,
      written,
    };
    return end;
  } catch (error) {
    return { error: toErrorRecord(error) };
  }
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
