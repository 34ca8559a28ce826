/** What the file system refuses while outputs are written, said so that a person can mend it and go on. */
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../core/error.js';
import { refusalText } from '../core/make-folder.js';

export interface WritePlace {
  path: string;
  /** Undefined when the file is of no one batch. */
  batchId: string | undefined;
  /** Bytes the file needs at least, as far as is known. */
  bytes: number;
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

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
    `No space left while writing ${place.path}: needed ${needed} in ${folder}${free}. ${safety(place)}`,
    {
      code: 'OUTPUT_DISK_FULL',
      hint: `Free some space, or write elsewhere: ${again(place)}`,
      details: {
        path: place.path,
        neededBytes: place.bytes,
        freeBytes,
        errno: code,
        batch: place.batchId ?? null,
      },
      cause,
    },
  );
}

function notWritable(cause: Error, code: string, place: WritePlace): InputError {
  return new InputError(
    `Cannot write ${place.path}: ${refusalText(cause)} (${code}). Needed a folder that can be written to. ${safety(place)}`,
    {
      code: 'OUTPUT_NOT_WRITABLE',
      hint: `Choose a folder you may write to: ${again(place)}`,
      details: { path: place.path, errno: code, batch: place.batchId ?? null },
      cause,
    },
  );
}

function safety({ batchId }: WritePlace): string {
  return batchId === undefined
    ? 'Nothing in the ledger has changed.'
    : `Batch ${batchId} is safe in the ledger; only its output files are missing.`;
}

function again({ batchId }: WritePlace): string {
  return batchId === undefined ? 'jobs dlq export --out FILE' : `jobs batch export ${batchId} --out DIR`;
}

function bytesText(bytes: number): string {
  return `${bytes.toLocaleString('en-US')} bytes`;
}
