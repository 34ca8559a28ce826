/**
 * Removes what has been kept long enough. Every worker looks now and then; a look is a bounded number of short statements,
 * so that a large batch goes in several and nobody waits for it. What one look leaves, the next takes up.
 */
import type { Database } from '../database/database.js';
import { forgetArtifacts, forgetRowArtifacts, listArtifacts } from '../ledger/artifacts.js';
import {
  endRemoval,
  nextToRemove,
  removeEvents,
  removeJobAttempts,
  removeJobEffects,
  removeLogLines,
  removeReplayedLetters,
  removeRows,
} from '../ledger/retention.js';
import type { ArtifactFolder } from '../storage/artifact-folder.js';

export interface Kept {
  /** Rows, attempts, logs and artifacts, once the batch or the job has ended so long ago. */
  resultsMs: number;
}

/** Of each kind, in one look. */
const MOST_STEPS = 20;
const EVENTS_MS = 7 * 86_400_000;
const MOST_EVENTS = 1_000_000;

export async function removeOld(
  { db, storage }: { db: Database; storage: ArtifactFolder },
  { resultsMs }: Kept,
  nowMs: number = Date.now(),
): Promise<void> {
  const before = new Date(nowMs - resultsMs);
  await inSteps(() => removeFromBatch({ db, storage }, before));
  await storage.removeJobs(before);
  await inSteps(() => removeJobAttempts(db, before));
  await inSteps(() => removeLogLines(db, before));
  await inSteps(() => removeReplayedLetters(db, before));
  await inSteps(() => removeJobEffects(db, before));
  await inSteps(() => removeEvents(db, { before: new Date(nowMs - EVENTS_MS), count: MOST_EVENTS }));
}

async function inSteps(step: () => Promise<boolean>): Promise<void> {
  for (let steps = 0; steps < MOST_STEPS; steps++) if (!(await step())) return;
}

/** Returns whether there may be more to remove. Files go before their records: a crash between leaves what comes again. */
async function removeFromBatch(
  { db, storage }: { db: Database; storage: ArtifactFolder },
  before: Date,
): Promise<boolean> {
  const batch = await nextToRemove(db, before);
  if (batch === undefined) return false;
  if (await removeRows(db, batch)) return true;
  const paths = (await listArtifacts(db, batch, 'finish')).map(({ path }) => path);
  for (const path of paths) await storage.remove(batch, path);
  await forgetArtifacts(db, batch, 'finish', paths);
  await storage.removeRows(batch);
  await forgetRowArtifacts(db, batch);
  await endRemoval(db, batch);
  return true;
}
