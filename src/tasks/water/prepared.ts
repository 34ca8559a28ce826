/** What `prepare` finds out once for a batch and every row is given. Plain JSON. */
import { stat } from 'node:fs/promises';
import { contentHash } from '../../core/content-hash.js';
import type { LonLatBounds } from '../../geo/grid.js';

export interface PreparedDesilting {
  /** Of the rasters, in order. */
  years: string[];
  /** Of the rasters, in degrees. */
  bounds: LonLatBounds;
  /** Changes when a file does; a thread that has the layers open under another identity opens them anew. */
  identity: string;
}

/** Identity of files by path, size and time of change: cheap, for caches; not for the identity of rows. */
export async function identityOf(files: readonly string[]): Promise<string> {
  const facts = await Promise.all(
    files.map(async (file) => {
      const { size, mtimeMs } = await stat(file);
      return [file, size, mtimeMs];
    }),
  );
  return contentHash(facts).slice(0, 16);
}
