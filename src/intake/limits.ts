/** Guards on input files: what they are, and the one way to say that one was passed. */
import { InputError } from '../core/error.js';

/** Each has its setting, `intake.<name>`. */
export interface Limits {
  /** Uncompressed bytes of a workbook. */
  maxUncompressedBytes: number;
  /** Files inside a workbook's zip. */
  maxEntries: number;
  /** Uncompressed over compressed size of one zip entry. */
  maxRatio: number;
  /** Characters in one cell. */
  maxCellLength: number;
  /** Data rows. */
  maxRows: number;
  /** Columns. */
  maxColumns: number;
}

const CODES: Record<keyof Limits, string> = {
  maxUncompressedBytes: 'LIMIT_UNCOMPRESSED_BYTES',
  maxEntries: 'LIMIT_ENTRIES',
  maxRatio: 'LIMIT_RATIO',
  maxCellLength: 'LIMIT_CELL_LENGTH',
  maxRows: 'LIMIT_ROWS',
  maxColumns: 'LIMIT_COLUMNS',
};

/** `what` names the thing and its size in words, such as `points.xlsx unpacks to 10.7 GB`. */
export function limitError(limit: keyof Limits, limits: Limits, what: string, found: number): InputError {
  const allowed = limits[limit];
  const shown = limit === 'maxUncompressedBytes' ? formatBytes(allowed) : allowed.toLocaleString('en-US');
  return new InputError(`${what}; at most ${shown} is allowed (intake.${limit})`, {
    code: CODES[limit],
    hint: `If you trust this file, raise intake.${limit} in the config to ${found} or more`,
    details: { limit, setting: `intake.${limit}`, found, allowed },
  });
}

/** `512 bytes`, `1.5 MB`, `10.7 GB` (powers of 1,000). */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1).replace(/\.0$/, '')} ${units[unit]}`;
}
