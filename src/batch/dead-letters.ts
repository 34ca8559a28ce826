/** Dead letters: found, looked at, tried again, removed. Everything that a person does here leaves an entry in the audit. */
import type { AuditEntry } from '../ledger/audit.js';
import type { Letter, LetterGroup } from '../ledger/dead-letters.js';
import { patiently } from '../ledger/patience.js';
import type { LetterDetail } from './letter-detail.js';
import type { LettersExport, LetterWriters } from './letter-export.js';
import type { LetterSelection } from './letter-selection.js';
import type { BatchParts } from './parts.js';
import type { ReplayOptions, ReplayReport } from './replay.js';
import type { RetryReport } from './retry-batch.js';

const DEFAULT_GROUPS = 100;

export class DeadLetters {
  readonly #parts: BatchParts;

  readonly #writers: () => Promise<LetterWriters>;

  constructor(parts: BatchParts, writers: () => Promise<LetterWriters>) {
    this.#parts = parts;
    this.#writers = writers;
  }

  /** Selected open letters, the newest first, in pages that are never empty. */
  async *select(selection: LetterSelection): AsyncGenerator<Letter[]> {
    const { selectLetters } = await import('./letter-selection.js');
    yield* selectLetters(this.#parts.db, selection);
  }

  /** @throws {NotFoundError} when one of `selection.ids` is no letter */
  async count(selection: LetterSelection): Promise<number> {
    const { countSelected, requireLetters } = await import('./letter-selection.js');
    if (selection.ids !== undefined) await requireLetters(this.#parts.db, selection.ids);
    return countSelected(this.#parts.db, selection);
  }

  /** Letters with the same error together, the largest group first; at most `limit`, default 100. */
  async groups({ limit = DEFAULT_GROUPS, where, ...filter }: LetterSelection): Promise<LetterGroup[]> {
    if (where === undefined) {
      const { groupLetters } = await import('../ledger/dead-letters.js');
      return groupLetters(this.#parts.db, filter, limit);
    }
    const { groupSelected } = await import('./group-selected.js');
    return groupSelected(this.#parts.db, { ...filter, where }, limit);
  }

  /** @throws {NotFoundError} */
  async show(id: string): Promise<LetterDetail> {
    const { letterDetail } = await import('./letter-detail.js');
    return letterDetail(this.#parts, id);
  }

  /** Writes selected letters to `file`, .xlsx or .jsonl by its name. */
  async export(selection: LetterSelection, file: string): Promise<LettersExport> {
    const { exportLetters } = await import('./letter-export.js');
    const exported = await exportLetters(this.#parts, await this.#writers(), selection, file);
    await this.#record('dlq export', selection, exported.letters);
    return exported;
  }

  async replay(selection: LetterSelection, options: ReplayOptions = {}): Promise<ReplayReport> {
    const { replayLetters } = await import('./replay.js');
    return replayLetters(this.#parts, selection, options);
  }

  /**
   * Removes letters and their failed jobs; their rows stay failed. The jobs go first: a crash in between leaves letters
   * that can be purged, or replayed, all the same.
   */
  async purge(selection: LetterSelection): Promise<number> {
    const { requireLetters } = await import('./letter-selection.js');
    const { purgeLetters } = await import('./purge-letters.js');
    if (selection.ids !== undefined) await requireLetters(this.#parts.db, selection.ids);
    let purged = 0;
    try {
      await purgeLetters(this.#parts, selection, (letters) => {
        purged += letters;
      });
    } finally {
      await this.#record('dlq purge', selection, purged);
    }
    return purged;
  }

  /**
   * Runs the failed rows of a batch again and, unless `failedOnly`, those that were cancelled.
   * @throws {NotFoundError} when there is no such batch
   * @throws {UsageError} BATCH_CANCELLED when only failed rows of a cancelled batch are asked for
   */
  async retryBatch(batchId: string, how: { failedOnly: boolean; dryRun: boolean }): Promise<RetryReport> {
    const { retryBatch } = await import('./retry-batch.js');
    return retryBatch(this.#parts, batchId, how);
  }

  /** Leaves an entry in the audit. */
  async #record(action: string, { ids, ...target }: LetterSelection, count: number): Promise<void> {
    const named: Pick<AuditEntry, 'target'> = {
      target: { ...target, ...(ids === undefined ? {} : { ids: ids.slice(0, 100), idCount: ids.length }) },
    };
    const { recordAudit } = await import('../ledger/audit.js');
    await patiently(() => recordAudit(this.#parts.db, { action, ...named, count }));
  }
}
