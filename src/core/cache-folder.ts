/** Folders for what tasks can make again: one a task, below the project's state. */
import path from 'node:path';
import { asFolderError, makeFolder } from './make-folder.js';

/** The task's folder, made when it is missing. @throws {InputError} FOLDER_NOT_WRITABLE */
export function cacheFolder(stateDir: string, task: string): string {
  const folder = path.join(stateDir, 'cache', task);
  try {
    makeFolder(folder);
  } catch (error) {
    throw asFolderError(error, folder, 'stateDir');
  }
  return folder;
}
