/** What the file system refuses while outputs are written, said so that a person can mend it and go on. */
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../core/error.js';

export interface WritePlace {
  path: string;
  batchId: string;
  /** Bytes the file needs at least, as far as is known. */
  bytes: number;
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

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

/** An InputError for a file system error; anything else is given back as it is. */
export async function asOutputError(error: unknown, place: WritePlace): Promise<unknown> {
  const code = (error as { code?: unknown } | null)?.code;
  if (!(error instanceof Error) || typeof code !== 'string' || !('syscall' in error)) return error;
  return FULL.has(code) ? diskFull(error, code, place) : notWritable(error, code, place);
}

async function diskFull(cause: Error, code: string, place: WritePlace): Promise<InputError> {
  const folder = path.dirname(place.path);
  const freeBytes = await statfs(folder).then(
    (found) => found.bavail * found.bsize,
    () => undefined,
  );
  const free = freeBytes === undefined ? '' : `, and ${bytesText(freeBytes)} are free`;
  const needed = place.bytes > 0 ? `more than ${bytesText(place.bytes)}` : 'room for a file';
  return new InputError(
    `No space left while writing ${place.path}: needed ${needed} in ${folder}${free}. ` +
      `Batch ${place.batchId} is safe in the ledger; only its output files are missing.`,
    {
      code: 'OUTPUT_DISK_FULL',
      hint: `Free some space, or write elsewhere: jobs batch export ${place.batchId} --out DIR`,
      details: { path: place.path, neededBytes: place.bytes, freeBytes, errno: code, batch: place.batchId },
      cause,
    },
  );
}

function notWritable(cause: Error, code: string, place: WritePlace): InputError {
  return new InputError(
    `Cannot write ${place.path}: ${REFUSED[code] ?? 'the file system refused'} (${code}). Needed a folder that can be written to. ` +
      `Batch ${place.batchId} is safe in the ledger; only its output files are missing.`,
    {
      code: 'OUTPUT_NOT_WRITABLE',
      hint: `Choose a folder you may write to: jobs batch export ${place.batchId} --out DIR`,
      details: { path: place.path, errno: code, batch: place.batchId },
      cause,
    },
  );
}

function bytesText(bytes: number): string {
  return `${bytes.toLocaleString('en-US')} bytes`;
}
