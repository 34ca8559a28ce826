/** Files on the local disk with the hash of their content. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface HashedFile {
  sha256: string;
  bytes: number;
}

export type FileContent = string | Uint8Array | AsyncIterable<string>;

/** Writes a new file. */
export async function writeHashed(path: string, content: FileContent): Promise<HashedFile> {
  return through(Readable.from(chunks(content)), createWriteStream(path, { flags: 'wx' }));
}

/** Reads it from end to end. */
export async function hashFile(path: string): Promise<HashedFile> {
  return through(createReadStream(path, { highWaterMark: 1 << 20 }));
}

async function through(source: Readable, target?: NodeJS.WritableStream): Promise<HashedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  async function* counted(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const part of parts) {
      hash.update(part);
      bytes += part.byteLength;
      yield part;
    }
  }
  if (target === undefined) for await (const _ of counted(source));
  else await pipeline(source, counted, target);
  return { sha256: hash.digest('hex'), bytes };
}

async function* chunks(content: FileContent): AsyncGenerator<Uint8Array> {
  if (typeof content === 'string') yield Buffer.from(content);
  else if (content instanceof Uint8Array) yield content;
  else for await (const part of content) yield Buffer.from(part);
}
