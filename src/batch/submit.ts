/**
 * Submits a file: every row is recorded and queued, in chunks. Where the queue lives in the database a chunk's rows
 * and jobs are one transaction; on Redis the rows are first, and the sweep adds jobs that a crash left out.
 * Submitting the same request again after a crash goes on where it stopped.
 */
import { randomUUID } from 'node:crypto';
import { BackendError, NotFoundError } from '../core/error.js';
import { newBatchId } from '../core/id.js';
import { readAhead } from '../core/read-ahead.js';
import type { AnyTask } from '../core/task.js';
import { cancelWholeBatch, startBatch } from '../ledger/batch-turns.js';
import { type BatchRecord, findBatch, findUnfinished, insertBatch } from '../ledger/batches.js';
import { isLedgerAway, patiently } from '../ledger/patience.js';
import { insertRows, markReplaced, type NewRow, type RecordedRow } from '../ledger/rows.js';
import type { NewJob } from '../queue/job.js';
import { checkedChunks } from './checked-chunks.js';
import { addFinishJob } from './finish-job.js';
import { type OpenRequest, openRequest } from './open-request.js';
import type { BatchParts } from './parts.js';
import { type BatchRequest, choosePriority } from './request.js';
import { rowJob } from './row-job.js';
import { requeueLostRows } from './sweep.js';

export interface Submission {
  batchId: string;
  /** True when an unfinished batch of the same file and options goes on. */
  continued: boolean;
  warnings: string[];
}

export interface SubmitProgress {
  onBatch?: (batch: { id: string; continued: boolean; warnings: string[]; queue: string }) => void;
  /** When aborted, submission stops between two chunks: what is recorded stays, and the same request goes on from there. */
  signal?: AbortSignal | undefined;
}

export async function submit(
  parts: BatchParts,
  request: BatchRequest,
  progress: SubmitProgress = {},
): Promise<Submission> {
  const open = await openRequest(parts, request);
  try {
    const unfinished = await findUnfinished(parts.db, open.fingerprint);
    if (unfinished === undefined && request.mustResume) throw nothingToResume(request, open);
    const batchId = unfinished?.id ?? newBatchId();
    const told = {
      id: batchId,
      continued: unfinished !== undefined,
      warnings: open.warnings,
      queue: unfinished?.queue ?? open.queue,
    };
    if (unfinished === undefined) await begin(parts, batchId, open, request);
    progress.onBatch?.(told);
    if (unfinished === undefined || unfinished.state === 'submitting') {
      await recordAll(parts, batchId, open, { ...request, signal: progress.signal });
    }
    if (unfinished !== undefined) {
      await patiently(async () => requeueLostRows(parts, (await findBatch(parts.db, batchId))!));
    }
    return { batchId, continued: told.continued, warnings: open.warnings };
  } finally {
    await open.source.close();
  }
}

async function begin(parts: BatchParts, id: string, open: OpenRequest, request: BatchRequest): Promise<void> {
  const { delayMs, expiresAtMs } = request;
  const priority = choosePriority(parts, { ...open, asked: request.priority });
  await insertBatch(parts.db, {
    id,
    task: open.task.name,
    taskVersion: open.task.version,
    taskHash: parts.registry.codes()[open.task.name]?.hash ?? null,
    queue: open.queue,
    options: open.options,
    prepared: open.prepared,
    dataIdentity: open.dataIdentity,
    source: open.source.info,
    selection: {
      ...request.selection,
      force: request.force,
      ...(delayMs === undefined ? {} : { notBeforeMs: Date.now() + delayMs }),
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
      priority,
    },
    fingerprint: open.fingerprint,
    requestId: request.requestId ?? randomUUID(),
    replaces: open.source.info.replaces ?? null,
  });
}

/**
 * A file that turns out to be unusable half-way ends its batch: nothing of it was acknowledged. When it is a backend that
 * stays away, the batch is left as it is, and the same request goes on with it.
 */
