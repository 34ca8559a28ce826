/** Dead letters with the same error together, where `--where` says which count: read once, no more is kept than the groups. */
import type { Database } from '../database/database.js';
import type { Letter, LetterGroup } from '../ledger/dead-letters.js';
import { type LetterSelection, selectLetters } from './letter-selection.js';

const SAMPLES = 3;

/** As `groupLetters` of the ledger gives them: the largest first, at most `limit`. */
export async function groupSelected(
  db: Database,
  selection: LetterSelection,
  limit: number,
): Promise<LetterGroup[]> {
  const groups = new Map<string, LetterGroup>();
  for await (const page of selectLetters(db, selection)) {
    for (const letter of page) groups.set(letter.fingerprint, added(groups.get(letter.fingerprint), letter));
  }
  return [...groups.values()]
    .sort((a, b) => b.count - a.count || (a.fingerprint < b.fingerprint ? -1 : 1))
    .slice(0, limit)
    .map((group) => ({ ...group, tasks: [...group.tasks].sort() }));
}

/** Letters come newest first. */
function added(group: LetterGroup | undefined, letter: Letter): LetterGroup {
  const { fingerprint, code, message, task, failedAt, id } = letter;
  if (group === undefined) {
    const at = { firstAt: failedAt, lastAt: failedAt };
    return { fingerprint, code, message, count: 1, tasks: [task], ...at, sampleIds: [id] };
  }
  return {
    ...group,
    count: group.count + 1,
    tasks: group.tasks.includes(task) ? group.tasks : [...group.tasks, task],
    firstAt: failedAt,
    sampleIds: group.sampleIds.length < SAMPLES ? [...group.sampleIds, id] : group.sampleIds,
  };
}
