/** The end of a batch, between who records it and who runs its task's `finish`. */
import type { ErrorRecord } from './error.js';
import type { KeptFile } from './kept-file.js';
import type { LedgerRow } from './row.js';
import type { AnyTask, FinishContext } from './task.js';

export type FinishFacts = Pick<FinishContext, 'options' | 'prepared' | 'data' | 'batch' | 'counts'>;

export interface BatchEnd {
  task: AnyTask;
  facts: FinishFacts;
  /** Rows in order after row number `after` (-1 = from the first), a page at a time; an empty page is the end. */
  readRows(after: number): Promise<LedgerRow[]>;
  /** Moves a file to the batch's artifacts and records it. */
  keepFile(file: KeptFile): Promise<void>;
}

/**
 * Runs `finish`. Returns why it failed; null when it did not.
 * @throws what it was stopped with: then it has not ended, and will be run again
 */
export type RunBatchEnd = (end: BatchEnd) => Promise<ErrorRecord | null>;
