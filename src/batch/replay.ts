/**
 * Dead letters tried again. A replay is the same job once more: its row and batch are opened in the ledger, then the queue
 * hears of it; where the queue lives in the database, both are one transaction. On Redis a crash between the two leaves a
 * replay that is marked as not heard of, and the sweep tells the queue.
 */
import { DEFAULT_ATTEMPTS } from '../core/backoff.js';
import { pause } from '../core/deadline.js';
import { UsageError } from '../core/error.js';
import { DEFAULT_PRIORITY, queuePriority } from '../core/priority.js';
import type { Rate } from '../core/rate.js';
import type { AnyTask, TaskRegistry } from '../core/task.js';
import type { Session } from '../database/database.js';
import { currentActor, recordAudit } from '../ledger/audit.js';
import { type BatchRecord, findBatch } from '../ledger/batches.js';
import { forgetCancellation } from '../ledger/cancellations.js';
import { type Letter, letterStates } from '../ledger/dead-letters.js';
import { patiently } from '../ledger/patience.js';
import type { ReplayItem } from '../ledger/replays.js';
import { listUnheardReplays, markRequeued, type OpenedLetter, reopenLetters } from '../ledger/replays.js';
import type { PlainJobData, RowJobData } from '../queue/job.js';
import type { Requeue } from '../queue/requeue.js';
import { changedReplay, type Edits, type Patch, taskOf } from './changed-input.js';
import { type LetterSelection, requireNamed, selectLetters } from './letter-selection.js';
import type { BatchParts } from './parts.js';
import { awaitTrial, TRIAL_SIZE } from './replay-trial.js';
import { rowJob } from './row-job.js';

export interface ReplayOptions {
  /** Instead of the queue that each failed in. */
  queue?: string | undefined;
  changes?: Patch | Edits | undefined;
  /** Replays per duration; without it all at once. */
  rate?: Rate | undefined;
  dryRun?: boolean | undefined;
  /** Between two replays it stops there: what is not replayed stays as it is. */
  signal?: AbortSignal | undefined;
  onProgress?: ((replayed: number, selected: number) => void) | undefined;
  onNote?: ((message: string) => void) | undefined;
  /** What the audit calls it, and what else was done by it. Default `dlq replay`. */
  audit?: { action: string; alsoDone: number } | undefined;
  /** How long the first replays of a group are waited for. Default one minute. */
  trialMs?: number | undefined;
}

export interface ReplayReport {
  dryRun: boolean;
  selected: number;
  replayed: number;
  /** Of those, how many with a changed input. */
  changed: number;
  /** Could not be replayed. */
  refused: { id: string; reason: string }[];
  /** Left as they were, because the replay stopped. */
  notReplayed: number;
  stopped: { reason: 'same-error' | 'interrupted'; fingerprint: string | null; message: string } | null;
}

/** Letters of one statement. */
const CHUNK = 200;
/** With a rate, replays go out this often. */
const PACE_MS = 200;

/**
 * Replays the selected letters. With a `fingerprint` it is a group: the first five are tried, and when each of them fails
 * with the same error again, the rest is left.
 * @throws {NotFoundError} when one of `selection.ids` is no letter, or no letter has its `fingerprint`
 * @throws {UsageError} {InputError} when `where` or a change cannot be used; then nothing was written
 */
export async function replayLetters(
  parts: BatchParts,
  selection: LetterSelection,
  options: ReplayOptions = {},
): Promise<ReplayReport> {
  await requireNamed(parts.db, selection);
  const { letters, items } = await prepare(parts, selection, options);
  const report: ReplayReport = {
    dryRun: options.dryRun === true,
    selected: letters.length,
    replayed: 0,
    changed: [...items.values()].filter(({ change }) => change !== undefined).length,
    refused: await refusals(parts, selection, letters, options),
    notReplayed: 0,
    stopped: null,
  };
  const refused = new Set(report.refused.map(({ id }) => id));
  const left = letters.filter(({ id }) => !refused.has(id));
  if (report.dryRun) return { ...report, notReplayed: left.length };
  try {
    await replayAll(parts, left, items, { selection, options, report });
  } finally {
    const selected = new Set(letters.map(({ id }) => id));
    const closed = report.refused.filter(({ id }) => selected.has(id)).length;
    report.notReplayed = letters.length - report.replayed - closed;
    await audit(parts, selection, options, report);
  }
  return report;
}

interface Chosen extends Pick<Letter, 'id' | 'kind' | 'task' | 'queue' | 'fingerprint'> {}

