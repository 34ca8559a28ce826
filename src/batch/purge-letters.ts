/** Removes dead letters and their failed jobs. */
import { deleteLetters } from '../ledger/dead-letters.js';
import { patiently } from '../ledger/patience.js';
import { type LetterSelection, selectLetters } from './letter-selection.js';
import type { BatchParts } from './parts.js';

type Parts = Pick<BatchParts, 'db' | 'queues'>;

const PURGED_AT_ONCE = 100;

/**
 * Tells `onPurged` of each part that is gone. The jobs go first: a crash in between leaves letters that can be purged, or
 * replayed, all the same.
 */
export async function purgeLetters(
  parts: Parts,
  selection: LetterSelection,
  onPurged: (letters: number) => void,
): Promise<void> {
  const chosen: { id: string; queue: string }[] = [];
  for await (const page of selectLetters(parts.db, selection))
    chosen.push(...page.map(({ id, queue }) => ({ id, queue })));
  for (let first = 0; first < chosen.length; first += PURGED_AT_ONCE) {
    onPurged(await purge(parts, chosen.slice(first, first + PURGED_AT_ONCE)));
  }
}

async function purge(
  { db, queues }: Parts,
  letters: readonly { id: string; queue: string }[],
): Promise<number> {
  const { inspector } = queues;
  await Promise.all(
    letters.map(async ({ queue, id }) => {
      if ((await inspector.job(queue, id))?.state === 'failed') await inspector.remove({ queue, id });
    }),
  );
  return patiently(() =>
    deleteLetters(
      db,
      letters.map(({ id }) => id),
    ),
  );
}
