/** Dead letters: found, looked at, tried again, removed. Everything that a person does here leaves an entry in the audit. */
import { UsageError } from '../core/error.js';
import { type AuditEntry, recordAudit } from '../ledger/audit.js';
import {
  countLetters,
  deleteLetters,
  groupLetters,
  type Letter,
  type LetterGroup,
  restoreLetters,
} from '../ledger/dead-letters.js';
import { patiently } from '../ledger/patience.js';
import { reopenCancelledRows } from '../ledger/replays.js';
import { type LetterDetail, letterDetail } from './letter-detail.js';
import { exportLetters, type LettersExport, type LetterWriters } from './letter-export.js';
import { countSelected, type LetterSelection, requireLetters, selectLetters } from './letter-selection.js';
import type { BatchParts } from './parts.js';
import { type ReplayOptions, type ReplayReport, replayLetters } from './replay.js';
import { requeueLostRows } from './sweep.js';
import { requireBatch } from './watch.js';

export interface RetryReport {
  batch: string;
  /** Rows that run again: that had failed, and that were cancelled. */
  failed: number;
  cancelled: number;
  dryRun: boolean;
}

const DEFAULT_GROUPS = 100;
const PURGED_AT_ONCE = 100;

export class DeadLetters {
  readonly #parts: BatchParts;

  readonly #writers: () => Promise<LetterWriters>;

  constructor(parts: BatchParts, writers: () => Promise<LetterWriters>) {
    this.#parts = parts;
    this.#writers = writers;
  }

  /** Selected open letters, the newest first, in pages that are never empty. */
  select(selection: LetterSelection): AsyncGenerator<Letter[]> {
    return selectLetters(this.#parts.db, selection);
  }

  /** @throws {NotFoundError} when one of `selection.ids` is no letter */
  async count(selection: LetterSelection): Promise<number> {
    if (selection.ids !== undefined) await requireLetters(this.#parts.db, selection.ids);
    return countSelected(this.#parts.db, selection);
  }

  /** Letters with the same error together, the largest group first; at most `limit`, default 100. */
  async groups({ limit = DEFAULT_GROUPS, where, ...filter }: LetterSelection): Promise<LetterGroup[]> {
    if (where === undefined) return groupLetters(this.#parts.db, filter, limit);
    const ids: string[] = [];
    for await (const page of this.select({ ...filter, where })) ids.push(...page.map(({ id }) => id));
    return groupLetters(this.#parts.db, { ids }, limit);
  }

  /** @throws {NotFoundError} */
  show(id: string): Promise<LetterDetail> {
    return letterDetail(this.#parts, id);
  }

  /** Writes selected letters to `file`, .xlsx or .jsonl by its name. */
  async export(selection: LetterSelection, file: string): Promise<LettersExport> {
    const exported = await exportLetters(this.#parts, await this.#writers(), selection, file);
    await this.#record('dlq export', selection, exported.letters);
    return exported;
  }

  replay(selection: LetterSelection, options: ReplayOptions = {}): Promise<ReplayReport> {
    return replayLetters(this.#parts, selection, options);
  }

  /**
   * Removes letters and their failed jobs; their rows stay failed. The jobs go first: a crash in between leaves letters
   * that can be purged, or replayed, all the same.
   */
  async purge(selection: LetterSelection): Promise<number> {
    if (selection.ids !== undefined) await requireLetters(this.#parts.db, selection.ids);
    const chosen: { id: string; queue: string }[] = [];
    for await (const page of this.select(selection))
      chosen.push(...page.map(({ id, queue }) => ({ id, queue })));
    let purged = 0;
    try {
      for (let first = 0; first < chosen.length; first += PURGED_AT_ONCE) {
        purged += await this.#purge(chosen.slice(first, first + PURGED_AT_ONCE));
      }
    } finally {
      await this.#record('dlq purge', selection, purged);
    }
    return purged;
  }

  async #purge(letters: readonly { id: string; queue: string }[]): Promise<number> {
    const { inspector } = this.#parts.queues;
    await Promise.all(
      letters.map(async ({ queue, id }) => {
        if ((await inspector.job(queue, id))?.state === 'failed') await inspector.remove({ queue, id });
      }),
    );
    return patiently(() =>
      deleteLetters(
        this.#parts.db,
        letters.map(({ id }) => id),
      ),
    );
  }

  /**
   * Runs the failed rows of a batch again and, unless `failedOnly`, those that were cancelled.
   * @throws {NotFoundError} when there is no such batch
   * @throws {UsageError} BATCH_CANCELLED when only failed rows of a cancelled batch are asked for
   */
  async retryBatch(
    batchId: string,
    { failedOnly, dryRun }: { failedOnly: boolean; dryRun: boolean },
  ): Promise<RetryReport> {
    const { db } = this.#parts;
    const batch = await requireBatch(db, batchId);
    if (batch.state === 'cancelled' && failedOnly) {
      throw new UsageError(`Batch ${batchId} was cancelled: its failed rows cannot run without the rest`, {
        code: 'BATCH_CANCELLED',
        hint: `to run its failed and its cancelled rows: jobs batch retry ${batchId}`,
      });
    }
    if (!dryRun) await restoreLetters(db, batchId);
    const planned = {
      batch: batchId,
      failed: dryRun ? batch.counts.failed : await countLetters(db, { batch: batchId }),
      cancelled: failedOnly ? 0 : batch.counts.cancelled,
      dryRun,
    };
    if (dryRun) return planned;
    const cancelled = failedOnly ? 0 : await reopenCancelledRows(db, batchId);
    if (cancelled > 0) await requeueLostRows(this.#parts, await requireBatch(db, batchId));
    const audit = { action: 'batch retry', alsoDone: cancelled };
    const { replayed } = await replayLetters(this.#parts, { batch: batchId }, { audit });
    return { ...planned, failed: replayed, cancelled };
  }

  /** Leaves an entry in the audit. */
  async #record(action: string, { ids, ...target }: LetterSelection, count: number): Promise<void> {
    const named: Pick<AuditEntry, 'target'> = {
      target: { ...target, ...(ids === undefined ? {} : { ids: ids.slice(0, 100), idCount: ids.length }) },
    };
    await patiently(() => recordAudit(this.#parts.db, { action, ...named, count }));
  }
}
