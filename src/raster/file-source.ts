/**
 * Bytes of a file for the geotiff library. Past the end it gives fewer, where the library's own source gives zeros.
 * Reads are synchronous: tiles are small, decoding them blocks longer, and a trip to the thread pool costs more than
 * both when all cores are busy. Work on rasters belongs in a thread.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export class FileSource {
  readonly #file: number;
  readonly fileSize: number;

  /** @throws the file system's error */
  constructor(path: string) {
    this.#file = openSync(path, 'r');
    this.fileSize = fstatSync(this.#file).size;
  }

  async fetch(slices: { offset: number; length: number }[]): Promise<ArrayBuffer[]> {
    return slices.map((slice) => this.#read(slice));
  }

  async fetchSlice(slice: { offset: number; length: number }) {
    const data = this.#read(slice);
    return { data, offset: slice.offset, length: data.byteLength };
  }

  async close(): Promise<void> {
    closeSync(this.#file);
  }

  #read({ offset, length }: { offset: number; length: number }): ArrayBuffer {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.fileSize - offset)));
    let read = 0;
    while (read < bytes.length) {
      const more = readSync(this.#file, bytes, read, bytes.length - read, offset + read);
      if (more === 0) break;
      read += more;
    }
    return read === bytes.length ? bytes.buffer : bytes.buffer.slice(0, read);
  }
}