async function recordAll(
  parts: BatchParts,
  batchId: string,
  open: OpenRequest,
  request: BatchRequest & { signal: AbortSignal | undefined },
): Promise<void> {
  const batch = (await patiently(() => findBatch(parts.db, batchId)))!;
  let isUnsure = false;
  let ordinal = 0;
  // While a chunk is read and checked, the one before it is recorded and the one before that is queued.
  let recording: Promise<void> = Promise.resolve();
  let queueing: Promise<void> = Promise.resolve();
  const record = async (rows: NewRow[]): Promise<void> => {
    const chunk = { batch, task: open.task, rows, firstOrdinal: ordinal };
    ordinal += rows.filter(({ state }) => state === 'pending').length;
    const jobs = await recordChunk(parts, chunk, () => {
      isUnsure = true;
    });
    await queueing;
    queueing = parts.queues.add(batch.queue, jobs);
    queueing.catch(() => {});
  };
  try {
    for await (const rows of readAhead(checkedChunks(parts.db, open, request))) {
      await recording;
      if (request.signal?.aborted === true) {
        await queueing;
        return;
      }
      recording = record(rows);
      recording.catch(() => {});
    }
    await recording;
    await queueing;
  } catch (error) {
    await Promise.allSettled([recording, queueing]);
    if (error instanceof BackendError) throw error;
    await cancelWholeBatch(parts.db, batchId, `submission stopped: ${(error as Error).message}`).catch(
      () => {},
    );
    throw error;
  }
  const { replaces } = batch;
  if (replaces !== null) await patiently(() => markReplaced(parts.db, replaces, batchId));
  const state = await patiently(() => startBatch(parts.db, batchId));
  if (state === 'finishing') await patiently(() => addFinishJob(parts, batchId));
  if (isUnsure) await patiently(async () => requeueLostRows(parts, (await findBatch(parts.db, batchId))!));
}

interface Chunk {
  batch: BatchRecord;
  task: AnyTask;
  rows: NewRow[];
  /** Rows of the chunks before it that are to run. */
  firstOrdinal: number;
}

/**
 * Returns the jobs that are still to be added: none where they are in the rows' transaction. Rows that are recorded are
 * left alone, so a chunk whose answer was lost is recorded again. `onUnsure` is called then: where jobs come after rows,
 * rows of the first try may have no job.
 */
async function recordChunk(parts: BatchParts, chunk: Chunk, onUnsure: () => void): Promise<NewJob[]> {
  const { batch, rows } = chunk;
  const unlessLost = (error: unknown): never => {
    if (isLedgerAway(error)) onUnsure();
    throw error;
  };
  if (parts.queues.joinsTransactions) {
    await patiently(() =>
      parts.db.transaction(async (tx) => {
        const recorded = await insertRows(tx, batch.id, rows);
        await parts.queues.add(batch.queue, toJobs(chunk, recorded), tx);
      }),
    );
    return [];
  }
  return toJobs(chunk, await patiently(() => insertRows(parts.db, batch.id, rows).catch(unlessLost)));
}

function toJobs({ batch, task, rows, firstOrdinal }: Chunk, recorded: RecordedRow[]): NewJob[] {
  const idOf = new Map(recorded.map(({ id, number }) => [number, id]));
  const pending = rows.filter(({ state }) => state === 'pending');
  return pending.flatMap(({ number, input }, index) => {
    const id = idOf.get(number);
    if (id === undefined) return [];
    return [rowJob(batch, task, { id, number, input: input!, fence: 0 }, { ordinal: firstOrdinal + index })];
  });
}

function nothingToResume(request: BatchRequest, open: OpenRequest): NotFoundError {
  return new NotFoundError(
    `There is no unfinished batch of ${open.source.info.file} with task ${request.task} and these options`,
    { code: 'BATCH_NOT_FOUND', hint: 'leave --resume out to begin one, or look with: jobs batch list' },
  );
}
