/** A way to the one session of the embedded database: in this process, or over the holder's socket. */
import type { TextResult } from '../values.js';

/** The session of statements that belong to no client: each must stand alone, outside any transaction. */
export const SHARED_SESSION = 0;

export interface Link {
  /** For people: who has the folder. */
  readonly holder: string;
  /**
   * One statement on behalf of `session`. A session that leaves a transaction open has the database to itself until the
   * transaction ends; everybody else's statements wait.
   * @throws {SqlError} refused by the database
   * @throws {NotStartedError} the holder is going and never began it: safe to send again elsewhere
   * @throws {DatabaseLostError} it may or may not have been done
   */
  execute(session: number, text: string, params: readonly (string | null)[] | undefined): Promise<TextResult>;
  /** Rolls back what the session left open. */
  endSession(session: number): void;
  onNotification(listener: (channel: string, payload: string) => void): void;
  /** Resolves, once, when the link can no longer be used. Never rejects. */
  readonly ended: Promise<{ graceful: boolean }>;
  close(): Promise<void>;
}

/** The holder is going and never began the statement; nothing was done. */
export class NotStartedError extends Error {
  constructor() {
    super('the database was handed over before the statement began');
    this.name = 'NotStartedError';
  }
}

/** The channel of a `LISTEN name` or `UNLISTEN name` statement, comments before it allowed. */
export function listenChannel(text: string): { verb: 'listen' | 'unlisten'; channel: string } | undefined {
  const match =
    /^(?:\s*--[^\n]*\n)*\s*(un)?listen\s+(?:"((?:[^"]|"")+)"|([A-Za-z_][\w$]*|\*))\s*;?\s*$/i.exec(text);
  if (match === null) return undefined;
  const channel = match[2]?.replaceAll('""', '"') ?? match[3]!.toLowerCase();
  return { verb: match[1] === undefined ? 'listen' : 'unlisten', channel };
}