/** Everything is read and checked before anything is written. */
async function prepare(
  parts: BatchParts,
  selection: LetterSelection,
  { changes }: ReplayOptions,
): Promise<{ letters: Chosen[]; items: Map<string, ReplayItem> }> {
  const letters: Chosen[] = [];
  const items = new Map<string, ReplayItem>();
  for await (const page of selectLetters(parts.db, selection)) {
    for (const letter of page) {
      const { id, kind, task, queue, fingerprint } = letter;
      letters.push({ id, kind, task, queue, fingerprint });
      if (changes === undefined) continue;
      items.set(id, changedReplay(await taskOf(parts.registry, task), letter, changes));
    }
  }
  return { letters, items };
}

/** Letters that were asked for by id and are not open, and members of flows that should go to another queue. */
async function refusals(
  parts: BatchParts,
  { ids }: LetterSelection,
  letters: readonly Chosen[],
  { queue }: ReplayOptions,
): Promise<ReplayReport['refused']> {
  const open = new Set(letters.map(({ id }) => id));
  const closed = await whyClosed(
    parts,
    (ids ?? []).filter((id) => !open.has(id)),
  );
  if (queue === undefined) return closed;
  for (const letter of letters) {
    if (letter.kind !== 'job' || letter.queue === queue) continue;
    if (await isInFlow(parts, letter)) {
      closed.push({
        id: letter.id,
        reason: `it is part of a chain, group or chord, which would not find it in queue ${queue}; replay it without --queue`,
      });
    }
  }
  return closed;
}

async function isInFlow({ queues }: BatchParts, { queue, id }: Chosen): Promise<boolean> {
  const job = await queues.inspector.job(queue, id);
  if (job === undefined) return false;
  const { completed, open } = await queues.inspector.children(queue, id);
  return job.parent !== null || completed + open > 0;
}

async function replayAll(
  parts: BatchParts,
  letters: readonly Chosen[],
  items: ReadonlyMap<string, ReplayItem>,
  {
    selection,
    options,
    report,
  }: { selection: LetterSelection; options: ReplayOptions; report: ReplayReport },
): Promise<void> {
  const { signal, rate } = options;
  const isGroup = selection.fingerprint !== undefined && letters.length > TRIAL_SIZE;
  const size =
    rate === undefined
      ? CHUNK
      : Math.min(CHUNK, Math.max(1, Math.floor((rate.count * PACE_MS) / rate.perMs)));
  const startedMs = Date.now();
  for (let next = 0; next < letters.length; ) {
    if (signal?.aborted === true) {
      report.stopped = { reason: 'interrupted', fingerprint: null, message: 'interrupted' };
      return;
    }
    const chunk = letters.slice(next, isGroup && next === 0 ? Math.min(size, TRIAL_SIZE) : next + size);
    const replayed = await replayChunk(parts, chunk, items, options);
    report.replayed += replayed.size;
    report.refused.push(
      ...(await whyClosed(
        parts,
        chunk.map(({ id }) => id).filter((id) => !replayed.has(id)),
      )),
    );
    next += chunk.length;
    options.onProgress?.(report.replayed, letters.length);
    if (isGroup && next >= TRIAL_SIZE && next - chunk.length < TRIAL_SIZE) {
      const verdict = await awaitTrial(parts, letters.slice(0, TRIAL_SIZE), options);
      if (verdict === 'same-error') {
        report.stopped = {
          reason: 'same-error',
          fingerprint: selection.fingerprint!,
          message: `the first ${TRIAL_SIZE} replays failed with the same error again`,
        };
        return;
      }
    }
    if (rate !== undefined && next < letters.length) {
      await pause(startedMs + (next * rate.perMs) / rate.count - Date.now(), { signal });
    }
  }
}

/** Returns the ids of those that are replayed; the others were not open any more. */
async function replayChunk(
  parts: BatchParts,
  chunk: readonly Chosen[],
  items: ReadonlyMap<string, ReplayItem>,
  { queue }: ReplayOptions,
): Promise<Set<string>> {
  const wanted = chunk.map(({ id }) => items.get(id) ?? { id });
  const how = { by: currentActor(), queue };
  if (parts.queues.joinsTransactions) {
    return parts.db.transaction(async (tx) => {
      const opened = await reopen(tx, wanted, how);
      const heard = await parts.queues.requeue(
        await toRequeues({ db: tx, registry: parts.registry }, opened),
        tx,
      );
      await markRequeued(tx, [...heard]);
      return idsOf(opened);
    });
  }
  const opened = await reopen(parts.db, wanted, how);
  await tellQueue(parts, opened);
  return idsOf(opened);
}

