/** Folders that a person named: made one by one, and refused in words a person can act on. */
import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from './error.js';

const REFUSED: Record<string, string> = {
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'it is on a read-only file system',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a file of that name is in the way',
  EISDIR: 'a folder of that name is in the way',
  ENOTEMPTY: 'a folder of that name is in the way',
  ENOENT: 'the folder is gone',
  ENAMETOOLONG: 'the path is longer than the file system takes',
  ELOOP: 'its links lead in a circle',
  EBUSY: 'another program has it open',
  EMFILE: 'too many files are open',
  EIO: 'the disk reported a fault',
};

/**
 * Makes `folder` and those above it that are missing, from the nearest one that is there. Node's own recursive mkdir is
 * not used: where a folder that is there takes no new ones and says ENOENT, as /proc does, it tries for ever.
 * @throws {Error} of the file system, with its `code`
 */
export function makeFolder(folder: string, { mode }: { mode?: number } = {}): void {
  const missing: string[] = [];
  for (let at = path.resolve(folder); !isFolder(at); at = path.dirname(at)) {
    missing.push(at);
    if (at === path.dirname(at)) break;
  }
  for (const one of missing.reverse()) {
    try {
      mkdirSync(one, mode);
    } catch (error) {
      // Another process may have made it meanwhile.
      if (!isFolder(one)) throw error;
    }
  }
}

/** Why the file system refused, for people; `error` as it was thrown by a call of node:fs. */
export function refusalText(error: Error): string {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' && syscall === 'mkdir') return 'no folder can be made there';
  return REFUSED[code ?? ''] ?? 'the file system refused';
}

/** An InputError for a folder that could not be made and that the config's `setting` names; anything else as it is. */
export function asFolderError(error: unknown, folder: string, setting: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  return new InputError(`Cannot make the folder ${folder} (${setting}): ${refusalText(error)} (${code}).`, {
    code: 'FOLDER_NOT_WRITABLE',
    hint: `name a folder you may write to; where ${setting} comes from: jobs config explain ${setting}`,
    details: { path: folder, setting, errno: code },
    cause: error,
  });
}

function isFolder(place: string): boolean {
  try {
    return statSync(place).isDirectory();
  } catch {
    return false;
  }
}
