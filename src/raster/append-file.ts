/** A new file that only grows: small pieces are gathered into large writes; pieces already written can be copied. */
import { type FileHandle, open, rm } from 'node:fs/promises';

/** Pieces are gathered up to this many bytes. */
const GATHERED_BYTES = 1 << 20;
const COPIED_BYTES = 4 << 20;

export class AppendFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #written = 0;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** @throws the file system's error, EEXIST when the file is there */
  static async create(path: string): Promise<AppendFile> {
    return new AppendFile(path, await open(path, 'wx+'));
  }

  /** Where the next piece will stand. */
  get length(): number {
    return this.#written + this.#gatheredBytes;
  }

  async append(...pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      this.#gathered.push(piece);
      this.#gatheredBytes += piece.length;
    }
    if (this.#gatheredBytes >= GATHERED_BYTES) await this.#flush();
  }

  /** Appends a stretch of another file. */
  async copyFrom(other: AppendFile, from: number, bytes: number): Promise<void> {
    await this.#flush();
    const buffer = Buffer.allocUnsafe(Math.min(bytes, COPIED_BYTES));
    for (let done = 0; done < bytes; ) {
      const { bytesRead } = await other.#handle.read(
        buffer,
        0,
        Math.min(buffer.length, bytes - done),
        from + done,
      );
      if (bytesRead === 0) throw new Error(`${other.path} ended at byte ${from + done}`);
      await this.#write(buffer.subarray(0, bytesRead));
      done += bytesRead;
    }
  }

  /** Replaces bytes at the beginning, all of them already written. */
  async rewriteStart(bytes: Uint8Array): Promise<void> {
    await this.#flush();
    await this.#handle.write(bytes, 0, bytes.length, 0);
  }

  async flush(): Promise<void> {
    await this.#flush();
  }

  async close(): Promise<void> {
    await this.#flush();
    await this.#handle.close();
  }

  /** Closes and removes the file, whatever state it is in. */
  async discard(): Promise<void> {
    this.#gathered = [];
    await this.#handle.close().catch(() => {});
    await rm(this.path, { force: true });
  }

  async #flush(): Promise<void> {
    const [only] = this.#gathered;
    if (only === undefined) return;
    const bytes = this.#gathered.length === 1 ? only : Buffer.concat(this.#gathered, this.#gatheredBytes);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    await this.#write(bytes);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, this.#written);
      done += bytesWritten;
      this.#written += bytesWritten;
    }
  }
}
