/** Counts of rows by their end state. They always add up to `total`. */
export interface Counts {
  total: number;
  completed: number;
  failed: number;
  invalid: number;
  skipped: number;
  cancelled: number;
  /** Rows that have not ended; present only while there are some. */
  pending?: number;
}

export type EndedCounts = Omit<Counts, 'total' | 'pending'>;

/** Adds the rows that have not ended. @throws {RangeError} when more rows ended than there are */
export function tally(total: number, ended: EndedCounts): Counts {
  const { completed, failed, invalid, skipped, cancelled } = ended;
  const pending = total - completed - failed - invalid - skipped - cancelled;
  if (pending < 0) throw new RangeError(`${total - pending} rows ended of ${total}`);
  return { total, completed, failed, invalid, skipped, cancelled, ...(pending > 0 ? { pending } : {}) };
}
