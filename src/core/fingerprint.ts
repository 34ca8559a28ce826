/** What equal failures have in common. */
import { createHash } from 'node:crypto';
import type { ErrorRecord } from './error.js';

/** 12 hex characters of the hash of the error's code, its message without the parts that vary, and its top frame. */
export function errorFingerprint(error: ErrorRecord): string {
  const topFrame = error.stack?.split('\n', 1)[0]?.replace(/:\d+:\d+\)?$/, '') ?? '';
  return createHash('sha256')
    .update(`${error.code}\n${normalisedMessage(error.message)}\n${topFrame.trim()}`)
    .digest('hex')
    .slice(0, 12);
}

/** Numbers, quoted texts, ids and URLs stand for themselves only once: `row 17 of "a.xlsx"` → `row # of ""`. */
export function normalisedMessage(message: string): string {
  return message
    .replace(/https?:\/\/\S+/g, 'URL')
    .replace(/"[^"]*"|'[^']*'|“[^”]*”/g, '""')
    .replace(/\b[0-9a-f]{8,}\b/gi, '#')
    .replace(/-?\d+(?:[.,]\d+)*/g, '#')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}
