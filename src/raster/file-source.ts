/**
 * Bytes of one open file. Reads are synchronous: tiles are small, decoding them blocks longer, and a trip to the thread
 * pool costs more than both when all cores are busy. Work on rasters belongs in a thread.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export class FileSource {
  readonly #file: number;
  #closed = false;
  readonly fileSize: number;
  /** Another for another file, and for one that has been changed. */
  readonly identity: string;

  /** @throws the file system's error */
  constructor(path: string) {
    this.#file = openSync(path, 'r');
    const { dev, ino, size, mtimeNs } = fstatSync(this.#file, { bigint: true });
    this.fileSize = Number(size);
    this.identity = [dev, ino, size, mtimeNs].join(' ');
  }

  /**
   * Bytes of the caller's own, with a buffer of their own; fewer where the file ends.
   * @throws {Error} after close: its number may be another file's by then
   */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    if (this.#closed) throw new Error('the raster was closed before it was read');
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.fileSize - offset)));
    let read = 0;
    while (read < bytes.length) {
      const more = readSync(this.#file, bytes, read, bytes.length - read, offset + read);
      if (more === 0) break;
      read += more;
    }
    return read === bytes.length ? bytes : bytes.slice(0, read);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#file);
  }
}
