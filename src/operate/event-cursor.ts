/** A place in the stream of events, as text that people can paste and that says nothing to them. */
import { UsageError } from '../core/error.js';
import type { StreamPosition } from '../queue/event-stream.js';

export interface EventPosition {
  /** Id of the ledger's event read last. */
  ledger: number;
  queue: StreamPosition;
}

const VERSION = 1;

/** `kind` is that of the queue's backend: a cursor of one means nothing to another. */
export function encodeCursor(kind: string, { ledger, queue }: EventPosition): string {
  const parts = [VERSION, kind, ledger, queue.startMs, queue.through, queue.last];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** @throws {UsageError} CURSOR_INVALID */
export function decodeCursor(kind: string, cursor: string): EventPosition {
  const parts = parse(cursor);
  if (!isCursor(parts)) {
    throw new UsageError(`--from ${cursor.slice(0, 40)}: expected a cursor of an event line`, {
      code: 'CURSOR_INVALID',
      hint: 'jobs events --jsonl prints one with every event',
    });
  }
  const [, of, ledger, startMs, through, last] = parts;
  if (of !== kind) {
    throw new UsageError(`--from: the cursor is of a queue on ${of}, and the queue is now on ${kind}`, {
      code: 'CURSOR_INVALID',
      hint: 'jobs events --since 1h',
    });
  }
  return { ledger, queue: { startMs, through, last } };
}

type Parts = [number, string, number, number, number, Record<string, string>];

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}

/** A position goes into commands of the backend: only ids of its own form are let through. */
function isCursor(parts: unknown): parts is Parts {
  if (!Array.isArray(parts) || parts.length !== 6) return false;
  const [version, kind, ledger, startMs, through, last] = parts as unknown[];
  const areNumbers = [ledger, startMs, through].every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
  if (version !== VERSION || typeof kind !== 'string' || !areNumbers) return false;
  if (typeof last !== 'object' || last === null || Array.isArray(last)) return false;
  return Object.values(last).every((id) => typeof id === 'string' && /^=?\d{1,20}(?:-\d{1,20})?$/.test(id));
}
