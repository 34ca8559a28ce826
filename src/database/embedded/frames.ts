/** Messages on the socket: four bytes of length (big endian), then JSON in UTF-8. */
import type { SqlErrorFields } from '../sql-error.js';
import type { TextResult } from '../values.js';

/** Raised when the messages change; holder and client must agree. */
export const PROTOCOL_VERSION = 1;

export type Request =
  | { id: number; session: number; text: string; params?: readonly (string | null)[] | undefined }
  | { endSession: number };

export type Reply =
  | { hello: { version: number; holder: string } }
  | { id: number; result: TextResult }
  | { id: number; error: SqlErrorFields }
  /** Never begun; nothing was done. */
  | { id: number; notStarted: true }
  /** The holder broke down while it ran. */
  | { id: number; lost: string }
  | { channel: string; payload: string }
  | { bye: true };

const LONGEST = 256 * 1024 * 1024;

/** @throws {RangeError} when the message is longer than 256 MB */
export function encodeFrame(message: Request | Reply): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  if (body.length > LONGEST) {
    throw new RangeError(`a message of ${body.length} bytes is too long for the database socket; split it`);
  }
  const head = Buffer.allocUnsafe(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/** Puts chunks together into messages. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;

  /** @throws {RangeError|SyntaxError} on what is no frame; the connection is then of no more use */
  push(chunk: Buffer): unknown[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const messages: unknown[] = [];
    for (let body = this.#take(); body !== undefined; body = this.#take()) {
      messages.push(JSON.parse(body.toString('utf8')));
    }
    return messages;
  }

  #take(): Buffer | undefined {
    if (this.#length < 4) return undefined;
    if (this.#chunks[0]!.length < 4) this.#join();
    const bodyLength = this.#chunks[0]!.readUInt32BE();
    if (bodyLength > LONGEST) throw new RangeError(`a message of ${bodyLength} bytes is too long`);
    if (this.#length < 4 + bodyLength) return undefined;
    this.#join();
    const all = this.#chunks[0]!;
    const rest = all.subarray(4 + bodyLength);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
    return all.subarray(4, 4 + bodyLength);
  }

  #join(): void {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
  }
}
