/** Where a file's bytes go while it is made: gathered into large writes, hashed and counted on the way. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';

const GATHERED_BYTES = 256 * 1024;

export interface Sink {
  /** Text is UTF-8. Resolves when there is room for more. */
  write(chunk: string | Uint8Array): Promise<void>;
}

/** `onError` turns a file system error, and the bytes written before it, into the error to throw. */
export function openSink(handle: FileHandle, onError: (error: unknown, bytes: number) => Promise<unknown>) {
  const hash = createHash('sha256');
  let gathered: Uint8Array[] = [];
  let waiting = 0;
  let bytes = 0;

  async function flush(): Promise<void> {
    const chunk = Buffer.concat(gathered);
    gathered = [];
    waiting = 0;
    try {
      await handle.writeFile(chunk);
    } catch (error) {
      throw await onError(error, bytes + chunk.byteLength);
    }
    hash.update(chunk);
    bytes += chunk.byteLength;
  }

  return {
    async write(chunk: string | Uint8Array): Promise<void> {
      const part = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      gathered.push(part);
      waiting += part.byteLength;
      if (waiting >= GATHERED_BYTES) await flush();
    },
    async end(): Promise<{ sha256: string; bytes: number }> {
      if (waiting > 0) await flush();
      return { sha256: hash.digest('hex'), bytes };
    },
  };
}

/** `sink` for libraries that want a stream. The stream's end does not end the sink. */
export function sinkStream(sink: Sink): Writable {
  return new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      sink.write(chunk).then(() => done(), done);
    },
  });
}
