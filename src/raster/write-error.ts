/** What the file system refuses while a raster is written. */
import path from 'node:path';
import { InputError } from '../core/error.js';
import { refusalText } from '../core/make-folder.js';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** An InputError RASTER_DISK_FULL or RASTER_NOT_WRITABLE for a file system error; anything else as it is. */
export function asWriteError(error: unknown, target: string, bytes: number): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (!(error instanceof Error) || typeof code !== 'string' || !('syscall' in error)) return error;
  const details = { path: target, writtenBytes: bytes, errno: code };
  if (FULL.has(code)) {
    return new InputError(
      `No space left while writing ${target}: ${bytes.toLocaleString('en-US')} bytes were written, more were needed. Nothing was left behind.`,
      {
        code: 'RASTER_DISK_FULL',
        hint: `free some space in ${path.dirname(target)}, or write elsewhere`,
        details,
        cause: error,
      },
    );
  }
  return new InputError(
    `Cannot write ${target}: ${refusalText(error)} (${code}); expected a folder that can be written to`,
    {
      code: 'RASTER_NOT_WRITABLE',
      hint: `check the permissions of ${path.dirname(target)}, or write elsewhere`,
      details,
      cause: error,
    },
  );
}
