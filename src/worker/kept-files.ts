/** Where the files go that rows and single jobs keep. */
import type { KeptFile } from '../core/kept-file.js';
import type { Database } from '../database/database.js';
import { forgetRowArtifacts, recordArtifact } from '../ledger/artifacts.js';
import { findFence } from '../ledger/attempts.js';
import { patiently } from '../ledger/patience.js';
import type { ArtifactFolder } from '../storage/artifact-folder.js';

export interface KeptFiles {
  db: Database;
  storage: ArtifactFolder;
}

export interface RowPlace {
  batch: string;
  number: number;
  /** Ledger id. */
  id: string;
}

/** Refuses an attempt that lost its lease: what a newer one keeps stands. */
export function keepForRow(
  { db, storage }: KeptFiles,
  { batch, number, id }: RowPlace,
  fence: number,
): (file: KeptFile) => Promise<void> {
  return async ({ name, kind, title, file, sha256, bytes }) => {
    const newest = await patiently(() => findFence(db, id));
    if (newest === undefined || newest > fence) {
      throw new Error(`row ${number} of batch ${batch}: a newer attempt has begun`);
    }
    const path = await storage.adopt({ batch, row: number }, name, file);
    const origin = `row:${number}` as const;
    await patiently(() => recordArtifact(db, batch, { name, kind, title, path, sha256, bytes, origin }));
  };
}

/** A row runs again: what an earlier attempt kept is gone. */
export async function dropRowFiles({ db, storage }: KeptFiles, { batch, number }: RowPlace): Promise<void> {
  if (await patiently(() => forgetRowArtifacts(db, batch, number))) await storage.removeRows(batch, number);
}

/** `say` is told where each file is. */
export function keepForJob(
  { storage }: KeptFiles,
  job: string,
  say: (message: string) => void,
): (file: KeptFile) => Promise<void> {
  return async ({ name, file }) => {
    const path = await storage.adopt({ job }, name, file);
    say(`kept ${name}: ${path}`);
  };
}
