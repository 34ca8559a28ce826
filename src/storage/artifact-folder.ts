/** Artifacts in a folder: one folder a batch, files written beside and renamed. */
import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { asFolderError, makeFolder } from '../core/make-folder.js';

export interface StoredFile {
  path: string;
  sha256: string;
  bytes: number;
}

export type FileContent = string | Uint8Array | AsyncIterable<string>;

export class ArtifactFolder {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /**
   * Replaces a file of the same name. Only the last part of `name` counts: nothing is written outside the folder.
   * @throws {InputError} FOLDER_NOT_WRITABLE when the batch's folder cannot be made
   */
  async write(batchId: string, name: string, content: FileContent): Promise<StoredFile> {
    const dir = join(this.#dir, basename(batchId));
    try {
      makeFolder(dir);
    } catch (error) {
      throw asFolderError(error, dir, 'storage');
    }
    const path = join(dir, basename(name));
    const temporary = `${path}.${randomBytes(4).toString('hex')}.part`;
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      await pipeline(
        Readable.from(chunks(content)),
        async function* (source: AsyncIterable<Uint8Array>) {
          for await (const chunk of source) {
            hash.update(chunk);
            bytes += chunk.byteLength;
            yield chunk;
          }
        },
        createWriteStream(temporary, { flags: 'wx' }),
      );
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    return { path, sha256: hash.digest('hex'), bytes };
  }

  /** Removes a file that {@link write} has made for the batch. One that is gone, or was written to another folder, is no error. */
  async remove(batchId: string, path: string): Promise<void> {
    if (path === join(this.#dir, basename(batchId), basename(path))) await rm(path, { force: true });
  }
}

async function* chunks(content: FileContent): AsyncGenerator<Uint8Array> {
  if (typeof content === 'string') yield Buffer.from(content);
  else if (content instanceof Uint8Array) yield content;
  else for await (const part of content) yield Buffer.from(part);
}