/** A job that was cancelled before it failed is to run now. */
async function reopen(
  db: Session,
  wanted: readonly ReplayItem[],
  how: { by: string; queue: string | undefined },
): Promise<OpenedLetter[]> {
  const opened = await reopenLetters(db, wanted, { ...how, told: false });
  await forgetCancellation(db, [...idsOf(opened)]);
  return opened;
}

/** Replays that the queue has not heard of: a crash came between, or their failed run had not left the queue. */
export async function requeueUnheard(parts: BatchParts): Promise<void> {
  const unheard = await listUnheardReplays(parts.db, CHUNK);
  if (unheard.length > 0) await tellQueue(parts, unheard);
}

async function tellQueue(parts: BatchParts, opened: readonly OpenedLetter[]): Promise<void> {
  const heard = await parts.queues.requeue(await toRequeues(parts, opened));
  await patiently(() => markRequeued(parts.db, [...heard]));
}

async function toRequeues(
  parts: { db: Session; registry: TaskRegistry },
  opened: readonly OpenedLetter[],
): Promise<Requeue[]> {
  const batches = new Map<string, BatchRecord | undefined>();
  const requeues: Requeue[] = [];
  for (const letter of opened) {
    const { batchId } = letter;
    if (batchId !== null && !batches.has(batchId)) batches.set(batchId, await findBatch(parts.db, batchId));
    const task = await parts.registry.get(letter.task).catch(() => undefined);
    const job = batchId === null ? plainJob(letter, task) : replayedRow(letter, batches.get(batchId)!, task);
    requeues.push({ queue: letter.queue, fromQueue: letter.fromQueue, job });
  }
  return requeues;
}

/** What was reserved or set for the run that failed (a turn, an expiry) does not bind this one. */
function replayedRow(letter: OpenedLetter, batch: BatchRecord, task: AnyTask | undefined): Requeue['job'] {
  const job = rowJob(batch, task ?? {}, letter.row!, { requeued: true });
  const { expiresAtMs: _, ...data } = job.data as RowJobData;
  const { unbegun } = letter.payload as Partial<RowJobData>;
  return { ...job, delayMs: undefined, data: unbegun === undefined ? data : { ...data, unbegun } };
}

function plainJob(letter: OpenedLetter, task: AnyTask | undefined): Requeue['job'] {
  const {
    expiresAtMs: _expiry,
    turns: _turns,
    ...data
  } = letter.payload as unknown as PlainJobData & {
    turns?: unknown;
  };
  return {
    id: letter.id,
    task: letter.task,
    attempts: task?.attempts ?? DEFAULT_ATTEMPTS,
    priority: queuePriority(task?.priority ?? DEFAULT_PRIORITY, Date.now()),
    data,
  };
}

function idsOf(opened: readonly OpenedLetter[]): Set<string> {
  return new Set(opened.map(({ id }) => id));
}

const WHY_CLOSED = {
  replayed: 'it was replayed before, and has not failed since',
  replaced: 'its row was corrected in a workbook and run in another batch',
  open: 'its batch was cancelled, or its row is not failed any more',
  gone: 'it was purged',
} as const;

async function whyClosed(parts: BatchParts, ids: readonly string[]): Promise<ReplayReport['refused']> {
  if (ids.length === 0) return [];
  const states = await letterStates(parts.db, ids);
  return ids.map((id) => ({ id, reason: WHY_CLOSED[states.get(id)?.state ?? 'gone'] }));
}

const AUDITED_IDS = 100;

async function audit(
  parts: BatchParts,
  { ids, ...filter }: LetterSelection,
  { queue, rate, changes, audit: as }: ReplayOptions,
  report: ReplayReport,
): Promise<void> {
  await patiently(() =>
    recordAudit(parts.db, {
      action: as?.action ?? 'dlq replay',
      target: {
        ...filter,
        ...(ids === undefined ? {} : { ids: ids.slice(0, AUDITED_IDS), idCount: ids.length }),
      },
      count: report.replayed + (as?.alsoDone ?? 0),
      details: {
        selected: report.selected,
        changed: report.changed,
        refused: report.refused.length,
        stopped: report.stopped?.reason ?? null,
        queue: queue ?? null,
        rate: rate ?? null,
        patch: changes?.kind === 'patch' ? changes.values : null,
      },
    }),
  );
}

/** @throws {UsageError} when nothing says which letters are meant */
export function requireSelection(selection: LetterSelection, { all }: { all: boolean }): void {
  const { limit: _, ...asked } = selection;
  if (all || Object.values(asked).some((value) => value !== undefined)) return;
  throw new UsageError('Nothing says which dead letters are meant', {
    code: 'SELECTION_MISSING',
    hint: 'name ids, or say --group FINGERPRINT, --task, --batch, --where or --all',
  });
}
