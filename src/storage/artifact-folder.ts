/** Artifacts in a folder: one folder a batch, with one in it for each row that made some, and one a single job. */
import { createHash, randomBytes } from 'node:crypto';
import { copyFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { asFolderError, makeFolder } from '../core/make-folder.js';

export type ArtifactPlace = { batch: string; row?: number } | { job: string };

const ROWS = 'rows';
const JOBS = 'jobs';
const USABLE_AS_NAME = /^[\w-][\w.-]{0,149}$/;

export class ArtifactFolder {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /**
   * Moves a local file here; it replaces one of the same name, whole. Only the last part of `name` counts: nothing is
   * written outside the folder. Returns its path.
   * @throws {InputError} FOLDER_NOT_WRITABLE when the folder cannot be made
   */
  async adopt(place: ArtifactPlace, name: string, file: string): Promise<string> {
    const folder = this.#folderOf(place);
    try {
      makeFolder(folder);
    } catch (error) {
      throw asFolderError(error, folder, 'storage');
    }
    const path = join(folder, basename(name));
    await move(file, path);
    return path;
  }

  /** Removes a file of the batch. One that is gone, or was written to another folder, is no error. */
  async remove(batch: string, path: string): Promise<void> {
    if (path === join(this.#folderOf({ batch }), basename(path))) await rm(path, { force: true });
  }

  /** Removes what one row has made, or all rows. */
  async removeRows(batch: string, row?: number): Promise<void> {
    const rows = join(this.#folderOf({ batch }), ROWS);
    await rm(row === undefined ? rows : join(rows, String(row)), { recursive: true, force: true });
  }

  /** Removes what single jobs made that wrote nothing since. */
  async removeJobs(before: Date): Promise<void> {
    const jobs = join(this.#dir, JOBS);
    for (const name of await readdir(jobs).catch(() => [])) {
      const folder = join(jobs, name);
      const found = await stat(folder).catch(() => null);
      if (found !== null && found.mtimeMs < before.getTime())
        await rm(folder, { recursive: true, force: true });
    }
  }

  #folderOf(place: ArtifactPlace): string {
    if ('job' in place) return join(this.#dir, JOBS, asName(place.job));
    const batch = join(this.#dir, basename(place.batch));
    return place.row === undefined ? batch : join(batch, ROWS, String(place.row));
  }
}

/** Ids that a caller made up may hold anything. */
function asName(id: string): string {
  return USABLE_AS_NAME.test(id) ? id : createHash('sha256').update(id).digest('hex');
}

/** By name where both are on one disk, else by copy. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
  }
  const temporary = `${to}.${randomBytes(4).toString('hex')}.part`;
  try {
    await copyFile(from, temporary);
    await rename(temporary, to);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await rm(from, { force: true });
}
